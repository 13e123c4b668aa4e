"""Saving: exact, checked, and never half a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from medview.core.codes import Code, Terminology
from medview.core.errors import Cancelled, InputRefused, MedviewError, RunFailed
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry
from medview.io import readers, writers
from medview.io.sidecar import read_provenance, write_provenance

POSITION_FIELDS = (
    "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y",
    "qoffset_z", "srow_x", "srow_y", "srow_z", "pixdim", "xyzt_units",
)  # fmt: skip
ARTERY = Terminology(type=Code("51114001", "SCT", "Artery"))
ENTRIES = (
    LabelEntry(value=1, name="Artère", colour=(255, 0, 10), terms=ARTERY),
    LabelEntry(value=3, name="vein", colour=(0, 10, 255), locked=True, visible=False, note="half done"),
)


def _scan(path: Path, version: int = 1) -> nib.Nifti1Image:
    kind = {1: nib.Nifti1Image, 2: nib.Nifti2Image}[version]
    affine = np.array([[0, 0.1, -3, 7.3], [-1.1, 0, 0.2, 11.9], [0.1, -1.3, 0, -5.77], [0, 0, 0, 1]])
    image = kind(np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6), affine)
    image.set_qform(np.diag([-1.1, 1.3, 3, 1]), code=3)
    image.set_sform(affine, code=4)
    image.header.set_xyzt_units("mm", "sec")
    nib.save(image, path)
    return nib.load(path)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".hdr", ".img"])
@pytest.mark.parametrize("version", [1, 2])
def test_labels_repeat_the_position_of_their_scan_bit_for_bit(
    tmp_path: Path, ending: str, version: int
) -> None:
    image = _scan(tmp_path / "scan.nii.gz", version)
    scan = readers.read(tmp_path / "scan.nii.gz")[0]
    labels = np.zeros(scan.geometry.shape, np.uint16)
    labels[0, 1, 2] = 3
    target = tmp_path / f"out{ending}"
    writers.write_labels(labels, scan.geometry, scan.source, target, ENTRIES)
    written = nib.load(target)
    for name in POSITION_FIELDS:
        assert np.array_equal(written.header[name], image.header[name]), name
    assert written.header["sizeof_hdr"] == image.header["sizeof_hdr"]
    assert written.get_data_dtype() == np.uint8
    assert np.array_equal(readers.read(target)[0].data, labels)


def test_labels_above_255_are_stored_in_two_bytes(tmp_path: Path) -> None:
    labels = np.full((2, 3, 4), 40_000, np.uint16)
    writers.write_labels(labels, Geometry.from_spacing((2, 3, 4), 1), None, tmp_path / "a.nii.gz", ())
    assert nib.load(tmp_path / "a.nii.gz").get_data_dtype() == np.uint16


def test_names_and_colours_come_back_from_the_side_file(tmp_path: Path) -> None:
    labels = np.zeros((2, 3, 4), np.uint8)
    labels[0, 0, :2] = 1, 3
    target = tmp_path / "vessels.nii.gz"
    writers.write_labels(labels, Geometry.from_spacing((2, 3, 4), 1), None, target, ENTRIES)
    assert readers.read_label_entries(target) == ENTRIES
    described = readers.describe(target)[0]
    assert described["kind"] == "labels"
    assert described["labels"] == [{"value": 1, "name": "Artère"}, {"value": 3, "name": "vein"}]


def test_a_spoilt_side_file_is_as_good_as_none(tmp_path: Path) -> None:
    labels = np.ones((2, 3, 4), np.uint8)
    target = tmp_path / "vessels.nii"
    writers.write_labels(labels, Geometry.from_spacing((2, 3, 4), 1), None, target, ENTRIES)
    for text in ("{", "[]", '{"labels": [{"value": 0}]}', '{"labels": 3}'):
        (tmp_path / "vessels.labels.json").write_text(text)
        assert readers.read_label_entries(target) is None


def test_an_image_made_here_states_a_qform_only_where_its_axes_are_at_right_angles(tmp_path: Path) -> None:
    straight = Geometry.from_spacing((3, 4, 5), (1, 2, 3))
    bent = straight.ras_from_ijk.copy()
    bent[0, 1] = 0.5
    for name, grid, code in (("a", straight, 1), ("b", Geometry((3, 4, 5), bent), 0)):
        writers.write_labels(np.ones((3, 4, 5), np.uint8), grid, None, tmp_path / f"{name}.nii", ())
        written = nib.load(tmp_path / f"{name}.nii")
        assert int(written.header["qform_code"]) == code
        np.testing.assert_allclose(written.affine, grid.ras_from_ijk, atol=1e-5)


def test_labels_on_another_grid_than_the_reference_keep_their_own(tmp_path: Path) -> None:
    _scan(tmp_path / "scan.nii")
    scan = readers.read(tmp_path / "scan.nii")[0]
    grid = Geometry.from_spacing((3, 3, 3), 2)
    writers.write_labels(np.ones((3, 3, 3), np.uint8), grid, scan.source, tmp_path / "a.nii", ())
    np.testing.assert_allclose(nib.load(tmp_path / "a.nii").affine, grid.ras_from_ijk)


@pytest.mark.parametrize("ending", [".nii.gz", ".hdr", ".nrrd", ".mha"])
def test_frames_and_colours_survive_a_conversion(tmp_path: Path, ending: str) -> None:
    frames = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    nib.save(nib.Nifti1Image(frames, np.diag([-1.0, 1, 2, 1])), tmp_path / "frames.nii")
    pixels = np.zeros((2, 3, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    pixels["R"], pixels["B"] = np.arange(4), 9
    nib.save(nib.Nifti1Image(pixels, np.diag([1.0, -1, 2, 1])), tmp_path / "colours.nii")
    for name in ("frames", "colours"):
        source, target = tmp_path / f"{name}.nii", tmp_path / f"{name}-copy{ending}"
        writers.convert(source, target)
        before, after = readers.read(source)[0], readers.read(target)[0]
        assert np.array_equal(after.data, before.data)
        assert after.is_colour == before.is_colour
        assert after.geometry.matches(before.geometry)


def test_sheared_grids_are_refused_by_formats_that_would_bend_them(tmp_path: Path) -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.3
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), affine), tmp_path / "scan.nii")
    with pytest.raises(InputRefused, match="right angles"):
        writers.convert(tmp_path / "scan.nii", tmp_path / "scan.nrrd")
    assert not (tmp_path / "scan.nrrd").exists()


@pytest.mark.parametrize("name", ["out.txt", "out", "out.gz", ".nii", "out.dcm", "out.mhd"])
def test_an_ending_that_names_no_format_is_refused(tmp_path: Path, name: str) -> None:
    grid = Geometry.from_spacing((2, 2, 2), 1)
    with pytest.raises(InputRefused, match="must end with"):
        writers.write_labels(np.ones((2, 2, 2), np.uint8), grid, None, tmp_path / name, ())
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_and_a_folder_of_that_name_are_refused(tmp_path: Path) -> None:
    grid = Geometry.from_spacing((2, 2, 2), 1)
    (tmp_path / "taken.nii").mkdir()
    for target in (tmp_path / "nowhere" / "a.nii", tmp_path / "taken.nii"):
        with pytest.raises(InputRefused, match="Cannot save"):
            writers.write_labels(np.ones((2, 2, 2), np.uint8), grid, None, target, ())


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that nobody may write to")
def test_a_folder_that_takes_no_files_is_told_in_words() -> None:
    grid = Geometry.from_spacing((2, 2, 2), 1)
    with pytest.raises(MedviewError, match=r"Cannot save a\.nii"):
        writers.write_labels(np.ones((2, 2, 2), np.uint8), grid, None, Path("/sys/kernel/a.nii"), ())


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".hdr", ".nrrd"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, ending: str, rng: np.random.Generator
) -> None:
    import resource

    grid = Geometry.from_spacing((40, 40, 40), 1)
    target = tmp_path / f"labels{ending}"
    writers.write_labels(np.ones(grid.shape, np.uint8), grid, None, target, ())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    noise = rng.integers(0, 60_000, grid.shape).astype(np.uint16)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(RunFailed, match=f"Cannot save labels{ending}"):
            writers.write_labels(noise, grid, None, target, ())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_cancelled_conversion_leaves_nothing(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.ones((30, 30, 30), np.int16), np.eye(4)), tmp_path / "scan.nii")
    words: list[str] = []

    def cancel_while_writing() -> None:
        if "writing" in words:
            raise Cancelled

    with pytest.raises(Cancelled):
        writers.convert(
            tmp_path / "scan.nii",
            tmp_path / "copy.nii.gz",
            lambda part, what: words.append(what),
            cancel_while_writing,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["scan.nii"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    grid = Geometry.from_spacing((2, 2, 2), 1)
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.nii").write_bytes(b"old")
    (tmp_path / "a.nii").symlink_to(tmp_path / "real" / "a.nii")
    writers.write_labels(np.ones((2, 2, 2), np.uint8), grid, None, tmp_path / "a.nii", ())
    assert (tmp_path / "a.nii").is_symlink()
    assert nib.load(tmp_path / "real" / "a.nii").shape == (2, 2, 2)


def test_provenance_lies_beside_its_file_as_plain_json(tmp_path: Path) -> None:
    facts = {"model": "m", "dice": float("nan"), "count": np.int64(3), "path": Path("a"), "list": (1, 2)}
    side = write_provenance(tmp_path / "vessels.nii.gz", facts)
    assert side == tmp_path / "vessels.provenance.json"
    expected = {"model": "m", "dice": None, "count": 3, "path": "a", "list": [1, 2]}
    assert json.loads(side.read_text()) == expected
    assert read_provenance(tmp_path / "vessels.nii.gz") == expected
