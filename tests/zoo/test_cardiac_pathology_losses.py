"""APU-Net's losses: the numbered checks 5 and 6 of the paper file, and what the terms reward."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from medview.zoo.segment.cardiac_pathology.losses import (
    inclusion_loss,
    neighbourhood_penalty,
    weighted_cross_entropy,
)


def one_hot(classes: torch.Tensor) -> torch.Tensor:
    return functional.one_hot(classes, 5).movedim(-1, 1).float()


def test_check_5_the_literal_penalty_by_hand() -> None:
    a, b = torch.tensor([0.6, 0.0, 0.2]), torch.tensor([0.3, 0.5, 0.5])
    assert float(neighbourhood_penalty(a, b, "literal")) == pytest.approx((0.1 + 0.3) / 3, abs=1e-6)


def test_check_5_the_hinged_penalty_leaves_alone_what_is_together() -> None:
    one = torch.ones(4)
    assert float(neighbourhood_penalty(one, one, "hinged")) == 0
    assert float(neighbourhood_penalty(one, one, "literal")) == -1


def test_the_hinged_penalty_counts_from_one_per_cent_and_never_below_nothing() -> None:
    a, b = torch.tensor([0.005, 0.3, 0.8]), torch.tensor([0.5, 0.4, 0.7])
    assert float(neighbourhood_penalty(a, b, "hinged")) == pytest.approx(0.3 / 3, abs=1e-6)


@pytest.mark.parametrize("mode", ["literal", "hinged"])
def test_check_5_the_inclusion_loss_is_equation_5(mode: str) -> None:
    probability = torch.softmax(torch.randn(2, 5, 6, 6), dim=1)
    core, infarct, normal = probability[:, 4], probability[:, 3], probability[:, 2]
    by_hand = neighbourhood_penalty(core, core + infarct, mode) + neighbourhood_penalty(
        core + infarct, core + infarct + normal, mode
    )
    assert float(inclusion_loss(probability, mode)) == pytest.approx(float(by_hand), abs=1e-6)


def test_a_core_without_infarct_around_its_doubt_costs_more_than_one_within() -> None:
    within, without = (torch.zeros(1, 5, 1, 1) for _ in range(2))
    within[:, 4], within[:, 3] = 0.4, 0.6
    without[:, 4], without[:, 0] = 0.4, 0.6
    assert float(inclusion_loss(within)) < float(inclusion_loss(without))


def test_check_6_with_all_weights_one_it_is_the_cross_entropy() -> None:
    logits, classes = torch.randn(3, 5, 8, 8), torch.randint(0, 5, (3, 8, 8))
    wanted = functional.cross_entropy(logits, classes)
    ones = torch.ones(3, 5)
    assert float(weighted_cross_entropy(logits, one_hot(classes), ones)) == pytest.approx(
        float(wanted), abs=1e-6
    )
    assert float(weighted_cross_entropy(logits, one_hot(classes))) == pytest.approx(float(wanted), abs=1e-6)


def test_check_6_soft_labels_and_weights_by_hand() -> None:
    logits = torch.zeros(1, 5, 1, 2)
    target = torch.zeros(1, 5, 1, 2)
    target[0, :, 0, 0] = torch.tensor([0.25, 0.75, 0, 0, 0])
    target[0, 4, 0, 1] = 1
    weights = torch.tensor([[0.5, 1.0, 1.0, 1.0, 1.5]])
    by_hand = (0.5 * 0.25 + 1.0 * 0.75 + 1.5) * torch.log(torch.tensor(5.0)) / 2
    assert float(weighted_cross_entropy(logits, target, weights)) == pytest.approx(float(by_hand), abs=1e-6)
