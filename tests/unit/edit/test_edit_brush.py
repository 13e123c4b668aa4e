from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.edit.brush import swept_disc
from medview.edit.permission import EVERYTHING_UNLOCKED, Permission, permitted
from medview.edit.region import painted

AXIAL, CORONAL, SAGITTAL = (0, 0, 1), (0, 1, 0), (1, 0, 0)


def empty(shape=(40, 40, 40), spacing=(1.0, 1.0, 1.0)) -> LabelMap:
    return LabelMap(np.zeros(shape, np.uint8), Geometry.from_spacing(shape, spacing))


def paint(labels: LabelMap, patch) -> np.ndarray:
    with labels.edit():
        labels.apply(patch)
    return np.array(labels.array)


def swept_patch(labels: LabelMap, start, end, normal, radius, value, permission=EVERYTHING_UNLOCKED):
    """What a stroke of the brush changes."""
    patch = painted(labels, swept_disc(labels.geometry, start, end, normal, radius), value)
    return None if patch is None else permitted(labels, patch, permission)


def disc_patch(labels: LabelMap, center, normal, radius, value):
    return swept_patch(labels, center, center, normal, radius, value)


def brute_force(labels: LabelMap, center, normal, radius) -> np.ndarray:
    """Every voxel within radius seen along the normal, and within half a layer of the plane."""
    normal = np.asarray(normal, float) / np.linalg.norm(normal)
    index = np.indices(labels.array.shape).reshape(3, -1).T
    offset = labels.geometry.ras_of(index) - center
    height = offset @ normal
    flat = np.linalg.norm(offset - np.outer(height, normal), axis=1)
    layer = np.abs(normal @ labels.geometry.ras_from_ijk[:3, :3]).max()
    return ((flat <= radius) & (np.abs(height) <= layer / 2)).reshape(labels.array.shape)


@pytest.mark.parametrize(("normal", "axis"), [(AXIAL, 2), (CORONAL, 1), (SAGITTAL, 0)])
def test_a_disc_is_one_layer_thick_in_every_plane(normal, axis) -> None:
    labels = empty()
    center = labels.geometry.ras_of((20, 20, 20))
    patch = disc_patch(labels, center, normal, 5, 1)
    assert patch.values.shape[axis] == 1
    assert sorted(patch.values.shape) == [1, 11, 11]
    assert patch.mask.sum() == 81  # lattice points in a circle of radius 5


def test_a_disc_is_round_in_millimetres_on_flat_voxels() -> None:
    labels = empty((40, 40, 20), (0.5, 0.5, 3))
    patch = disc_patch(labels, labels.geometry.ras_of((20, 20, 10)), CORONAL, 6, 1)
    assert patch.values.shape == (25, 1, 5)


def test_a_brush_smaller_than_a_voxel_paints_the_voxel_under_the_pointer() -> None:
    labels = empty()
    patch = disc_patch(labels, labels.geometry.ras_of((20.4, 19.6, 20)), AXIAL, 0.05, 1)
    assert patch.offset_ijk == (20, 20, 20) and patch.values.shape == (1, 1, 1)


def test_nothing_changes_outside_the_grid_or_where_it_is_painted_already() -> None:
    labels = empty()
    center = labels.geometry.ras_of((20, 20, 20))
    assert disc_patch(labels, center + np.array([500, 0, 0]), AXIAL, 5, 1) is None
    assert disc_patch(labels, center + np.array([0, 0, 500]), AXIAL, 5, 1) is None
    paint(labels, disc_patch(labels, center, AXIAL, 5, 1))
    assert disc_patch(labels, center, AXIAL, 4, 1) is None


def test_a_disc_over_the_edge_is_cut_at_the_grid() -> None:
    labels = empty()
    patch = disc_patch(labels, labels.geometry.ras_of((0, 0, 0)), AXIAL, 3, 1)
    assert patch.offset_ijk == (0, 0, 0) and patch.values.shape == (4, 4, 1)


def test_a_plane_half_way_between_two_layers_paints_one_of_them() -> None:
    labels = empty()
    patch = disc_patch(labels, labels.geometry.ras_of((20, 20, 20.5)), AXIAL, 6, 1)
    assert patch.values.shape[2] == 1


