"""The synthetic abdomen of P09: its cameras, its ellipsoids, its circle and its depths."""

import numpy as np
import pytest

from medview.phantoms.laparoscopy.abdomen import HELD_OUT, p09_abdomen, p09_poses, p09_views, seen_along
from medview.phantoms.laparoscopy.cameras import circle_mask
from medview.phantoms.laparoscopy.ellipsoids import Ellipsoid


@pytest.fixture(scope="module")
def abdomen():
    return p09_abdomen()


def test_the_circle_covers_66_3_percent_of_64_pixels() -> None:
    assert round(100 * circle_mask(64, 64, 0.46).mean(), 1) == 66.3


def test_there_are_40_views_of_64_pixels_and_75_degrees_with_four_held_out(abdomen) -> None:
    assert abdomen.views.images.shape == (40, 64, 64, 3)
    assert abdomen.views.lenses[0].view_angle_deg == pytest.approx(75)
    assert HELD_OUT == (4, 14, 24, 34)
    assert abdomen.views.is_synthetic


def test_pictures_are_black_outside_the_circle_and_equal_the_rimless_ones_inside(abdomen) -> None:
    valid = abdomen.views.valid
    assert not abdomen.views.images[~valid].any()
    assert np.array_equal(abdomen.views.images[valid], abdomen.rimless[valid])
    assert abdomen.rimless[~valid].mean() > 50


def test_the_first_and_the_eleventh_camera_stand_where_the_recipe_says() -> None:
    poses = p09_poses()
    # view 0: target (.45, 0, .25), straight ahead of the port, inserted by .10 + .35 * .5
    assert poses[0, :3, 3] == pytest.approx([-0.75 + 0.275, 0, 0.25])
    assert poses[0, :3, 2] == pytest.approx([-1, 0, 0])
    assert poses[0, :3, 1] == pytest.approx([0, 0, 1])
    angle = 4 * np.pi * 10 / 40
    target = np.array([0.45, 0.55 * np.sin(angle), -0.1 + 0.35 * np.cos(1.7 * angle)])
    way = target - (-0.75, 0, 0.25)
    inserted = 0.10 + 0.35 * (0.5 + 0.5 * np.sin(6 * np.pi * 10 / 40))
    assert poses[10, :3, 3] == pytest.approx((-0.75, 0, 0.25) + inserted * way / np.linalg.norm(way))


def test_poses_are_rotations_with_the_vertical_upwards() -> None:
    turns = p09_poses()[:, :3, :3]
    assert turns @ turns.transpose(0, 2, 1) == pytest.approx(np.tile(np.eye(3), (40, 1, 1)), abs=1e-12)
    assert np.linalg.det(turns) == pytest.approx(np.ones(40))
    assert (turns[:, 2, 1] > 0).all() and turns[:, 2, 0] == pytest.approx(np.zeros(40), abs=1e-12)


def test_a_ray_along_x_meets_the_wall_at_one_with_the_colour_of_the_recipe() -> None:
    light = np.array([[0.3, 0.2, 0.9]]) / np.linalg.norm([0.3, 0.2, 0.9])
    colour, distance = seen_along(np.zeros((1, 3)), np.array([[1.0, 0, 0]]), light)
    assert distance == pytest.approx([1.0])
    q = 1.2 * np.array([5.0, 1.0, -3.0])
    red = 0.75 + 0.12 * (np.sin(q[0]) + np.sin(1.7 * q[1] + 1))
    blue = 0.40 + 0.12 * (np.sin(q[2] + 1.1) + np.sin(1.9 * q[0]))
    shade = 0.55 + 0.45 * 0.3 / np.linalg.norm([0.3, 0.2, 0.9])
    assert colour[0, [0, 2]] == pytest.approx([red * shade, blue * shade])


def test_depths_lead_back_to_a_surface(abdomen) -> None:
    views = abdomen.views
    lens, pose, depth = views.lenses[7], views.poses[7], views.depths[7]
    lines = lens.directions(lens.pixels())
    points = (lines * (depth / -lines[..., 2])[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    wall = np.square(points / (1, 0.8, 0.8)).sum(-1)
    assert (wall < 1 + 1e-5).all()
    assert (np.abs(wall - 1) < 1e-5).mean() > 0.4


def test_an_ellipsoid_is_met_from_outside_from_inside_and_not_at_all() -> None:
    body = Ellipsoid(centre=(2, 0, 0), radii=(1, 0.5, 0.5), colour=(0, 0, 0), pitch=1)
    origins = np.array([[0.0, 0, 0], [2.0, 0, 0], [0.0, 0.6, 0], [5.0, 0, 0]])
    found = body.distance(origins, np.tile([1.0, 0, 0], (4, 1)), 0.03)
    assert found == pytest.approx([1, 1, np.inf, np.inf])
    assert body.normals(np.array([[2.0, 0.5, 0]])) == pytest.approx(np.array([[0, 1.0, 0]]))


def test_a_headlight_changes_the_shade_and_not_the_depth() -> None:
    fixed, carried = p09_views(32), p09_views(32, headlight=True)
    assert np.array_equal(fixed.depths, carried.depths)
    assert not np.array_equal(fixed.images, carried.images)
