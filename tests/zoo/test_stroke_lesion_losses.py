"""Losses, weights and the course of the learning rate against numbers from the paper file."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from medview.core.params import validate
from medview.zoo.segment.stroke_lesion.losses import (
    SUPERVISION,
    boundary_classes,
    class_weight_map,
    focal_loss,
    pixel_loss,
    total_loss,
    unweighted,
    weighted_mean,
)
from medview.zoo.segment.stroke_lesion.settings import CLASS_WEIGHTS, TrainSettings
from medview.zoo.segment.stroke_lesion.spec import SPEC
from medview.zoo.segment.stroke_lesion.training import phase_of


def test_check_2_the_weights_of_the_outputs_sum_to_one_and_rise():
    assert sum(SUPERVISION) == pytest.approx(1.0, abs=1e-12)
    assert list(SUPERVISION) == sorted(set(SUPERVISION))


@pytest.mark.parametrize(("classes", "kind"), [(1, "MRI"), (3, "CT")])
def test_check_2_six_equal_outputs_cost_what_one_does(classes, kind):
    torch.manual_seed(0)
    logits = torch.randn(2, classes, 8, 8)
    target = torch.randint(0, max(2, classes), (2, 8, 8))
    weights = CLASS_WEIGHTS[kind]
    deep = total_loss([logits] * 6, target, class_weights=weights, is_deep=True)
    one = weighted_mean(pixel_loss(logits, target), class_weight_map(target, weights))
    assert deep.item() == pytest.approx(one.item(), rel=1e-5)


def test_without_deep_supervision_only_the_finest_output_counts():
    target = torch.zeros(1, 4, 4, dtype=torch.long)
    outputs = [torch.full((1, 1, 4, 4), float(n)) for n in range(6)]
    alone = total_loss(outputs, target, class_weights=None, is_deep=False)
    assert alone.item() == pytest.approx(focal_loss(outputs[-1], target).mean().item())


def test_check_5_class_weights_of_a_small_mask():
    target = torch.tensor([[[1, 0], [0, 0]]])
    weights = class_weight_map(target, CLASS_WEIGHTS["MRI"])
    assert weighted_mean(torch.ones(1, 2, 2), weights).item() == pytest.approx(0.40)


@pytest.mark.parametrize(("gamma", "wanted"), [(2.0, 0.0010536), (0.0, 0.1053605)])
def test_check_6_focal_loss_of_a_probability_of_nine_tenths(gamma, wanted):
    logit = math.log(9.0)
    for target, sign in ((1, 1.0), (0, -1.0)):
        logits = torch.full((1, 1, 1, 1), sign * logit, dtype=torch.float64)
        loss = focal_loss(logits, torch.full((1, 1, 1), target), gamma)
        assert loss.item() == pytest.approx(wanted, abs=5e-8)


@pytest.mark.parametrize(("epoch", "rate"), [(0, 0.0), (45, 2.5e-3), (90, 5e-3), (345, 2.5e-3), (600, 0.0)])
def test_check_7_the_learning_rate_at_five_epochs(epoch, rate):
    settings = TrainSettings.from_params(validate(SPEC.train_params, {}))
    phase = phase_of(settings)
    assert (phase.epochs, settings.learning_rate) == (600, 5e-3)
    found = settings.learning_rate * phase.schedule.factor(epoch, phase.epochs)
    assert found == pytest.approx(rate, abs=1e-9)


def test_the_weights_are_taken_back_from_the_probabilities_that_the_loss_is_least_with():
    """Of a hundred pixels that look alike, the best answer, unweighted, is how often each class is there."""
    target = torch.tensor([0] * 60 + [1] * 10 + [2] * 30).view(1, 1, 100)
    shared = torch.zeros(1, 3, 1, 1, requires_grad=True)
    descent = torch.optim.LBFGS([shared], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        descent.zero_grad()
        loss = total_loss(
            [shared.expand(1, 3, 1, 100)] * 6, target, class_weights=CLASS_WEIGHTS["CT"], is_deep=True
        )
        loss.backward()
        return loss

    descent.step(closure)
    found = torch.softmax(shared.detach(), 1)
    assert found.argmax(1).item() == 1
    plain = unweighted(found, CLASS_WEIGHTS["CT"]).flatten().tolist()
    assert plain == pytest.approx([0.6, 0.1, 0.3], abs=1e-3)
    assert torch.equal(unweighted(found, ()), found)


def test_check_10_lesion_and_boundary_together_are_the_mask():
    rng = np.random.default_rng(0)
    mask = torch.from_numpy((rng.random((3, 40, 50)) < 0.6).astype(np.uint8))
    classes = boundary_classes(mask)
    assert torch.equal(classes > 0, mask > 0)
    assert set(classes.unique().tolist()) == {0, 1, 2}


def test_check_10_a_square_of_ten_has_36_boundary_pixels():
    mask = torch.zeros(1, 32, 32)
    mask[0, 5:15, 8:18] = 1
    classes = boundary_classes(mask)
    assert int((classes == 2).sum()) == 36
    assert int((classes == 1).sum()) == 64
    assert bool((classes[0, 6:14, 9:17] == 1).all())
