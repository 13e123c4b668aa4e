"""Real DICOM files of many makers: they open as they should, or are refused in words."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.io.dicom import reader as dicom

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
FOLDERS = ("pydicom_test_files", "pydicom_data", "highdicom", "nibabel_nicom")
TILTED = "ct_headGE_HiSpeed_gantrytilt_variable_spacing_28slices.tar.xz"


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


def itk_volume(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Values (I, J, K) and ras_from_ijk of the only series in a folder, as SimpleITK reads it."""
    reader = sitk.ImageSeriesReader()
    (uid,) = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), uid))
    image = reader.Execute()
    lps = np.eye(4)
    lps[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    lps[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image).transpose(2, 1, 0), RAS_FROM_LPS @ lps


def assert_same_voxels(volume: Volume, values: np.ndarray, ras_from_ijk: np.ndarray) -> None:
    assert volume.data.size == values.size
    for index in np.ndindex(2, 2, 2):
        ijk = np.array(index) * (np.array(values.shape) - 1)
        ras = ras_from_ijk[:3, :3] @ ijk + ras_from_ijk[:3, 3]
        at = volume.geometry.ijk_of(ras)
        np.testing.assert_allclose(at, np.rint(at), atol=1e-3)
        assert volume.geometry.voxel_at(ras) is not None
    back = volume.geometry.ijk_from_ras @ ras_from_ijk
    grid = np.indices(values.shape).reshape(3, -1)
    i, j, k = np.rint(back[:3, :3] @ grid + back[:3, 3:]).astype(int)
    np.testing.assert_array_equal(volume.data[i, j, k], values.reshape(-1))


def head_ct(shared_data: Path) -> Path:
    return shared_data / "dicom" / "ct_head_GE_CT8800_93slices"


def test_a_head_ct_is_the_same_as_in_simpleitk(shared_data: Path) -> None:
    (volume,) = dicom.read(head_ct(shared_data))
    assert volume.data.shape == (64, 64, 93)
    assert volume.warnings == ()
    assert_same_voxels(volume, *itk_volume(head_ct(shared_data)))


def test_a_deleted_slice_is_said_and_all_others_stay(shared_data: Path, tmp_path: Path) -> None:
    (whole,) = dicom.read(head_ct(shared_data))
    shutil.copytree(head_ct(shared_data), tmp_path / "ct")
    (tmp_path / "ct" / "CTHead40.dcm").unlink()
    (volume,) = dicom.read(tmp_path / "ct")
    assert any("1 slice is missing" in said for said in volume.warnings)
    assert volume.geometry.matches(whole.geometry)
    other = np.any(volume.data != whole.data, axis=(0, 1))
    assert list(np.flatnonzero(other)) == [39]


def test_an_oblique_mr_is_the_same_as_in_simpleitk(shared_data: Path, tmp_path: Path) -> None:
    archive = shared_data / "dicom" / "mr_t1c_Siemens_Avanto_VS-SEG-001_24slices.tar.xz"
    folder = unpacked(archive, tmp_path)
    (volume,) = dicom.read(folder)
    assert volume.data.shape == (512, 512, 24)
    assert volume.modality == "T1"
    assert_same_voxels(volume, *itk_volume(next(path for path in folder.iterdir() if path.is_dir())))


def test_a_tilted_ct_of_two_distances_keeps_every_slice_in_its_place(
    shared_data: Path, tmp_path: Path
) -> None:
    import pydicom

    folder = unpacked(shared_data / "dicom" / TILTED, tmp_path)
    volumes = dicom.read(folder)
    assert [volume.data.shape for volume in volumes] == [(512, 512, 14)] * 2
    assert [volume.value_unit for volume in volumes] == ["HU", "HU"]
    for volume in volumes:
        assert any("varies from" in said for said in volume.warnings)
        assert any("18.5°" in said for said in volume.warnings)
    found = 0
    for path in folder.rglob("*"):
        if path.is_dir():
            continue
        image = pydicom.dcmread(path)
        left, posterior, superior = (float(number) for number in image.ImagePositionPatient)
        at = [volume.geometry.ijk_of([-left, -posterior, superior]) for volume in volumes]
        inside = [
            n for n, ijk in enumerate(at) if np.abs(ijk - np.rint(ijk)).max() < 1e-3 and -0.5 < ijk[2] < 13.5
        ]
        (n,) = inside
        i, j, k = np.rint(at[n]).astype(int)
        values = image.pixel_array.astype(int) * int(image.RescaleSlope) + int(image.RescaleIntercept)
        assert (i, j) == (511, 511)
        np.testing.assert_array_equal(volumes[n].data[::-1, ::-1, k].T, values)
        found += 1
    assert found == 28


def test_a_heart_loop_has_slices_and_phases(shared_data: Path, tmp_path: Path) -> None:
    name = "pig_cine_shortaxis_GE_dicom_20slices_x_20phases.tar.xz"
    (volume,) = dicom.read(unpacked(shared_data / "cardiac" / name, tmp_path))
    assert volume.data.shape == (256, 256, 20, 20)
    assert volume.frame_step_s == pytest.approx(0.0316, abs=1e-3)
    assert volume.geometry.spacing_mm[2] == pytest.approx(5, abs=1e-3)


def every_file(shared_data: Path) -> list[Path]:
    folder = shared_data / "dicom"
    files = [path for name in FOLDERS for path in sorted((folder / name).iterdir())]
    return [
        *files,
        folder / "pydicom_dicomdir" / "DICOMDIR",
        folder / "us_philips_qlab_3d_echo_multiframe.dcm",
    ]


def test_every_file_opens_or_is_refused_in_a_sentence(shared_data: Path) -> None:
    opened = 0
    for path in every_file(shared_data):
        try:
            volumes = dicom.read(path)
        except InputRefused as refusal:
            assert path.name in str(refusal)
            assert len(refusal.detail) > 10
            continue
        opened += 1
        for volume in volumes:
            assert volume.name
            assert np.isfinite(volume.geometry.ras_from_ijk).all()
    assert opened >= 80


BROKEN_ON_PURPOSE = (
    "pydicom_test_files/CT_small.dcm",
    "pydicom_test_files/MR_small_RLE.dcm",
    "pydicom_test_files/MR_small_jp2klossless.dcm",
    "pydicom_test_files/JPEGLSNearLossless_16.dcm",
    "pydicom_test_files/SC_rgb_jpeg_gdcm.dcm",
    "pydicom_test_files/image_dfl.dcm",
    "pydicom_test_files/rtdose.dcm",
    "highdicom/seg_image_ct_binary_fractional.dcm",
)


@pytest.mark.parametrize("name", BROKEN_ON_PURPOSE)
def test_cut_and_flipped_bytes_never_raise_anything_but_a_refusal(
    shared_data: Path, tmp_path: Path, rng: np.random.Generator, name: str
) -> None:
    whole = np.frombuffer((shared_data / "dicom" / name).read_bytes(), np.uint8)
    refused = 0
    for attempt in range(40):
        broken = whole.copy()
        broken[rng.integers(0, whole.size, 12)] = rng.integers(0, 256, 12)
        (tmp_path / "x.dcm").write_bytes(
            broken[: rng.integers(200, whole.size) if attempt % 3 else None].tobytes()
        )
        try:
            dicom.read(tmp_path / "x.dcm")
        except InputRefused:
            refused += 1
    assert refused > 10


REFUSED = {
    "pydicom_test_files/badVR.dcm": "number of frames",
    "pydicom_test_files/JPEG2000-embedded-sequence-delimiter.dcm": "contradict",
    "pydicom_test_files/MR_truncated.dcm": "cut off",
    "pydicom_test_files/meta_missing_tsyntax.dcm": "no image",
    "pydicom_test_files/nested_priv_SQ.dcm": "no image",
    "pydicom_test_files/no_meta.dcm": "not a DICOM file",
    "pydicom_test_files/rtplan_truncated.dcm": "radiotherapy plan",
    "pydicom_test_files/rtstruct.dcm": "structure set",
    "pydicom_test_files/test-SR.dcm": "structured report",
    "highdicom/sm_image.dcm": "microscopy slide",
    "highdicom/sm_annotations.dcm": "microscopy annotations",
    "highdicom/seg_image_sm_control.dcm": "microscopy slide",
    "nibabel_nicom/csa_slice_norm.dcm": "declares",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_is_refused_with_its_reason(shared_data: Path, name: str) -> None:
    with pytest.raises(InputRefused, match=REFUSED[name]):
        dicom.read(shared_data / "dicom" / name)


@pytest.mark.parametrize(
    "codec",
    ["RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless", "padded"],
)
def test_every_lossless_coding_gives_the_same_values(shared_data: Path, codec: str) -> None:
    folder = shared_data / "dicom" / "pydicom_test_files"
    (plain,), (coded,) = dicom.read(folder / "MR_small.dcm"), dicom.read(folder / f"MR_small_{codec}.dcm")
    np.testing.assert_array_equal(coded.data, plain.data)
    assert coded.geometry.matches(plain.geometry)


def test_twelve_bit_jpeg_has_its_known_values(shared_data: Path) -> None:
    (volume,) = dicom.read(shared_data / "dicom" / "pydicom_test_files" / "JPGExtended.dcm")
    stored = volume.data[::-1, ::-1, 0].T
    assert (stored[420, 140], stored[230, 120]) == (244, 95)


def test_a_dose_grid_is_scaled_slice_by_slice(shared_data: Path) -> None:
    import pydicom

    path = shared_data / "dicom" / "pydicom_test_files" / "rtdose.dcm"
    (volume,) = dicom.read(path)
    grid = pydicom.dcmread(path)
    assert volume.geometry.spacing_mm == pytest.approx((10, 10, 5))
    expected = grid.pixel_array * float(grid.DoseGridScaling)
    np.testing.assert_allclose(volume.data[::-1, ::-1].transpose(2, 1, 0), expected, rtol=1e-6)


def test_a_mosaic_becomes_a_volume_where_its_slices_are(shared_data: Path) -> None:
    (volume,) = dicom.read(shared_data / "dicom" / "nibabel_nicom" / "siemens_dwi_0.dcm.gz")
    assert volume.data.shape == (128, 128, 48)
    # nibabel.nicom.dicomwrappers.MosaicWrapper(...).affine of this file, columns first and turned to RAS+.
    np.testing.assert_allclose(volume.source.stored.ras_from_ijk[:3, 3], [115.0, 135.029, -78.710], atol=1e-3)


def test_enhanced_frames_are_placed_by_their_own_positions(shared_data: Path) -> None:
    (volume,) = dicom.read(shared_data / "dicom" / "nibabel_nicom" / "philips_mprage.dcm.gz")
    assert volume.data.shape == (176, 256, 256)
    assert volume.geometry.spacing_mm == pytest.approx((1, 1, 1), abs=1e-4)


def test_a_segmentation_is_read_as_labels_in_its_geometry(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "pydicom_data"
    (plain,), (coded,) = dicom.read(folder / "liver.dcm"), dicom.read(folder / "liver_rle.dcm")
    assert plain.source.header["kind"] == "labels"
    assert plain.source.header["labels"][0]["name"]
    assert plain.data.dtype == np.uint8
    assert int(plain.data.sum()) > 1000
    np.testing.assert_array_equal(plain.data, coded.data)


def test_a_medium_with_a_directory_gives_all_its_series(shared_data: Path) -> None:
    folder = shared_data / "dicom" / "pydicom_dicomdir"
    by_directory, by_folder = dicom.list_series(folder / "DICOMDIR"), dicom.list_series(folder)
    assert len(by_directory) == len(by_folder)
    assert sum(series.count for series in by_directory) == 31


def test_three_dimensional_ultrasound_is_a_moving_volume(shared_data: Path) -> None:
    (volume,) = dicom.read(shared_data / "dicom" / "us_philips_qlab_3d_echo_multiframe.dcm")
    assert volume.data.shape == (56, 52, 56, 2)
    assert any("declares 30 volumes but holds 2" in said for said in volume.warnings)
