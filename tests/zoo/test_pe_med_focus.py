"""Where the network looks, and that clicks and masks find their way there and back."""

from __future__ import annotations

import numpy as np
import pytest

from medview.zoo.interactive.pe_med.focus import Focus, around, whole

NO_CLICKS = np.zeros((0, 2))


def disc(shape: tuple[int, int], place: tuple[float, float], radius: float) -> np.ndarray:
    i, j = np.mgrid[: shape[0], : shape[1]]
    return (i - place[0]) ** 2 + (j - place[1]) ** 2 <= radius**2


def test_all_of_a_slice_fits_and_stays_square() -> None:
    focus = whole((100, 200), (1.0, 1.0), 160)
    assert focus == Focus((-50.5, -0.5), (200.0, 200.0), 160)


def test_sides_are_alike_in_millimetres() -> None:
    focus = whole((20, 64, 64), (3.0, 1.0, 1.0), 64)
    assert np.array(focus.sides) * (3, 1, 1) == pytest.approx(64)


def test_things_of_all_sizes_are_seen_with_their_surroundings() -> None:
    small = around(disc((512, 512), (250, 250), 5), NO_CLICKS, (1, 1), 128)
    assert (small.grid, small.sides) == (128, (256.0, 256.0))
    large = around(disc((512, 512), (250, 250), 150), NO_CLICKS, (1, 1), 128)
    assert large.sides[0] == pytest.approx(1.4 * 301)
    assert around(disc((100, 100), (50, 50), 9), NO_CLICKS, (1, 1), 128) == whole((100, 100), (1, 1), 128)


def test_clicks_far_from_the_mask_are_seen_too_and_the_slice_is_not_left() -> None:
    focus = around(disc((200, 200), (30, 30), 10), np.array([[150.0, 20.0]]), (1, 1), 160)
    low, high = np.array(focus.low), np.array(focus.low) + focus.sides
    assert (low >= -0.5).all()
    assert (high <= 199.5 + 1e-9).all()
    assert low[0] < 20
    assert high[0] > 150


def test_a_mask_comes_back_as_it_went() -> None:
    mask = disc((300, 240), (100, 140), 30)
    for focus in (whole(mask.shape, (1, 1), 160), around(mask, NO_CLICKS, (1, 1), 160)):
        back = focus.put_back(focus.seen(mask.astype(np.float32), 0.0), mask.shape, 0.0)
        share = ((back > 0.5) == mask).mean()
        assert share > 0.998


def test_at_its_own_sampling_nothing_changes() -> None:
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    focus = Focus((-0.5, -0.5), (64.0, 64.0), 64)
    assert focus.seen(values, 0.0) == pytest.approx(values, abs=1e-5)
    assert focus.put_back(values, values.shape, 0.0) == pytest.approx(values, abs=1e-5)


def test_a_click_points_at_the_same_thing_on_the_grid() -> None:
    mask = np.zeros((256, 256), bool)
    mask[117:120, 60:63] = True
    focus = around(disc((256, 256), (110, 70), 30), NO_CLICKS, (1, 1), 160)
    place = focus.places(np.array([[118.0, 61.0]]))[0]
    seen = focus.seen(mask.astype(np.float32), 0.0)
    middle = np.array(np.nonzero(seen > 0.5)).mean(1)
    assert place == pytest.approx(middle, abs=0.5)


def test_beyond_the_slice_lies_what_was_said() -> None:
    focus = Focus((-10.5, -10.5), (40.0, 40.0), 40)
    seen = focus.seen(np.ones((20, 20), np.float32), -3.0)
    assert seen[0, 0] == -3
    assert seen[20, 20] == 1
