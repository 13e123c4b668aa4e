from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from medview.core.geometry import Geometry
from medview.edit import morphology
from medview.edit.morphology import Shell
from medview.edit.region import NOTHING, Region

SHAPE = (40, 36, 20)
FLAT_VOXELS = Geometry.from_spacing(SHAPE, (1.0, 1.0, 2.5))


def ball(radius_mm: float, geometry: Geometry = FLAT_VOXELS) -> Region:
    positions = geometry.ras_of(np.moveaxis(np.indices(geometry.shape), 0, -1))
    return Region.of(np.linalg.norm(positions - geometry.center_ras, axis=-1) <= radius_mm)


def whole(region: Region) -> np.ndarray:
    return region.in_box(tuple(slice(0, n) for n in SHAPE))


def brute_grown(region: Region, margin_mm: float) -> np.ndarray:
    distance = ndimage.distance_transform_edt(~whole(region), sampling=FLAT_VOXELS.spacing_mm)
    return distance <= margin_mm


@pytest.mark.parametrize("margin_mm", [1.0, 2.5, 4.0])
def test_growing_adds_what_lies_within_the_margin(margin_mm: float) -> None:
    region = ball(6)
    assert (whole(morphology.grown(region, margin_mm, FLAT_VOXELS)) == brute_grown(region, margin_mm)).all()


def test_one_voxel_grows_to_its_face_neighbours_within_their_spacing() -> None:
    dot = Region((20, 18, 10), np.ones((1, 1, 1), bool))
    assert morphology.grown(dot, 1.0, FLAT_VOXELS).count == 5  # 2.5 mm away is too far
    assert morphology.grown(dot, 2.5, FLAT_VOXELS).count == 23  # 21 in the slice, 2 above and below


def test_shrinking_undoes_growing_of_a_ball() -> None:
    region = ball(7)
    again = morphology.grown(morphology.grown(region, 3, FLAT_VOXELS), -3, FLAT_VOXELS)
    assert (again - region).count + (region - again).count <= 0.05 * region.count


def test_shrinking_by_more_than_the_radius_leaves_nothing() -> None:
    assert morphology.grown(ball(5), -8, FLAT_VOXELS).is_empty


def test_the_edge_of_the_grid_is_no_surface() -> None:
    half = Region.of(np.broadcast_to(np.arange(SHAPE[0])[:, None, None] < 10, SHAPE).copy())
    shrunk = morphology.grown(half, -2, FLAT_VOXELS)
    assert shrunk.mask.shape == (8, *SHAPE[1:]) and shrunk.mask.all()
    assert (whole(morphology.gaussian_smoothed(half, 2, FLAT_VOXELS)) == whole(half)).all()


@pytest.mark.parametrize("side", list(Shell))
def test_a_hollow_ball_has_the_wall_where_it_was_asked(side: Shell) -> None:
    region = ball(8)
    wall = morphology.hollowed(region, 2, side, FLAT_VOXELS)
    inside, outside = (wall & region).count, (wall - region).count
    assert (inside > 0) == (side is not Shell.OUTSIDE)
    assert (outside > 0) == (side is not Shell.INSIDE)
    centre = tuple(n // 2 for n in SHAPE)
    assert not whole(wall)[centre]


def test_opening_removes_a_spike_and_closing_fills_a_crack() -> None:
    mask = whole(ball(8)).copy()
    mask[20, 18, 10:20] = True
    opened = morphology.opened(Region.of(mask), 2, FLAT_VOXELS)
    assert whole(ball(8))[20, 18, 10] and not whole(opened)[20, 18, 18]
    cracked = whole(ball(8)).copy()
    cracked[20, :, :] = False
    closed = morphology.closed(Region.of(cracked), 2, FLAT_VOXELS)
    assert whole(closed)[20, 18, 10]


@pytest.mark.parametrize("smooth", [morphology.median_smoothed, morphology.gaussian_smoothed])
def test_smoothing_takes_a_lone_voxel_away_and_keeps_a_ball(smooth) -> None:
    mask = whole(ball(8)).copy()
    mask[2, 2, 2] = True
    found = smooth(Region.of(mask), 1.5, FLAT_VOXELS)
    assert not whole(found)[2, 2, 2]
    assert 0.85 * ball(8).count < found.count <= ball(8).count


def test_curvature_flow_takes_a_bump_away_and_keeps_the_ball() -> None:
    mask = whole(ball(8)).copy()
    mask[28, 18, 10] = True
    found = morphology.curvature_smoothed(Region.of(mask), 10, FLAT_VOXELS)
    assert not whole(found)[28, 18, 10]
    assert abs(found.count - ball(8).count) <= 0.06 * ball(8).count


def test_cavities_are_filled_and_in_slices_also_tunnels() -> None:
    mask = whole(ball(8)).copy()
    mask[20, 18, 10] = False
    assert whole(morphology.filled(Region.of(mask)))[20, 18, 10]
    mask[20, 18, :] = False
    assert not whole(morphology.filled(Region.of(mask)))[20, 18, 10]
    assert whole(morphology.filled(Region.of(mask), axis=2))[20, 18, 10]


def test_nothing_stays_nothing() -> None:
    assert morphology.grown(NOTHING, 3, FLAT_VOXELS).is_empty
    assert morphology.filled(NOTHING).is_empty and morphology.filled(NOTHING, 0).is_empty
    assert morphology.median_smoothed(NOTHING, 3, FLAT_VOXELS).is_empty
