"""NIfTI numbers and positions against nibabel, for every type and oddity that is accepted."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from medview.core.errors import Cancelled
from medview.io import readers

TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
AFFINE = np.array([[-2.0, 0, 0, 10], [0, 0, 3, 20], [0, -1.5, 0, 30], [0, 0, 0, 1]])


def _numbers(dtype: str, rng: np.random.Generator) -> np.ndarray:
    low = 0 if dtype.startswith("u") else -100
    return rng.integers(low, 100, (5, 6, 7)).astype(dtype)


def _as_ras(path: Path) -> nib.Nifti1Image:
    return nib.as_closest_canonical(nib.load(path))


@pytest.mark.parametrize("endianness", ["<", ">"])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_values_are_nibabels_for_every_type_and_byte_order(
    tmp_path: Path, rng: np.random.Generator, dtype: str, endianness: str, ending: str
) -> None:
    header = nib.Nifti1Header(endianness=endianness)
    header.set_data_dtype(dtype)
    path = tmp_path / f"scan{ending}"
    nib.save(nib.Nifti1Image(_numbers(dtype, rng), AFFINE, header, dtype=dtype), path)
    volume = readers.read(path)[0]
    expected = _as_ras(path)
    assert np.array_equal(volume.data, np.asarray(expected.dataobj))
    np.testing.assert_allclose(volume.geometry.ras_from_ijk, expected.affine)
    assert volume.data.dtype == (np.float32 if dtype.startswith("float") else np.dtype(dtype))
    assert volume.source.dtype == dtype


def test_scaled_integers_become_float32_of_the_same_value(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "scan.nii.gz"
    image = nib.Nifti1Image(_numbers("int16", rng), AFFINE)
    image.header.set_slope_inter(0.25, -1024)
    nib.save(image, path)
    volume = readers.read(path)[0]
    assert volume.data.dtype == np.float32
    np.testing.assert_allclose(volume.data, _as_ras(path).get_fdata(), rtol=1e-6)


def test_doubles_beyond_single_precision_stay_double(tmp_path: Path) -> None:
    path = tmp_path / "scan.nii"
    nib.save(nib.Nifti1Image(np.array([1e300, 1.0, 2.0]).reshape(3, 1, 1), np.eye(4)), path)
    volume = readers.read(path)[0]
    assert volume.data.dtype == np.float64
    assert volume.data[0, 0, 0] == 1e300
    assert "double precision" in volume.warnings[0]


def test_nan_and_infinity_stay_and_do_not_disturb_the_value_range(tmp_path: Path) -> None:
    array = np.linspace(0, 1, 60, dtype=np.float32).reshape(3, 4, 5)
    array[0, 0, 0], array[1, 1, 1] = np.nan, np.inf
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    assert np.isnan(volume.data[0, 0, 0])
    assert np.isinf(volume.data[1, 1, 1])
    assert volume.values.maximum == 1.0


@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_colours_arrive_as_red_green_blue_bytes(tmp_path: Path, channels: str) -> None:
    pixels = np.zeros((2, 3, 4), [(name, "u1") for name in channels])
    pixels["R"], pixels["G"], pixels["B"] = 200, np.arange(4), 7
    nib.save(nib.Nifti1Image(pixels, np.eye(4)), tmp_path / "scan.nii.gz")
    volume = readers.read(tmp_path / "scan.nii.gz")[0]
    assert volume.is_colour
    assert volume.data.shape == (2, 3, 4, 3)
    assert volume.data[1, 2, 3].tolist() == [200, 3, 7]


def test_complex_numbers_are_shown_as_magnitude_and_it_is_said(tmp_path: Path) -> None:
    array = np.full((2, 2, 2), 3 + 4j, np.complex64)
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    assert volume.data[0, 0, 0] == 5.0
    assert "magnitude" in volume.warnings[0]


def test_the_fourth_dimension_becomes_frames_with_their_step_in_seconds(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    image = nib.Nifti1Image(array, np.eye(4))
    image.header.set_zooms((1, 1, 1, 750))
    image.header.set_xyzt_units("mm", "msec")
    nib.save(image, tmp_path / "scan.nii.gz")
    volume = readers.read(tmp_path / "scan.nii.gz")[0]
    assert volume.frame_count == 5
    assert volume.frame_step_s == pytest.approx(0.75)
    assert np.array_equal(volume.frame(3), array[..., 3])


def test_a_fifth_dimension_becomes_frames_in_file_order_with_a_warning(tmp_path: Path) -> None:
    array = np.arange(2 * 2 * 2 * 2 * 3, dtype=np.int16).reshape(2, 2, 2, 2, 3)
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    assert volume.frame_count == 6
    assert np.array_equal(volume.frame(3), array[..., 1, 1])
    assert "frames" in volume.warnings[0]


def test_a_flat_image_gets_one_slice(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.ones((4, 5), np.uint8), np.eye(4)), tmp_path / "scan.nii")
    assert readers.read(tmp_path / "scan.nii")[0].data.shape == (4, 5, 1)


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000.0), ("micron", 0.001)])
def test_other_length_units_become_millimetres(tmp_path: Path, unit: str, factor: float) -> None:
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.diag([2.0, 3, 4, 1]))
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    assert volume.geometry.spacing_mm == pytest.approx((2 * factor, 3 * factor, 4 * factor))
    assert "metres" in volume.warnings[0]


def test_a_file_without_position_says_that_left_and_right_are_a_guess(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4))
    image.set_sform(None, code=0)
    image.set_qform(None, code=0)
    nib.save(image, tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    np.testing.assert_allclose(volume.geometry.ras_from_ijk, _as_ras(tmp_path / "scan.nii").affine)
    assert "guess" in volume.warnings[0]


def test_two_positions_that_disagree_are_told_and_the_sform_wins(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4))
    shifted = np.eye(4)
    shifted[:3, 3] = 25
    image.set_qform(shifted, code=1)
    image.set_sform(np.eye(4), code=1)
    nib.save(image, tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    np.testing.assert_allclose(volume.geometry.ras_from_ijk, np.eye(4))
    assert "43.3 mm" in volume.warnings[0]


@pytest.mark.parametrize("given", ["scan.hdr", "scan.img"])
@pytest.mark.parametrize("packed", [False, True])
def test_either_half_of_a_pair_opens_it(tmp_path: Path, given: str, packed: bool) -> None:
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    nib.save(nib.Nifti1Pair(array, np.diag([-1.0, 1, 1, 1])), tmp_path / "scan.img")
    if packed:
        for half in ("scan.hdr", "scan.img"):
            (tmp_path / f"{half}.gz").write_bytes(gzip.compress((tmp_path / half).read_bytes()))
            (tmp_path / half).unlink()
        given += ".gz"
    volume = readers.read(tmp_path / given)[0]
    assert np.array_equal(volume.data, array[::-1])
    assert volume.name == "scan"


def test_an_analyze_pair_opens_as_nibabel_reads_it_with_a_warning(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    nib.save(nib.AnalyzeImage(array, np.diag([-2.0, 2, 2, 1])), tmp_path / "old.img")
    volume = readers.read(tmp_path / "old.hdr")[0]
    assert volume.source.format == "Analyze 7.5"
    assert np.array_equal(volume.data, np.asarray(_as_ras(tmp_path / "old.hdr").dataobj))
    assert "guess" in volume.warnings[0]


def test_nifti_2_and_a_wrong_name_are_recognised_by_content(tmp_path: Path) -> None:
    nib.save(nib.Nifti2Image(np.ones((2, 3, 4), np.uint8), np.eye(4)), tmp_path / "scan.nii.gz")
    (tmp_path / "scan.png").write_bytes((tmp_path / "scan.nii.gz").read_bytes())
    assert readers.read(tmp_path / "scan.png")[0].source.format == "NIfTI-2"


def test_a_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    array = np.arange(2000, dtype=np.int16).reshape(10, 10, 20)
    raw = nib.Nifti1Image(array, np.eye(4)).to_bytes()
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(raw[:900]) + gzip.compress(raw[900:]))
    assert np.array_equal(readers.read(tmp_path / "scan.nii.gz")[0].data, array)


def test_progress_rises_to_one_and_cancel_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "scan.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((200, 200, 150), np.int16), np.eye(4)), path)
    seen: list[float] = []
    readers.read(path, lambda part, words: seen.append(part))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3
    calls = iter(range(100))

    def stop_at_second() -> None:
        if next(calls) == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        readers.read(path, check_cancelled=stop_at_second)