@pytest.mark.parametrize("flips", list(itertools.product((1, -1), repeat=3)))
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_painted_positions_do_not_depend_on_how_axes_are_stored(order, flips) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = (np.diag(flips) @ np.diag([1.0, 1.5, 2.0]))[:, order]
    shape = tuple(np.array([30, 20, 16])[list(order)])
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    labels = LabelMap(np.zeros(shape, np.uint8), Geometry(shape, matrix))
    center = labels.geometry.ras_of(np.asarray(shape) // 2)
    after = paint(labels, disc_patch(labels, center, AXIAL, 6, 1))
    found = labels.geometry.ras_of(np.argwhere(after)) - center
    assert np.array_equal(after > 0, brute_force(labels, center, AXIAL, 6))
    assert np.abs(found[:, 2]).max() < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_oblique_and_sheared_grids_agree_with_every_voxel_tried(seed) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.eye(4)
    matrix[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag(rng.uniform(0.5, 3, 3))
    matrix[:3, :3] += 0.2 * rng.normal(size=(3, 3)) * (seed % 2)
    matrix[:3, 3] = -matrix[:3, :3] @ (11.5, 11.5, 11.5)
    labels = LabelMap(np.zeros((24, 24, 24), np.uint8), Geometry((24, 24, 24), matrix))
    center, normal = labels.geometry.ras_of(rng.uniform(9, 14, 3)), rng.normal(size=3)
    after = paint(labels, disc_patch(labels, center, normal, 4, 1)) > 0
    expected = brute_force(labels, center, normal, 4)
    expected[labels.geometry.voxel_at(center)] = True
    assert np.array_equal(after, expected)


def test_a_fast_move_leaves_no_gap() -> None:
    labels = empty((80, 80, 3))
    start, end = labels.geometry.ras_of((5, 5, 1)), labels.geometry.ras_of((70, 40, 1))
    after = paint(labels, swept_patch(labels, start, end, AXIAL, 0.1, 1))
    index = np.argwhere(after)
    order = index[np.argsort(index[:, 0])]
    assert set(order[:, 0]) == set(range(5, 71))
    assert np.abs(np.diff(order[:, 1])).max() <= 1
    assert set(order[:, 2]) == {1}


def test_a_sweep_covers_both_ends_and_what_lies_between() -> None:
    labels = empty()
    start, end = labels.geometry.ras_of((10, 20, 20)), labels.geometry.ras_of((30, 20, 20))
    swept = paint(labels, swept_patch(labels, start, end, AXIAL, 4, 1))
    other = empty()
    for x in range(10, 31):
        paint(other, disc_patch(other, other.geometry.ras_of((x, 20, 20)), AXIAL, 4, 1) or no_change())
    assert np.array_equal(swept, other.array)


def no_change():
    raise AssertionError("each disc of the row adds something")


def test_locked_labels_are_neither_overwritten_nor_painted() -> None:
    labels = empty()
    center = labels.geometry.ras_of((20, 20, 20))
    paint(labels, disc_patch(labels, center, AXIAL, 2, 2))
    locked = LabelEntry(value=2, name="done", colour=(1, 2, 3), locked=True)
    labels.table = LabelTable((locked,))
    assert disc_patch(labels, center, AXIAL, 5, 2) is None
    after = paint(labels, disc_patch(labels, center, AXIAL, 5, 1))
    assert (after == 2).sum() == 13 and (after == 1).sum() == 81 - 13
    erased = paint(labels, disc_patch(labels, center, AXIAL, 9, 0))
    assert (erased == 2).sum() == 13 and (erased == 1).sum() == 0


def test_painting_over_one_label_only_leaves_the_others() -> None:
    labels = empty()
    center = labels.geometry.ras_of((20, 20, 20))
    paint(labels, disc_patch(labels, center, AXIAL, 2, 2))
    only = Permission(rule=OverwriteRule(kind=Overwrite.CHOSEN, chosen=frozenset({2})))
    after = paint(labels, swept_patch(labels, center, center, AXIAL, 5, 3, only))
    assert (after == 3).sum() == 13 and (after > 0).sum() == 13


def test_a_brush_of_thirty_voxels_takes_under_two_milliseconds() -> None:
    labels = empty((512, 512, 20), (0.5, 0.5, 1))
    center = labels.geometry.ras_of((256, 256, 10))
    times = []
    for normal in (AXIAL, (0.2, 0.1, 0.97)) * 10:
        start = time.perf_counter()
        disc_patch(labels, center, normal, 15, 1)
        times.append(time.perf_counter() - start)
    assert min(times[::2]) < 0.002 and min(times[1::2]) < 0.002
