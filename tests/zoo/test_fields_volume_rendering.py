"""Rays, samplers and volume rendering against numbers worked out by hand (P09, check 1)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.core.lens import Lens
from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays, camera_rays
from medview.zoo.fields.sampling import UniformSampler, uniform_edges
from medview.zoo.fields.space import BoxSpace, ContractedSpace, contracted
from medview.zoo.fields.volume_rendering import render_rays
from medview.zoo.fields.weights import weights_of

BOX = [[-1.1] * 3, [1.1] * 3]


class Slab(Field):
    """Density 30 where x > 0.5, nothing before; red 0.2, green 0.4, blue 0.6."""

    def __init__(self, density: float = 30.0) -> None:
        super().__init__(BoxSpace(BOX))
        self.level, self.asked = density, 0

    def density(self, positions, times=None):
        self.asked += len(positions)
        return torch.where(positions[:, 0] > 0.5, self.level, 0.0), positions

    def colour(self, features, directions, views=None):
        return torch.tensor([0.2, 0.4, 0.6]).expand(len(features), 3)


def along_x(count: int = 1, near: float = 0.0, far: float = 5.0) -> Rays:
    return Rays(
        origins=torch.zeros(count, 3),
        directions=torch.tensor([[1.0, 0, 0]]).expand(count, 3),
        near=torch.full((count,), near),
        far=torch.full((count,), far),
    )


def test_weights_of_two_samples_are_those_of_the_paper():
    weights = weights_of(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 0.5]]))
    assert weights[0].tolist() == pytest.approx([0.393469, 0.383401], abs=1e-6)
    assert float(weights.sum()) == pytest.approx(0.776870, abs=1e-6)


def test_opacity_is_one_minus_the_exponential_of_the_optical_thickness():
    generator = torch.Generator().manual_seed(1)
    sigma = 9 * torch.rand((50, 40), generator=generator)
    lengths = 0.05 * torch.rand((50, 40), generator=generator)
    expected = 1 - torch.exp(-(sigma * lengths).sum(1))
    torch.testing.assert_close(weights_of(sigma, lengths).sum(1), expected, atol=1e-6, rtol=0)


def test_weights_equal_the_product_of_the_equation():
    sigma, lengths = torch.tensor([[0.5, 3.0, 1.0, 8.0]]), torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    alpha, clear, expected = 1 - torch.exp(-sigma * lengths), 1.0, []
    for value in alpha[0].tolist():
        expected.append(clear * value)
        clear *= 1 - value
    assert weights_of(sigma, lengths)[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_a_slab_is_seen_at_its_depth_over_the_background():
    with torch.no_grad():
        seen = render_rays(Slab(), UniformSampler(110), along_x())
    assert float(seen.opacity) == pytest.approx(1, abs=1e-4)  # marching stops in the dark
    assert float(seen.depth) == pytest.approx(0.5 + 1 / 30, abs=0.005)  # one mean free path behind its face
    assert float(seen.spread) == pytest.approx(1 / 30, abs=0.005)
    assert seen.colour[0].tolist() == pytest.approx([0.2, 0.4, 0.6], abs=5e-4)


def test_half_of_the_background_shines_through_half_an_opacity():
    with torch.no_grad():
        seen = render_rays(Slab(np.log(2) / 0.6), UniformSampler(110), along_x())
    assert float(seen.opacity) == pytest.approx(0.5, abs=2e-3)
    assert seen.over(torch.ones(3))[0].tolist() == pytest.approx([0.6, 0.7, 0.8], abs=2e-3)


def test_marching_gives_the_picture_of_training_and_asks_less():
    field, rays = Slab(200.0), along_x(7)
    whole = render_rays(field, UniformSampler(64), rays)
    asked = field.asked
    with torch.no_grad():
        marched = render_rays(field, UniformSampler(64), rays)
    assert asked == 7 * 64
    assert field.asked - asked == marched.asked < asked
    torch.testing.assert_close(marched.colour, whole.colour, atol=5e-4, rtol=0)


def test_nothing_is_taken_behind_a_surface():
    with torch.no_grad():
        for end, opacity in [(0.4, 0.0), (0.5 + np.log(2) / 30, 0.5), (np.inf, 1.0)]:
            seen = render_rays(Slab(), UniformSampler(1100), along_x(), t_max=torch.tensor([float(end)]))
            assert float(seen.opacity) == pytest.approx(opacity, abs=0.03)


def test_random_edges_rise_and_reach_every_place():
    generator = torch.Generator().manual_seed(0)
    edges = uniform_edges(500, 8, generator, torch.device("cpu"))
    assert bool((edges.diff(dim=1) >= 0).all())
    assert float(edges.min()) == 0 and float(edges.max()) == 1
    middles = (edges[:, 1:] + edges[:, :-1]) / 2
    assert float(middles.flatten().sort().values.diff().max()) < 0.01


def test_samples_lie_between_near_and_the_end_of_the_box():
    with torch.no_grad():
        seen = render_rays(Slab(), UniformSampler(10), along_x(near=0.1, far=9))
    assert float(seen.samples.t_starts[0, 0]) == pytest.approx(0.1)
    assert float(seen.samples.t_ends[0, -1]) == pytest.approx(1.1)


def test_a_ray_that_misses_the_box_sees_nothing():
    ray = along_x()
    away = Rays(origins=ray.origins + 3, directions=ray.directions, near=ray.near, far=ray.far)
    with torch.no_grad():
        assert float(render_rays(Slab(), UniformSampler(10), away).opacity) == 0


def test_contraction_keeps_the_inner_ball_and_squeezes_the_rest():
    places = torch.tensor([[0.3, 0, 0], [0, 1, 0], [0, 0, 4.0], [3e6, 0, 0]])
    expected = torch.tensor([[0.3, 0, 0], [0, 1, 0], [0, 0, 1.75], [2, 0, 0]])
    torch.testing.assert_close(contracted(places), expected, atol=1e-5, rtol=0)
    unit = ContractedSpace(2 * np.array(BOX) / 1.1).unit(torch.tensor([[0.0, 0, 2], [0, 0, -8]]))
    torch.testing.assert_close(unit[:, 2], torch.tensor([0.75, 0.5 - 1.75 / 4]))


def test_rays_of_a_distorted_lens_are_those_of_the_camera():
    lens = Lens(width=7, height=5, fx=4, fy=4, cx=3.5, cy=2.5, k1=0.1, p1=0.02)
    pose = np.eye(4)
    pose[:3, :3] = [[0, 0, -1], [0, 1, 0], [1, 0, 0]]  # looks along +x
    pose[:3, 3] = (1, 2, 3)
    rays = camera_rays(pose, lens, 0.1, 2.0)
    assert len(rays) == 35
    torch.testing.assert_close(rays.directions.norm(dim=1), torch.ones(35))
    assert rays.directions[17].tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    seen = lens.project((rays.directions.double().numpy()) @ pose[:3, :3])
    np.testing.assert_allclose(seen.reshape(5, 7, 2), lens.pixels(), atol=1e-4)
