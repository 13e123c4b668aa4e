"""The frame of a scene: explicit values, and what is chosen where nothing was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.pose_frame import moved
from medview.phantoms.laparoscopy.abdomen import p09_views
from medview.phantoms.laparoscopy.cameras import looking_at
from medview.zoo.fields.framing import framed, known_surface
from medview.zoo.fields.known_depth import from_maps, from_points
from medview.zoo.fields.settings import Settings

PLAIN = Settings(steps=1, rays=1, samples=1)
AS_IT_IS = Settings(steps=1, rays=1, samples=1, normalise=False)


@pytest.fixture(scope="module")
def views():
    return p09_views(16)


@pytest.fixture(scope="module")
def blind(views):
    return replace(views, depths=None)


@pytest.fixture(scope="module")
def pointed(views, blind):
    return replace(blind, points=known_surface(views).astype(np.float32))


def test_explicit_values_are_taken_as_given(views):
    told = replace(AS_IT_IS, near=0.03, far=2.2, box=(-1.1, -1.1, -1.1, 1.1, 1.1, 1.1))
    frame = framed(views, told)
    assert (frame.near, frame.far) == (0.03, 2.2)
    assert frame.box.tolist() == [[-1.1] * 3, [1.1] * 3]
    assert np.array_equal(frame.poses, views.poses)
    assert np.array_equal(frame.scene_from_capture, np.eye(4))


def test_normalised_cameras_lie_within_one_and_the_similarity_leads_there(views):
    frame = framed(views, PLAIN)
    assert np.abs(frame.poses[:, :3, 3]).max() == pytest.approx(1)
    np.testing.assert_allclose(moved(views.poses, frame.scene_from_capture), frame.poses, atol=1e-12)


def test_depth_maps_give_points_on_the_organs(views):
    points = known_surface(views)
    assert len(points) > 5000
    walls = (points / (1, 0.8, 0.8)) ** 2
    assert float(walls.sum(1).max()) <= 1.001  # nothing lies outside of the wall
    assert np.quantile(walls.sum(1), 0.7) > 0.999  # and most of it is the wall


@pytest.mark.parametrize("source", ["views", "pointed"])
def test_known_surface_decides_near_far_and_box(source, request):
    views = request.getfixturevalue(source)
    frame = framed(views, AS_IT_IS)
    distances = views.depths[views.valid] if views.depths is not None else None
    assert 0.05 < frame.near < 0.35
    assert 1.6 < frame.far < 2.6
    if distances is not None:
        assert frame.near < distances.min() and frame.far > distances.max()
    surface = known_surface(views)
    inside = ((surface > frame.box[0]) & (surface < frame.box[1])).all(1)
    assert inside.mean() > 0.99
    assert (views.poses[:, :3, 3] > frame.box[0]).all() and (views.poses[:, :3, 3] < frame.box[1]).all()


def test_scale_of_the_capture_does_not_matter_after_normalising(pointed):
    poses = pointed.poses.copy()
    poses[:, :3, 3] *= 10
    tenfold = replace(pointed, poses=poses, points=10 * pointed.points)
    one, ten = framed(pointed, PLAIN), framed(tenfold, PLAIN)
    np.testing.assert_allclose(one.box, ten.box, rtol=1e-4, atol=1e-4)
    assert one.far == pytest.approx(ten.far, rel=1e-4)


def test_cameras_around_a_thing_get_a_box_around_it(blind):
    angles = np.linspace(0, 2, 40)
    eyes = np.stack([3 * np.cos(angles), 3 * np.sin(angles), np.zeros(40)], 1)
    around = replace(blind, poses=looking_at(eyes, np.zeros((40, 3))))
    frame = framed(around, AS_IT_IS)
    assert frame.near == 0.05
    assert (frame.box[0] < -2.9).all() and (frame.box[1] > 2.9).all()
    assert (frame.box[1] - frame.box[0]).max() < 9
    assert frame.far == pytest.approx(np.linalg.norm(frame.box[1] - frame.box[0]))


def test_cameras_that_pivot_about_a_port_get_a_wide_box(blind):
    frame = framed(blind, PLAIN)
    assert frame.box.tolist() == [[-4.0] * 3, [4.0] * 3]


def test_known_depths_become_distances_along_the_rays_in_the_scene(views):
    frame = framed(views, PLAIN)
    distances = from_maps(views, frame)
    sight = views.lenses[3].directions([2.5, 5.5])
    unit = np.linalg.norm(frame.scene_from_capture[:3, 0])
    assert distances[3, 5, 2] == pytest.approx(float(views.depths[3, 5, 2]) / -sight[2] * unit, rel=1e-5)


def test_points_give_distances_at_the_pixels_where_they_are_seen(views, pointed):
    few = replace(pointed, points=pointed.points[::50])
    frame = framed(few, AS_IT_IS)
    found = from_points(few, frame)
    true = from_maps(views, frame)
    known = (found > 0) & views.valid
    assert 100 < known.sum() < 0.6 * known.size
    assert np.quantile(np.abs(found - true)[known] / true[known], 0.5) < 0.1
