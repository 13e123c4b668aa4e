"""Simulated clicks and how many it takes, against masks made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from medview.measure.clicks import Click, clicks_to_reach, overlap, worst_fault


def square(low: int, high: int) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[low:high, low:high] = True
    return mask


def test_the_first_click_is_the_deepest_pixel_of_the_object() -> None:
    fault = worst_fault(square(10, 30), square(0, 0))
    assert fault is not None
    assert fault.middle() == Click((19, 19), True)


def test_a_false_block_is_clicked_in_its_middle() -> None:
    truth = square(10, 30)
    fault = worst_fault(truth, truth | square(40, 49))
    assert fault is not None
    assert fault.middle() == Click((44, 44), False)


def test_a_perfect_mask_is_not_clicked() -> None:
    assert worst_fault(square(10, 30), square(10, 30)) is None


def test_the_border_counts_as_right() -> None:
    fault = worst_fault(square(0, 20), square(0, 0))
    assert fault is not None
    assert fault.middle() == Click((9, 9), True)


def test_no_pixel_is_clicked_twice() -> None:
    fault = worst_fault(square(10, 13), square(0, 0), [(11, 11)])
    assert fault is not None
    assert fault.middle().place != (11, 11)
    assert worst_fault(square(10, 11), square(0, 0), [(10, 10)]) is None


def test_random_clicks_stay_deeper_than_the_part_asked_for() -> None:
    fault = worst_fault(square(10, 30), square(0, 0))
    assert fault is not None
    rng = np.random.default_rng(0)
    deep = [fault.depth[fault.anywhere(rng, 0.5).place] for _ in range(50)]
    assert min(deep) > 0.5 * fault.depth.max()
    assert len({fault.anywhere(rng, 0.0).place for _ in range(50)}) > 30


def test_an_unsteady_hand_misses_the_middle_and_stays_in_the_fault() -> None:
    fault = worst_fault(square(10, 30), square(0, 0))
    assert fault is not None
    rng = np.random.default_rng(0)
    places = [fault.near_middle(rng).place for _ in range(200)]
    assert all(10 <= i < 30 and 10 <= j < 30 for i, j in places)
    assert 3 < np.std([i for i, _ in places]) < 6
    assert fault.near_middle(np.random.default_rng(3)) == fault.near_middle(np.random.default_rng(3))


def test_faults_of_volumes_are_clicked_in_their_middle() -> None:
    truth = np.zeros((12, 12, 12), bool)
    truth[2:9, 2:9, 2:9] = True
    fault = worst_fault(truth, np.zeros_like(truth))
    assert fault is not None
    assert fault.middle() == Click((5, 5, 5), True)


@pytest.mark.parametrize(("quality", "wanted"), [(0.85, 2), (0.90, 3), (0.95, 10)])
def test_number_of_clicks_to_a_quality(quality: float, wanted: int) -> None:
    assert clicks_to_reach([0.80, 0.86, 0.91], quality) == wanted


def test_overlap_is_dice() -> None:
    assert overlap(square(10, 30), square(10, 20)) == pytest.approx(2 * 100 / (400 + 100))
    assert overlap(square(0, 0), square(0, 0)) == 1.0
