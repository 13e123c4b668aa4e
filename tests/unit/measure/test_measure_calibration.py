"""Calibration against numbers made by hand and against samples whose truth is drawn from known odds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medview.measure.calibration import (
    CalibrationSample,
    calibration_sample,
    calibration_table,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    scaled,
)


def drawn(seed=0, count=60_000, sharpness=1.0):
    """One structure whose truth follows its odds; what the network says is `sharpness` times as sure."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, count)
    truth = rng.random(count) < 1 / (1 + np.exp(-logits))
    said = 1 / (1 + np.exp(-logits * sharpness))
    return CalibrationSample(said[:, np.newaxis].astype(np.float32), truth.astype(np.intp))


def test_the_region_holds_what_either_side_takes_for_something():
    probability = np.array([0.5, 0.001, 0.001, 0.01], np.float32).reshape(4, 1, 1)
    reference = np.array([0, 0, 1, 0], np.uint8).reshape(4, 1, 1)
    sample = calibration_sample(probability, reference)
    assert sample.probabilities[:, 0].tolist() == pytest.approx([0.5, 0.001, 0.01])
    assert sample.classes.tolist() == [0, 1, 0]


def test_several_classes_bring_their_background_and_their_own_columns():
    probability = np.array([[0.2, 0.995], [0.5, 0.003], [0.3, 0.002]], np.float32).reshape(3, 2, 1, 1)
    sample = calibration_sample(probability, np.array([2, 0], np.uint8).reshape(2, 1, 1))
    assert sample.structures == 2 and len(sample.classes) == 1
    said, is_there = sample.of_structure(2)
    assert said.tolist() == pytest.approx([0.3]) and is_there.tolist() == [True]
    assert not sample.of_structure(1)[1].any()


def test_the_curve_and_its_error_are_those_made_by_hand():
    said = np.array([0.1, 0.1, 0.9, 0.9, 1.0])
    there = np.array([False, True, True, True, False])
    curve = reliability(said, there, bins=2)
    assert curve.voxels.tolist() == [2, 3]
    assert curve.probability.tolist() == pytest.approx([0.1, 2.8 / 3])
    assert curve.observed.tolist() == pytest.approx([0.5, 2 / 3])
    assert curve.ece == pytest.approx(2 / 5 * 0.4 + 3 / 5 * (2.8 - 2) / 3)


def test_likelihood_and_scaling_are_those_made_by_hand():
    sample = CalibrationSample(np.array([[0.8], [0.4]], np.float32), np.array([1, 0]))
    assert negative_log_likelihood(sample) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2, rel=1e-5)
    logit = math.log(0.8 / 0.2) / 2
    assert scaled(sample.probabilities, 2.0)[0, 0] == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-5)
    softmax = np.array([[0.6, 0.3, 0.1]])
    by_hand = np.exp(np.log(softmax) / 3)
    assert scaled(softmax, 3.0) == pytest.approx(by_hand / by_hand.sum(), rel=1e-5)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.5])
def test_the_temperature_finds_how_much_too_sure_a_network_is(sharpness):
    assert fit_temperature([drawn(sharpness=sharpness)]) == pytest.approx(sharpness, rel=0.05)


def test_the_temperature_of_several_classes_is_found_too():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (60_000, 3))
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (rng.random((60_000, 1)) > odds.cumsum(1)).sum(1)
    said = odds**1.8 / (odds**1.8).sum(1, keepdims=True)
    sample = CalibrationSample(said.astype(np.float32), truth)
    assert fit_temperature([sample]) == pytest.approx(1.8, rel=0.05)


def test_scaling_mends_a_network_that_is_too_sure_on_subjects_it_was_not_fitted_on():
    table = calibration_table([drawn(seed, sharpness=3.0) for seed in range(3)], ["Vessel"], "drawn")
    assert table["temperature"] == pytest.approx(3.0, rel=0.05)
    assert table["ece"] > 0.05 > 0.015 > table["ece_scaled"]
    assert table["nll_scaled"] < table["nll"] and table["is_used"]
    (row,) = table["classes"]
    assert row["name"] == "Vessel"
    assert sum(row["voxels"]) == sum(row["voxels_scaled"]) == table["voxels"] == 180_000
    assert len(row["probability"]) == len(row["observed"]) == len(row["voxels"]) <= table["bins"]


def test_a_temperature_that_mends_nothing_is_not_used():
    torn = CalibrationSample(np.full((1000, 1), 0.5, np.float32), np.arange(1000) % 2)
    assert not calibration_table([torn, torn], ["Vessel"], "drawn")["is_used"]


def test_names_that_do_not_fit_and_empty_regions_are_no_table():
    with pytest.raises(ValueError, match="2 names for 1"):
        calibration_table([drawn()], ["a", "b"], "drawn")
    empty = CalibrationSample(np.zeros((0, 1), np.float32), np.zeros(0, np.intp))
    with pytest.raises(ValueError, match="0 voxels"):
        calibration_table([empty], ["a"], "nothing")
    assert fit_temperature([empty]) == 1.0
