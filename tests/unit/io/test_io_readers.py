"""The door for reading: what is recognised, described, taken as labels, or refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.io import readers
from medview.io.label_values import as_label_array, guess_kind
from medview.io.naming import modality_in, stem_of

KEYS = {
    "path", "format", "kind", "shape", "spacing_mm", "axis_codes", "ras_from_ijk", "dtype", "components",
    "frames", "modality", "value_unit", "value_min", "value_max", "value_mean", "labels", "warnings",
}  # fmt: skip


def _save(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nib.save(nib.Nifti1Image(array, np.eye(4) if affine is None else affine), path)
    return path


def test_describe_states_the_stored_axes_and_only_finite_numbers(tmp_path: Path) -> None:
    affine = np.array([[0.0, -2, 0, 5], [0, 0, 3, 6], [-1, 0, 0, 7], [0, 0, 0, 1]])
    array = np.linspace(0, 9, 4 * 5 * 6 * 2, dtype=np.float32).reshape(4, 5, 6, 2)
    array[0, 0, 0, 0] = np.nan
    path = _save(tmp_path / "sub-1_T2w.nii.gz", array, affine)
    (facts,) = readers.describe(path)
    assert set(facts) == KEYS
    assert facts["path"] == str(path)
    assert (facts["shape"], facts["frames"], facts["axis_codes"]) == ([4, 5, 6, 2], 2, "ILA")
    assert facts["ras_from_ijk"] == affine.tolist()
    assert facts["spacing_mm"] == [1, 2, 3]
    assert (facts["modality"], facts["kind"], facts["dtype"]) == ("T2", "image", "float32")
    assert facts["value_max"] == 9
    json.dumps(facts, allow_nan=False)


def test_an_image_without_one_finite_number_is_described(tmp_path: Path) -> None:
    path = _save(tmp_path / "scan.nii", np.full((3, 3, 3), np.nan, np.float32))
    json.dumps(readers.describe(path), allow_nan=False)


def _blob(values: tuple[int, ...], dtype: str = "int16") -> np.ndarray:
    array = np.zeros((20, 20, 20), dtype)
    for number, value in enumerate(values):
        array[2 + number, 2:9, 2:9] = value
    return array


@pytest.mark.parametrize(
    ("name", "array", "kind"),
    [
        ("scan", _blob((1,)), "labels"),
        ("scan", _blob((1, 2, 4)), "labels"),
        ("scan", _blob((1, 1000)), "image"),
        ("scan_seg", _blob((1, 1000)), "labels"),
        ("vessels", _blob((1,), "float32"), "labels"),
        ("scan", _blob((1,), "float32"), "image"),
        ("mask", _blob((1,), "float32") + 0.5, "image"),
        ("mask", _blob((-1,)), "image"),
        ("scan", np.zeros((9, 9, 9), np.uint8), "image"),
        ("gt", np.zeros((9, 9, 9), np.uint8), "labels"),
        ("scan", np.arange(8000, dtype=np.int16).reshape(20, 20, 20) % 60, "image"),
    ],
)
def test_labels_are_told_from_images(tmp_path: Path, name: str, array: np.ndarray, kind: str) -> None:
    volume = readers.read(_save(tmp_path / f"{name}.nii", array))[0]
    assert guess_kind(volume) == kind


def test_labels_become_a_writable_array_of_the_smallest_type(tmp_path: Path) -> None:
    small = readers.read(_save(tmp_path / "a.nii", _blob((1, 255), "float32"), np.diag([-1.0, 1, 1, 1])))[0]
    large = readers.read(_save(tmp_path / "b.nii", _blob((1, 256), "int32")))[0]
    array = as_label_array(small)
    assert (array.dtype, as_label_array(large).dtype) == (np.uint8, np.uint16)
    assert np.array_equal(array, small.data)
    array[0, 0, 0] = 7
    assert small.data[0, 0, 0] == 0


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (_blob((-1,)), "negative"),
        (_blob((70_000,), "int32"), "above 65535"),
        (_blob((1,), "float32") / 2, "whole"),
        (np.where(_blob((1,)) > 0, np.nan, 0).astype(np.float32), "whole"),
    ],
)
def test_what_cannot_be_labels_is_refused_in_words(tmp_path: Path, array: np.ndarray, word: str) -> None:
    volume = readers.read(_save(tmp_path / "a.nii", array))[0]
    with pytest.raises(InputRefused, match=word):
        as_label_array(volume)


def test_label_names_inside_a_nifti_file_are_found(tmp_path: Path) -> None:
    image = nib.Nifti1Image(_blob((1, 2), "uint8"), np.eye(4))
    xml = (
        b"<CaretExtension><LabelTable>"
        b'<Label Key="1" Red="0.0" Green="1.0" Blue="0.5" Alpha="1"><![CDATA[true lumen]]></Label>'
        b'<Label Key="x" Red="0" Green="0" Blue="0"><![CDATA[no number]]></Label>'
        b'<Label Key="2" Red="nan" Green="0" Blue="0"><![CDATA[no colour]]></Label>'
        b"</LabelTable></CaretExtension>"
    )
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, xml))
    nib.save(image, tmp_path / "a.nii.gz")
    (entry,) = readers.read_label_entries(tmp_path / "a.nii.gz") or ()
    assert (entry.value, entry.name, entry.colour) == (1, "true lumen", (0, 255, 128))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "PNG picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "JPEG picture"),
        (b"\ntype  = string-attribute\nname  = DATASET\n", "AFNI"),
        (b"# === DATA DESCRIPTION FILE ====\n", "PAR"),
        (b"mrtrix image\ndim: 3,3,3\n", "MRtrix"),
        (b"\x1f\x8bbroken", "damaged|too early"),
        (b"hello, world\n" * 100, "no known kind"),
    ],
)
def test_other_content_is_refused_by_what_it_is(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "brain.nii").write_bytes(content)
    with pytest.raises(InputRefused, match=word) as caught:
        readers.read(tmp_path / "brain.nii")
    assert str(caught.value).startswith("Cannot open brain.nii: ")
    assert "\n" not in str(caught.value)


def test_a_numpy_archive_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x", "y")
    (tmp_path / "folder").mkdir()
    for name, word in (("a.npz", "ZIP"), ("absent.nii", "no such file"), ("folder", "empty")):
        with pytest.raises(InputRefused, match=word):
            readers.read(tmp_path / name)


def test_freesurfer_volumes_are_nibabels(tmp_path: Path, rng: np.random.Generator) -> None:
    affine = np.array([[-1.0, 0, 0, 4], [0, 0, 1, 5], [0, -1, 0, 6], [0, 0, 0, 1]])
    array = rng.integers(0, 9, (4, 5, 6)).astype(np.int32)
    nib.save(nib.MGHImage(array, affine), tmp_path / "brain.mgz")
    volume = readers.read(tmp_path / "brain.mgz")[0]
    expected = nib.as_closest_canonical(nib.load(tmp_path / "brain.mgz"))
    assert np.array_equal(volume.data, np.asarray(expected.dataobj))
    np.testing.assert_allclose(volume.geometry.ras_from_ijk, expected.affine)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.nii.gz", "a"),
        ("a.b.nii", "a.b"),
        ("a.IMG", "a"),
        ("a.txt", "a.txt"),
        (".nii", ".nii"),
        ("a.mgz", "a"),
    ],
)
def test_names_lose_their_endings_and_nothing_else(name: str, stem: str) -> None:
    assert stem_of(Path(name)) == stem


def test_the_modality_is_taken_from_whole_words_only() -> None:
    assert modality_in("sub-01_ses-2_FLAIR") == "FLAIR"
    assert modality_in("t2flair-stripped") == "FLAIR"
    assert modality_in("direct_contact") == ""
