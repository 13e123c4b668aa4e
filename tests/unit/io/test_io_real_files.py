"""Every real file is either what nibabel or SimpleITK say, or refused in words."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.io import readers, writers
from medview.io.orientation import as_stored, source_turn

NIFTI_FOLDERS = ("nifti_odd", "brain_multimodal", "ct", "lesions", "cardiac", "fetal", "registration")


def _nifti_files(shared_data: Path) -> list[Path]:
    found = [path for name in NIFTI_FOLDERS for path in sorted((shared_data / name).rglob("*.nii*"))]
    assert found
    return found


def _expected(image: nib.Nifti1Image) -> np.ndarray:
    array = np.asarray(image.dataobj)
    if array.dtype.names:
        array = np.stack([array[name] for name in "RGB"], axis=-1)
    elif array.dtype.kind == "c":
        array = np.abs(array)
    return array if array.ndim <= 4 else array.reshape(*array.shape[:3], -1, order="F")


def _stored(volume: Volume) -> np.ndarray:
    return as_stored(volume.data, source_turn(volume.source))


def test_every_nifti_file_has_nibabels_values_and_places(shared_data: Path) -> None:
    for path in _nifti_files(shared_data):
        volume, image = readers.read(path)[0], nib.load(path)
        np.testing.assert_allclose(_stored(volume), _expected(image), rtol=1e-6, err_msg=path.name)
        np.testing.assert_allclose(volume.source.stored.ras_from_ijk, image.affine, err_msg=path.name)
        assert volume.geometry.axis_codes == "RAS"
        canonical = nib.as_closest_canonical(image).affine
        np.testing.assert_allclose(volume.geometry.ras_from_ijk, canonical, atol=1e-3, err_msg=path.name)


def test_the_same_brain_in_twelve_axis_orders_is_the_same_inside(shared_data: Path) -> None:
    volumes = [
        readers.read(p)[0] for p in sorted((shared_data / "nifti_odd/orientations_48").glob("*.nii.gz"))
    ]
    by_side: dict[bool, list[Volume]] = {False: [], True: []}
    for volume in volumes:
        by_side[np.linalg.det(volume.source.stored.ras_from_ijk[:3, :3]) < 0].append(volume)
    for same in by_side.values():
        for volume in same[1:]:
            assert np.array_equal(volume.data, same[0].data)
            assert volume.geometry.matches(same[0].geometry, tolerance_mm=0.05)


def test_every_other_file_is_read_or_refused_in_one_line(shared_data: Path) -> None:
    folders = ("nifti_odd", "formats_other", "images2d", "labels", "nerf")
    for path in [p for name in folders for p in sorted((shared_data / name).rglob("*")) if p.is_file()]:
        try:
            json.dumps(readers.describe(path), allow_nan=False)
        except InputRefused as refusal:
            assert "\n" not in str(refusal)


def test_nrrd_metaimage_and_gipl_are_where_simpleitk_puts_them(shared_data: Path) -> None:
    names = ("FLAIR.nrrd", "mha.mha", "itksnap/MRIcrop-orig.gipl.gz", "slicer/multishell-DWI-451dir.nhdr")
    for name in names:
        path = shared_data / "formats_other" / name
        volume, image = readers.read(path)[0], sitk.ReadImage(str(path))
        corner = [n - 1 for n in image.GetSize()]
        lps = np.array(image.TransformIndexToPhysicalPoint(corner))
        np.testing.assert_allclose(volume.source.stored.ras_of(corner), lps * (-1, -1, 1), atol=1e-3)
        value = np.atleast_1d(image.GetPixel(*corner))
        np.testing.assert_allclose(np.atleast_1d(_stored(volume)[tuple(corner)]), value)


def test_the_names_inside_a_totalsegmentator_result_are_shown(shared_data: Path) -> None:
    (facts,) = readers.describe(shared_data / "ct/totalseg/example_seg.nii.gz")
    names = {row["value"]: row["name"] for row in facts["labels"]}
    assert names[1] == "spleen"


def test_labels_drawn_on_any_real_scan_lie_on_it_exactly(shared_data: Path, tmp_path: Path) -> None:
    for path in _nifti_files(shared_data)[::5]:
        scan, image = readers.read(path)[0], nib.load(path)
        labels = np.zeros(scan.geometry.shape, np.uint8)
        labels[0, -1, 0] = 1
        writers.write_labels(labels, scan.geometry, scan.source, tmp_path / "labels.nii.gz", ())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            written = nib.load(tmp_path / "labels.nii.gz")
        assert np.array_equal(written.affine, image.affine), path.name
        assert written.shape == image.shape[:3]
