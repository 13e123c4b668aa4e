"""Losses and schedules of fields (P09, check 7 and the training recipe)."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.fields.losses import depth_loss, distortion_loss, rgb_loss
from medview.zoo.fields.schedules import pictures_at, rate_factor
from medview.zoo.fields.settings import steps_for


def test_distortion_of_two_halves_is_a_third():
    loss = distortion_loss(torch.tensor([[0.5, 0.5]]), torch.tensor([[0, 0.5, 1]]))
    assert float(loss) == pytest.approx(1 / 3, abs=1e-6)


def test_distortion_equals_the_double_sum_of_the_equation():
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand((4, 9), generator=generator)
    edges = torch.rand((4, 10), generator=generator).sort(1).values
    middles = (edges[:, 1:] + edges[:, :-1]) / 2
    pairs = weights[:, :, None] * weights[:, None] * (middles[:, :, None] - middles[:, None]).abs()
    own = weights**2 * edges.diff(dim=1) / 3
    expected = (pairs.sum((1, 2)) + own.sum(1)).mean()
    torch.testing.assert_close(distortion_loss(weights, edges), expected)


def test_colour_loss_is_the_squared_length_of_the_difference():
    assert float(rgb_loss(torch.tensor([[1.0, 2, 2], [0, 0, 0]]), torch.zeros(2, 3))) == pytest.approx(4.5)


def test_depth_loss_counts_known_depths_only():
    found, known = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.5, 0.0, 2.0])
    assert float(depth_loss(found, known)) == pytest.approx(0.75)
    assert float(depth_loss(found, torch.zeros(3))) == 0


def test_rate_rises_for_fifty_steps_and_falls_to_a_tenth():
    assert rate_factor(0, 1000, 0.1, 50) == pytest.approx(1 / 50)
    assert rate_factor(49, 1000, 0.1, 50) == pytest.approx(0.1**0.049)
    assert rate_factor(1000, 1000, 0.1, 50) == pytest.approx(0.1)


def test_progressive_mode_begins_with_five_pictures_and_appends_one_at_a_time():
    assert [pictures_at(step, 8, 75) for step in (0, 74, 75, 150, 225, 9999)] == [5, 5, 6, 7, 8, 8]


def test_steps_by_number_of_pictures_are_those_of_the_study():
    found = [steps_for(views) for views in (10, 62, 310, 647, 1392, 2667, 9999)]
    assert found == [3000, 3000, 15000, 30000, 50000, 100000, 100000]
    assert 3000 < steps_for(140) < 15000
