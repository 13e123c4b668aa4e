"""Where things are drawn: a bright voxel must appear at the pixel that maps back to its position."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from medview.core.state import Orientation
from medview.render.offscreen import offscreen_window, slice_picture
from medview.render.slice_scene import SliceScene

_spec = importlib.util.spec_from_file_location("render_fixtures", Path(__file__).with_name("conftest.py"))
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
grid, turned = _fixtures.grid, _fixtures.turned

KINDS = ["axis-aligned", "flipped", "permuted", "oblique", "sheared"]
SIZE = (300, 220)


def centroid_px(weights):
    rows, columns = np.indices(weights.shape) + 0.5
    total = weights.sum()
    return (columns * weights).sum() / total, (rows * weights).sum() / total


@pytest.fixture
def scene(theme):
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    yield scene
    scene.close()
    window.Finalize()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("kind", KINDS)
def test_a_bright_voxel_is_drawn_where_the_scene_says_it_is(scene, plans, kind, orientation, order):
    geometry = grid(kind)
    marker = (5, 21, 13)
    voxels = np.zeros(geometry.shape, np.int16, order=order)
    voxels[marker] = 100
    position = geometry.ras_of(marker)
    # The middle of the pane is elsewhere in the plane of the marker, so that a mirrored picture fails.
    plan = plans.slice(orientation, [plans.image(voxels, geometry)])
    toward = np.array(plan.toward_ras)
    center = tuple(toward * (position @ toward))
    plan = plans.slice(orientation, [plans.image(voxels, geometry)], center=center)
    scene.apply(plan)
    picture = scene.image()[..., 0].astype(float)
    assert picture.max() > 120
    found = np.array(scene.ras_at(*centroid_px(picture)))
    expected = position - toward * ((position - center) @ toward)
    # Oblique cuts see a tilted voxel: its middle stays within a third of it.
    tolerance = 0.35 if kind != "oblique" else 0.35 * max(geometry.spacing_mm)
    assert np.linalg.norm(found - expected) < tolerance


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("kind", KINDS)
def test_labels_cover_the_same_pixels_as_the_image_that_they_mark(scene, plans, kind, orientation):
    geometry = grid(kind)
    block = np.zeros(geometry.shape, np.uint8)
    block[6:18, 8:22, 5:15] = 1
    image = plans.image((block * 100).astype(np.float32), geometry, interpolate=False)
    # A middle that puts no voxel's edge exactly on the middle of a pixel, where rounding would decide.
    center = (0.137, 0.211, 0.173)
    scene.apply(plans.slice(orientation, [image], center=center))
    as_image = scene.image()[..., 0] > 128
    scene.apply(plans.slice(orientation, [plans.labels(block, geometry)], center=center))
    as_labels = scene.image()[..., 0] > 128
    assert as_image.sum() > 1000
    assert (as_image == as_labels).all()


def test_the_edges_of_a_grid_lie_half_a_voxel_outside_the_outer_centres(scene, plans):
    geometry = grid("axis-aligned")
    full = np.full(geometry.shape, 100, np.int16)
    scene.apply(plans.slice(Orientation.AXIAL, [plans.image(full, geometry)]))
    rows, columns = np.nonzero(scene.image()[..., 0])
    right, top, _ = scene.ras_at(columns.min(), rows.min())
    _, high = geometry.bounds_ras
    assert abs(right - high[0]) < scene.mm_per_pixel
    assert abs(top - high[1]) < scene.mm_per_pixel


def test_a_plane_of_a_sheared_scan_s_own_slices_is_drawn_without_resampling(scene, plans):
    geometry = grid("sheared")
    turned_geometry = type(geometry)(geometry.shape, turned(geometry.ras_from_ijk, 20, 0))
    columns = turned_geometry.ras_from_ijk[:3, :3]
    right = columns[:, 0] / np.linalg.norm(columns[:, 0])
    toward = np.cross(columns[:, 0], columns[:, 1])
    toward /= np.linalg.norm(toward)
    up = np.cross(toward, right)
    voxels = np.zeros(geometry.shape, np.int16)
    voxels[4, 25, 10] = 100
    plan = plans.slice(
        Orientation.AXIAL,
        [plans.image(voxels, turned_geometry, interpolate=False)],
        right_ras=tuple(right),
        up_ras=tuple(up),
        toward_ras=tuple(toward),
        center=tuple(turned_geometry.ras_of((12, 15, 10))),
    )
    scene.apply(plan)
    found = scene.ras_at(*centroid_px(scene.image()[..., 0].astype(float)))
    assert np.linalg.norm(np.array(found) - turned_geometry.ras_of((4, 25, 10))) < 0.3


@pytest.mark.parametrize("kind", ["axis-aligned", "oblique"])
def test_nothing_is_drawn_where_the_plane_misses_the_grid(plans, theme, kind):
    geometry = grid(kind)
    full = np.full(geometry.shape, 100, np.int16)
    plan = plans.slice(Orientation.AXIAL, [plans.image(full, geometry)], center=(0.0, 0.0, 200.0))
    assert slice_picture(plan, SIZE, theme).max() == 0


def test_positions_follow_zoom_and_size(scene, plans):
    scene.apply(plans.slice(Orientation.AXIAL, zoom=2.0, center=(1.0, 2.0, 3.0)))
    assert scene.mm_per_pixel == pytest.approx(60 / 220 / 2)
    assert scene.ras_at(150, 110) == pytest.approx((1, 2, 3))
    assert scene.ras_at(0, 0) == pytest.approx((1 + 150 * 60 / 440, 2 + 110 * 60 / 440, 3))
