"""All 48 axis orders, straight, oblique and sheared: voxels stay where they are in the patient."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medview.core.geometry import Geometry
from medview.io import readers, writers
from medview.io.orientation import as_stored, turn_of, turned, turned_geometry

SHAPE = (4, 5, 6)
MARKS = ((0, 0, 0), (3, 0, 0), (0, 4, 0), (0, 0, 5), (2, 1, 4))
ALL_48 = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def _rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    a, b, c = np.radians(degrees)
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return x @ y @ z


SHEAR = np.array([[1, 0.25, 0], [0, 1, 0.2], [0, 0, 1]])
BENDS = {
    "straight": np.eye(3),
    "oblique": _rotation((17, -11, 23)),
    "sheared": _rotation((5, 8, -6)) @ SHEAR,
}


def _affine(axes: tuple[int, ...], signs: tuple[int, ...], bend: np.ndarray) -> np.ndarray:
    permuted = np.zeros((3, 3))
    for voxel, (world, sign) in enumerate(zip(axes, signs, strict=True)):
        permuted[world, voxel] = sign
    affine = np.eye(4)
    affine[:3, :3] = bend @ permuted @ np.diag([0.9, 1.3, 2.2])
    affine[:3, 3] = (-31.5, 12.25, 77.125)
    return affine.astype(np.float32).astype(float)


def _marked() -> np.ndarray:
    array = np.zeros(SHAPE, np.int16)
    for number, mark in enumerate(MARKS, start=1):
        array[mark] = number * 100
    return array


@pytest.mark.parametrize("bend", BENDS)
@pytest.mark.parametrize(("axes", "signs"), ALL_48)
def test_marked_voxels_keep_their_place_through_reader_and_writer(
    tmp_path: Path, axes: tuple[int, ...], signs: tuple[int, ...], bend: str
) -> None:
    affine = _affine(axes, signs, BENDS[bend])
    array = _marked()
    image = nib.Nifti1Image(array, affine)
    image.set_qform(None, code=0)
    nib.save(image, tmp_path / "scan.nii")

    volume = readers.read(tmp_path / "scan.nii")[0]
    assert volume.geometry.axis_codes == "RAS"
    for number, mark in enumerate(MARKS, start=1):
        found = np.argwhere(volume.data == number * 100)
        assert found.shape == (1, 3)
        np.testing.assert_allclose(
            volume.geometry.ras_of(found[0]), nib.affines.apply_affine(affine, mark), atol=1e-4
        )

    labels = (volume.data // 100).astype(np.uint8)
    writers.write_labels(labels, volume.geometry, volume.source, tmp_path / "labels.nii")
    written = nib.load(tmp_path / "labels.nii")
    assert np.array_equal(written.affine, image.affine)
    assert np.array_equal(np.asarray(written.dataobj), array // 100)


@pytest.mark.parametrize(("axes", "signs"), ALL_48)
def test_nrrd_and_metaimage_keep_every_axis_order(
    tmp_path: Path, axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    affine = _affine(axes, signs, BENDS["oblique"])
    nib.save(nib.Nifti1Image(_marked(), affine), tmp_path / "scan.nii")
    volume = readers.read(tmp_path / "scan.nii")[0]
    for ending in (".nrrd", ".mha"):
        writers.write_volume(volume, tmp_path / f"copy{ending}")
        back = readers.read(tmp_path / f"copy{ending}")[0]
        assert np.array_equal(back.data, volume.data)
        assert back.source.stored.shape == SHAPE
        np.testing.assert_allclose(back.source.stored.ras_from_ijk, affine, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    order=st.sampled_from(ALL_48),
    degrees=st.tuples(*[st.floats(-40, 40)] * 3),
    shape=st.tuples(*[st.integers(1, 5)] * 3),
)
def test_turning_back_is_the_inverse_of_turning(
    order: tuple[tuple[int, ...], tuple[int, ...]],
    degrees: tuple[float, float, float],
    shape: tuple[int, int, int],
) -> None:
    stored = Geometry(shape, _affine(*order, _rotation(degrees)))
    array = np.arange(np.prod(shape)).reshape(shape)
    turn = turn_of(stored.ras_from_ijk)
    inner, grid = turned(array, turn), turned_geometry(stored, turn)
    assert np.array_equal(as_stored(inner, turn), array)
    assert np.shares_memory(inner, array)
    for index in np.ndindex(*grid.shape):
        place = stored.ras_of(np.argwhere(array == inner[index])[0])
        np.testing.assert_allclose(grid.ras_of(index), place, atol=1e-6)
