from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.edit.interpolation import drawn_axis, interpolated
from medview.edit.region import NOTHING, Region

SHAPE = (30, 30, 21)
GRID = Geometry.from_spacing(SHAPE, (1, 1, 3))


def disc(centre: tuple[float, float], radius: float, shape=SHAPE[:2]) -> np.ndarray:
    i, j = np.indices(shape)
    return np.hypot(i - centre[0], j - centre[1]) <= radius


def cone(slices) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    for k in slices:
        mask[..., k] = disc((15, 15), 4 + k / 4)
    return mask


def whole(region: Region) -> np.ndarray:
    return region.in_box(tuple(slice(0, n) for n in SHAPE))


def test_a_cone_drawn_every_fifth_slice_comes_back_whole() -> None:
    drawn = Region.of(cone(range(0, 21, 5)))
    found = whole(drawn | interpolated(drawn, 2, GRID))
    truth = cone(range(21))
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.95


def test_drawn_slices_stay_and_only_gaps_are_filled() -> None:
    drawn = Region.of(cone([2, 3, 8]))
    added = whole(interpolated(drawn, 2, GRID))
    assert sorted(set(np.argwhere(added)[:, 2])) == [4, 5, 6, 7]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_direction_works_alike(axis: int) -> None:
    mask = np.zeros((20, 20, 20), bool)
    for index in (5, 11):
        mask[..., index] = disc((10, 10), 5, (20, 20))
    drawn = Region.of(np.moveaxis(mask, 2, axis))
    assert drawn_axis(drawn) == axis
    added = interpolated(drawn, axis, Geometry.from_spacing((20, 20, 20), 1.0))
    assert added.count == 5 * 81


def test_pieces_that_do_not_overlap_are_joined_along_the_way() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[..., 4], mask[..., 8] = disc((6, 6), 2), disc((22, 22), 2)
    added = whole(interpolated(Region.of(mask), 2, GRID))
    assert added[14, 14, 6] and added[10, 10, 5] and added[18, 18, 7]


def test_two_pieces_stay_two() -> None:
    mask = np.zeros(SHAPE, bool)
    for k in (4, 8):
        mask[..., k] = disc((7, 7), 4) | disc((22, 22), 4)
    middle = whole(interpolated(Region.of(mask), 2, GRID))[..., 6]
    assert (middle == mask[..., 4]).all()


def test_outlines_at_the_edge_of_the_grid_stay_there() -> None:
    mask = np.zeros(SHAPE, bool)
    mask[:10, :, 4] = mask[:10, :, 8] = True
    middle = whole(interpolated(Region.of(mask), 2, GRID))[..., 6]
    assert (middle == mask[..., 4]).all()


def test_without_gaps_nothing_is_added() -> None:
    drawn = Region.of(cone(range(3, 9)))
    assert drawn_axis(drawn) is None and interpolated(drawn, 2, GRID).is_empty
    assert interpolated(NOTHING, 2, GRID).is_empty and drawn_axis(NOTHING) is None
