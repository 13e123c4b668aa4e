"""Noise, shading and storage behave as their equations say."""

from __future__ import annotations

import numpy as np
import pytest

from medview.phantoms.scanner import bias_field, rician, store


def test_without_signal_rician_noise_has_the_mean_and_spread_of_rayleigh(rng: np.random.Generator) -> None:
    noise = rician(np.zeros((60, 60, 60), np.float32), 3.0, rng)
    assert noise.mean() == pytest.approx(3 * np.sqrt(np.pi / 2), rel=0.01)
    assert noise.std() == pytest.approx(3 * np.sqrt(2 - np.pi / 2), rel=0.01)


def test_far_above_the_noise_rician_is_gaussian_around_the_signal(rng: np.random.Generator) -> None:
    noisy = rician(np.full((60, 60, 60), 100, np.float32), 2.0, rng)
    assert noisy.mean() == pytest.approx(np.sqrt(100**2 + 2**2), rel=0.001)
    assert noisy.std() == pytest.approx(2, rel=0.02)


def test_noise_leaves_the_signal_it_was_given_alone(rng: np.random.Generator) -> None:
    signal = np.ones((4, 4, 4), np.float32)
    rician(signal, 1.0, rng)
    assert (signal == 1).all()


def test_shading_is_smooth_positive_and_of_the_asked_strength(rng: np.random.Generator) -> None:
    spreads = [np.log(bias_field((24, 30, 26), rng, 0.2)).std() for _ in range(40)]
    assert np.mean(spreads) == pytest.approx(0.2, rel=0.2)
    field = bias_field((24, 30, 26), rng, 0.2)
    assert field.min() > 0
    assert max(np.abs(np.diff(field, axis=a)).max() for a in range(3)) < 0.3


def test_no_strength_is_no_shading(rng: np.random.Generator) -> None:
    assert np.allclose(bias_field((8, 9, 10), rng, 0.0), 1)


def test_stored_numbers_stay_within_twelve_bits(rng: np.random.Generator) -> None:
    stored = store(np.array([[[0.0, 1.0, 2.0, 90.0]]], np.float32), 1.0, peak=350)
    assert stored.dtype == np.int16
    assert stored.ravel().tolist() == [0, 350, 700, 4095]
