"""The object around clicks, found without weights."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.edit.forest import object_of


def ball(shape: tuple[int, ...], middle: tuple[float, ...], radius: float) -> np.ndarray:
    places = np.indices(shape)
    square = sum((axis - at) ** 2 for axis, at in zip(places, middle, strict=True))
    return np.asarray(square <= radius**2)


def noisy(truth: np.ndarray, step: float = 1.0, noise: float = 0.1) -> np.ndarray:
    return (truth * step + np.random.default_rng(0).normal(0, noise, truth.shape)).astype(np.float32)


def clicks(shape: tuple[int, ...], *places: tuple[int, ...]) -> np.ndarray:
    found = np.zeros(shape, bool)
    for place in places:
        found[place] = True
    return found


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize("shape", [(128, 128), (512, 512), (48, 48, 48)])
def test_one_click_finds_a_disc_or_ball_in_noise(shape: tuple[int, ...]) -> None:
    truth = ball(shape, tuple(n / 2 for n in shape), shape[0] / 5)
    aside = tuple(n // 2 + shape[0] // 12 for n in shape)
    found = object_of(noisy(truth), clicks(shape, aside), clicks(shape), (1.0,) * len(shape))
    assert dice(found, truth) > 0.95


def test_a_click_on_the_other_half_takes_it_away() -> None:
    shape = (96, 96)
    one, other = ball(shape, (48, 34), 16), ball(shape, (48, 62), 16)
    values = noisy(one | other, noise=0.05) - 0.25 * noisy(other, noise=0)
    include = clicks(shape, (48, 30))
    found = object_of(values, include, clicks(shape, (48, 66)), (1, 1))
    assert dice(found, one) > 0.9
    assert not found[48, 66]


def test_clicks_are_obeyed_and_the_unit_does_not_matter() -> None:
    shape = (64, 64)
    values = noisy(ball(shape, (30, 30), 12))
    include, exclude = clicks(shape, (30, 30), (5, 60)), clicks(shape, (34, 30), (60, 5))
    found = object_of(values, include, exclude, (1, 1))
    assert found[include].all() and not found[exclude].any()
    np.testing.assert_array_equal(object_of(values * 1000 - 300, include, exclude, (1, 1)), found)


def test_nothing_is_found_without_a_click_or_outside_the_scan() -> None:
    values = noisy(ball((40, 40), (20, 20), 8))
    nothing = clicks((40, 40))
    assert not object_of(values, nothing, nothing, (1, 1)).any()
    values[:, 25:] = np.nan
    found = object_of(values, clicks((40, 40), (20, 20)), nothing, (1, 1))
    assert found[20, 20] and not found[:, 25:].any()
    assert not object_of(values, clicks((40, 40), (20, 30)), nothing, (1, 1)).any()


def test_an_even_picture_and_a_thin_one_are_no_failure() -> None:
    even = np.zeros((30, 30), np.float32)
    assert object_of(even, clicks((30, 30), (9, 9)), clicks((30, 30)), (1, 1))[9, 9]
    thin = np.zeros((1, 30, 30), np.float32)
    assert object_of(thin, clicks(thin.shape, (0, 9, 9)), clicks(thin.shape), (5, 1, 1))[0, 9, 9]


def test_clicks_of_another_shape_are_refused() -> None:
    with pytest.raises(InputRefused, match="do not fit"):
        object_of(np.zeros((8, 8), np.float32), clicks((8, 9)), clicks((8, 8)), (1, 1))
