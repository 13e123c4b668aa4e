"""The pool of rays: valid pixels only, colours and lines of sight of the right ones (P09, check 6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from medview.core.lens import Lens
from medview.phantoms.laparoscopy.abdomen import p09_views
from medview.zoo.fields.ray_pool import RayPool
from medview.zoo.fields.rays import camera_rays
from medview.zoo.fields.training_cameras import TrainingCameras


@pytest.fixture(scope="module")
def views():
    return p09_views()


def drawn(pool: RayPool, count: int, views: int, seed: int = 0):
    return pool.draw(torch.Generator().manual_seed(seed), count, views)


def test_the_circle_of_the_paper_covers_two_thirds_of_the_picture(views):
    assert views.valid[0].mean() == pytest.approx(0.663, abs=0.002)


def test_no_masked_pixel_is_in_the_pool_and_no_other_is_missing(views):
    pool = RayPool(views, None, "cpu")
    is_in = np.zeros(views.valid.size, bool)
    is_in[pool.numbers.numpy()] = True
    assert np.array_equal(is_in.reshape(views.valid.shape), views.valid)


def test_masks_of_single_frames_count(views):
    valid = views.valid.copy()
    valid[3, 20:40, 20:40] = False
    batch = drawn(RayPool(replace(views, valid=valid), None, "cpu"), 200_000, 40)
    rays = camera_rays(np.eye(4), views.lenses[0], 0, 1).directions.view(64, 64, 3)
    hidden = {tuple(ray.tolist()) for ray in rays[20:40, 20:40].reshape(-1, 3)}
    found = {tuple(ray.tolist()) for ray in batch.sights[batch.views == 3]}
    assert len(found) > 1500
    assert not hidden & found


def test_colours_views_and_times_belong_to_the_drawn_pixels(views):
    pool = RayPool(views, np.where(views.valid, views.depths, 0), "cpu")
    batch = pool.at(torch.tensor([7 * 4096 + 30 * 64 + 12]))
    assert int(batch.views) == 7
    assert np.rint(255 * batch.colours[0].numpy()).tolist() == views.images[7, 30, 12].tolist()
    expected = views.lenses[7].directions([12.5, 30.5])
    np.testing.assert_allclose(batch.sights[0].numpy(), expected, atol=1e-7)
    assert float(batch.distances[0]) == pytest.approx(float(views.depths[7, 30, 12]))


def test_each_lens_has_its_own_lines_of_sight(views):
    two = views.only(np.array([0, 1]))
    other = Lens.of_view_angle(64, 64, 20)
    pool = RayPool(replace(two, lenses=(two.lenses[0], other)), None, "cpu")
    pixel = 5 * 64 + 32
    for view, lens in enumerate((two.lenses[0], other)):
        found = pool.at(torch.tensor([view * 4096 + pixel])).sights[0].numpy()
        np.testing.assert_allclose(found, lens.directions([32.5, 5.5]), atol=1e-7)


def test_only_the_first_views_are_drawn_from_in_progressive_mode(views):
    batch = drawn(RayPool(views, None, "cpu"), 5000, 5)
    assert sorted(set(batch.views.tolist())) == [0, 1, 2, 3, 4]


def test_pixels_of_known_distance_are_drawn_beside_the_others(views):
    distances = np.zeros(views.valid.shape, np.float32)
    distances[2, 32, 32] = 1.25
    batch = drawn(RayPool(views, distances, "cpu", sparse_share=0.125), 384, 40)
    assert len(batch.views) == 384 + 48
    assert batch.distances[384:].tolist() == [1.25] * 48


def test_cameras_make_the_rays_that_the_pictures_were_taken_with(views):
    pool = RayPool(views, None, "cpu")
    cameras = TrainingCameras(views.poses, moves=False)
    numbers = torch.arange(4096) + 9 * 4096
    rays = cameras.rays(pool.at(numbers), 0.03, 2.2, is_moving=False)
    expected = camera_rays(views.poses[9], views.lenses[9], 0.03, 2.2)
    torch.testing.assert_close(rays.directions, expected.directions, atol=1e-6, rtol=0)
    torch.testing.assert_close(rays.origins, expected.origins)
    assert rays.times is None
