"""The occupancy grid and steps that grow with distance (P09, sampling; check 11)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.zoo.fields.field import Field
from medview.zoo.fields.occupancy import OccupancySampler
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import ConeSampler, UniformSampler
from medview.zoo.fields.space import BoxSpace
from medview.zoo.fields.volume_rendering import render_rays


class Ball(Field):
    """Density 40 within 0.4 of the middle, a colour that follows the place; counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(BoxSpace([[-1.0] * 3, [1.0] * 3]))
        self.asked = 0

    def density(self, positions, times=None):
        self.asked += len(positions)
        return 40.0 * (positions.norm(dim=1) < 0.4), positions

    def colour(self, features, directions, views=None):
        return 0.5 + features


def rays(count: int = 20) -> Rays:
    across = torch.linspace(-0.6, 0.6, count)
    y, z = (part.reshape(-1) for part in torch.meshgrid(across, across, indexing="ij"))
    return Rays(
        origins=torch.stack([torch.full_like(y, -2), y, z], 1),
        directions=torch.tensor([[1.0, 0, 0]]).expand(len(y), 3),
        near=torch.zeros(len(y)),
        far=torch.full((len(y),), 5.0),
    )


def settled(cells: int, step: int) -> tuple[Ball, OccupancySampler]:
    field = Ball()
    sampler = OccupancySampler(UniformSampler(80), cells, 2 / 80)
    for number in (16, 32, step):
        sampler.refresh(number, field, torch.Generator().manual_seed(number))
    return field, sampler


def test_a_grid_gives_the_same_picture_and_asks_the_field_less_often():
    field, sampler = settled(32, 256)
    with torch.no_grad():
        before = field.asked
        full = render_rays(field, UniformSampler(80), rays())
        middle = field.asked
        pruned = render_rays(field, sampler, rays())
        after = field.asked
    error = float((full.colour - pruned.colour).square().mean())
    assert 10 * np.log10(1 / max(error, 1e-10)) > 40  # the paper asks for agreement to 0.5 dB
    assert after - middle < 0.25 * (middle - before)


def test_no_cell_counts_as_empty_in_the_first_256_steps():
    field, sampler = settled(32, 240)
    assert sampler.sample(rays(), field, None).kept is None


def test_cells_are_looked_at_every_sixteenth_step_only():
    field, sampler = settled(8, 256)
    before = field.asked
    sampler.refresh(257, field, torch.Generator())
    assert field.asked == before
    sampler.refresh(272, field, torch.Generator())
    assert field.asked == before + 8**3


def test_a_cell_forgets_by_a_factor_of_095():
    field, sampler = settled(8, 256)
    sampler.levels.fill_(100.0)
    sampler.refresh(272, field, torch.Generator())
    assert float(sampler.levels.min()) == pytest.approx(95.0)


def test_cells_that_were_full_stay_in_the_checkpoint():
    _, sampler = settled(8, 256)
    assert set(sampler.state_dict()) == {"levels", "is_settled"}


def test_steps_are_equal_nearby_and_grow_with_distance():
    sampler = ConeSampler(0.004, 0.004, 4096)
    ray = rays(1)
    samples = sampler.sample(ray.within(torch.tensor([0.05]), torch.tensor([20.0])), Ball(), None)
    lengths, starts = samples.lengths[0], samples.t_starts[0]
    inner = starts < 0.99
    torch.testing.assert_close(lengths[inner], torch.full((int(inner.sum()),), 0.004), atol=1e-5, rtol=0)
    outer = (starts > 1.01) & (samples.t_ends[0] < 19.9)
    assert float((lengths[outer] / starts[outer]).max()) == pytest.approx(0.004, rel=0.02)
    assert float(samples.t_starts[0, 0]) == pytest.approx(0.05)
    assert float(samples.t_ends[0, -1]) == pytest.approx(20)
    assert float(lengths.sum()) == pytest.approx(19.95, rel=1e-4)


def test_no_more_than_the_most_steps_are_taken():
    samples = ConeSampler(0.004, 0.004, 100).sample(rays(3), Ball(), torch.Generator().manual_seed(0))
    assert samples.t_starts.shape == (9, 100)
