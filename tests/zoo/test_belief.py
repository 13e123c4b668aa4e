"""Probabilities, entropy and spread against numbers made by hand."""

from __future__ import annotations

import math

import pytest
import torch

from medview.ml.belief import BELIEF_OUTPUTS, BELIEF_PARAMS, belief_outputs
from medview.zoo.belief import Belief, foreground, normalised_entropy, scaled, temperature_in


def test_entropy_is_0_where_the_network_is_sure_and_1_where_every_class_is_as_likely():
    one = torch.tensor([0.0, 0.5, 1.0, 0.25]).reshape(4, 1, 1, 1)
    by_hand = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    assert normalised_entropy(one).flatten().tolist() == pytest.approx([0, 1, 0, by_hand], abs=1e-5)
    three = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]).reshape(3, 3, 1, 1)
    expected = [1, 0, math.log(2) / math.log(3)]
    assert normalised_entropy(three).flatten().tolist() == pytest.approx(expected, abs=1e-5)


def test_temperature_scaling_of_probabilities_is_that_of_logits():
    torch.manual_seed(0)
    logits = 3 * torch.randn(2, 4, 5, 5)
    assert torch.allclose(scaled(logits.softmax(1), 1.7), (logits / 1.7).softmax(1), atol=1e-5)
    one = logits[:, :1]
    assert torch.allclose(scaled(one.sigmoid(), 0.6), (one / 0.6).sigmoid(), atol=1e-5)


def test_temperature_scaling_keeps_the_most_probable_class():
    torch.manual_seed(1)
    softmax = torch.randn(2, 5, 6, 6).softmax(1)
    sigmoid = torch.rand(2, 1, 6, 6)
    assert torch.equal(scaled(softmax, 2.5).argmax(1), softmax.argmax(1))
    assert torch.equal(scaled(sigmoid, 2.5) >= 0.5, sigmoid >= 0.5)


def test_foreground_is_all_that_is_not_background():
    probability = torch.tensor([0.2, 0.5, 0.3]).reshape(1, 3, 1, 1)
    assert foreground(probability).item() == pytest.approx(0.8)
    assert foreground(torch.full((1, 1, 1, 1), 0.3)).item() == pytest.approx(0.3)


@pytest.mark.parametrize(("word", "count"), [("off", 1), ("flip", 2), ("flips", 4)])
def test_mirrored_answers_are_turned_back_before_they_meet(word, count):
    x = torch.rand(2, 1, 4, 6)
    seen = []

    def forward(batch):
        seen.append(batch)
        return batch

    mean, spread = Belief.wanted({"spread": word}, {}).passes(forward, x)
    assert len(seen) == count
    assert torch.allclose(mean, x)
    assert len({tuple(batch.flatten().tolist()) for batch in seen}) == count
    if word == "off":
        assert spread is None
    else:
        assert spread.max() < 1e-6


def test_spread_is_the_standard_deviation_over_the_passes_and_a_known_first_one_is_not_repeated():
    answers = iter([torch.full((1, 1, 2, 2), 0.9)])
    belief = Belief.wanted({"spread": "flip"}, {})
    first = torch.full((1, 1, 2, 2), 0.5)
    mean, spread = belief.passes(lambda _: next(answers), torch.zeros(1, 1, 2, 2), first)
    assert mean.flatten().tolist() == pytest.approx([0.7] * 4)
    assert spread.flatten().tolist() == pytest.approx([0.2] * 4)
    assert first.flatten().tolist() == pytest.approx([0.5] * 4)


def test_maps_hold_what_was_asked_for_and_nothing_else():
    calibrated = torch.rand(1, 3, 2, 2).softmax(1)
    spread = torch.rand(1, 1, 2, 2)
    asked = Belief.wanted({"probability": True, "entropy": True, "spread": "flip"}, {})
    assert tuple(asked.maps(calibrated, spread)) == asked.images == BELIEF_OUTPUTS
    assert Belief().maps(calibrated, None) == {} and Belief().images == ()
    assert all(part.shape == (1, 1, 2, 2) for part in asked.maps(calibrated, spread).values())


@pytest.mark.parametrize(
    ("settings", "temperature"),
    [
        ({}, 1.0),
        ({"temperature": 1.4}, 1.4),
        ({"temperature": 0}, 1.0),
        ({"temperature": True}, 1.0),
        ({"temperature": "warm"}, 1.0),
        ({"temperature": float("nan")}, 1.0),
    ],
)
def test_a_card_without_a_sensible_temperature_leaves_probabilities_as_they_are(settings, temperature):
    assert temperature_in(settings) == temperature


def test_every_asked_word_has_an_output_with_colours_and_a_range():
    outputs = belief_outputs("Vessel", synthesized=True)
    assert tuple(output.name for output in outputs) == BELIEF_OUTPUTS
    assert tuple(param.name for param in BELIEF_PARAMS) == BELIEF_OUTPUTS
    assert all(output.on_request and output.synthesized and output.colormap for output in outputs)
    assert all(0 < output.value_range[0] < output.value_range[1] <= 1 for output in outputs)
