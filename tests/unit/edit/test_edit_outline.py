from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.edit.ball import ball
from medview.edit.outline import Cut, cut, enclosed
from medview.edit.region import NOTHING, Region

GRID = Geometry.from_spacing((30, 30, 30), 1.0)
EVERYTHING = tuple(slice(0, n) for n in GRID.shape)


def square(axis: int, low: float, high: float, height: float) -> np.ndarray:
    flat = np.array([[low, low], [high, low], [high, high], [low, high]])
    return GRID.ras_of(np.insert(flat, axis, height, axis=1))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_square_takes_the_voxels_inside_in_one_slice(axis: int) -> None:
    region = enclosed(GRID, square(axis, 4.5, 9.5, 12), np.eye(3)[axis])
    assert region.count == 25 and region.mask.shape[axis] == 1
    assert region.offset_ijk[axis] == 12


def test_an_outline_beyond_the_grid_takes_what_is_inside_it() -> None:
    assert enclosed(GRID, square(2, -40, 80, 3), (0, 0, 1)).count == 900
    assert enclosed(GRID, square(2, 50, 80, 3), (0, 0, 1)).is_empty
    assert enclosed(GRID, square(2, 4, 9, 3)[:2], (0, 0, 1)).is_empty


def test_an_outline_in_an_oblique_plane_takes_one_layer_without_holes() -> None:
    normal = np.array([0.0, np.sin(0.5), np.cos(0.5)])
    across, up = np.array([1.0, 0, 0]), np.array([0.0, np.cos(0.5), -np.sin(0.5)])
    corners = [GRID.center_ras + 8 * (a * across + b * up) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    mask = enclosed(GRID, corners, normal).in_box(EVERYTHING)
    assert (mask.sum(axis=2) <= 1).all()
    shadow = mask.any(axis=2)
    rows, columns = np.where(shadow)
    assert shadow[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()


def camera_along_k() -> np.ndarray:
    return np.diag([1 / 15, 1 / 15, 1.0, 1.0])  # orthographic: x and y of the patient, 15 mm fill the picture


def test_scissors_cut_through_all_depths() -> None:
    block = Region.of(np.ones(GRID.shape, bool))
    outline = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
    inside = cut(GRID, block, outline, camera_along_k(), Cut.INSIDE)
    outside = cut(GRID, block, outline, camera_along_k(), Cut.OUTSIDE)
    assert (
        inside.mask.shape[2] == 30 and inside.count == 16 * 16 * 30 - 0 * 30
    ) or inside.count == 14 * 14 * 30
    assert inside.count + outside.count == block.count and (inside & outside).is_empty


def test_scissors_leave_what_is_behind_the_camera() -> None:
    block = Region.of(np.ones(GRID.shape, bool))
    perspective = np.array(
        [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, -1, 0]]
    )  # looks down from the origin
    taken = cut(GRID, block, [(-9, -9), (9, -9), (9, 9), (-9, 9)], perspective, Cut.INSIDE)
    heights = GRID.ras_of(np.argwhere(taken.in_box(EVERYTHING)))[:, 2]
    assert heights.max() < 0
    assert cut(GRID, NOTHING, [(0, 0), (1, 0), (1, 1)], perspective, Cut.INSIDE).is_empty


def test_a_ball_is_round_in_millimetres_and_its_tube_has_no_gaps() -> None:
    grid = Geometry.from_spacing((40, 40, 20), (0.5, 0.5, 2))
    centre = grid.ras_of((20, 20, 10))
    found = ball(grid, centre, centre, 3)
    assert found.mask.shape == (13, 13, 3)
    tube = ball(grid, grid.ras_of((5, 20, 10)), grid.ras_of((35, 20, 10)), 1)
    assert tube.in_box(tuple(slice(0, n) for n in grid.shape))[5:36, 20, 10].all()


def test_a_ball_smaller_than_a_voxel_is_the_voxel_under_the_pointer() -> None:
    place = GRID.ras_of((10.3, 9.8, 10.1))
    found = ball(GRID, place, place, 0.01)
    assert found.count == 1 and found.offset_ijk == (10, 10, 10)
    outside = GRID.ras_of((100, 0, 0))
    assert ball(GRID, outside, outside, 2).is_empty
