"""Consensus of several masks: majority by hand, STAPLE against hand-made numbers and against ITK's filter."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.measure.consensus import estimated, majority, present_labels, staple


def maps(*rows):
    return [np.array(row, np.uint8).reshape(1, 1, -1) for row in rows]


def test_the_majority_is_what_more_than_half_gave_and_a_tie_is_nothing() -> None:
    made = majority(maps([1, 1, 1, 2, 0, 3], [1, 1, 2, 2, 0, 1], [1, 0, 3, 1, 1, 3]))
    assert made.ravel().tolist() == [1, 1, 0, 2, 0, 3]
    assert made.dtype == np.uint8
    assert majority(maps([1, 1, 0], [1, 0, 0])).ravel().tolist() == [1, 0, 0]


def test_staple_of_two_who_agree_believes_both_wholly() -> None:
    made, found = staple(maps([0, 0, 1, 1], [0, 0, 1, 1]))
    assert made.ravel().tolist() == [0, 0, 1, 1]
    assert [p.sensitivity for p in found[1].performance] == pytest.approx([1, 1])
    assert [p.specificity for p in found[1].performance] == pytest.approx([1, 1])


def test_one_round_of_staple_is_equations_14_18_and_19(monkeypatch) -> None:
    # two annotators, patterns 00, 10, 01, 11 with 6, 1, 2, 3 voxels; p = q = 0.9 at first
    monkeypatch.setattr("medview.measure.consensus._FIRST_GUESS", 0.9)
    monkeypatch.setattr("medview.measure.consensus._MOST_ROUNDS", 1)
    prior = (4 + 5) / 2 / 12
    truth = np.array(
        [
            prior * 0.01 / (prior * 0.01 + (1 - prior) * 0.81),
            prior * 0.09 / (prior * 0.09 + (1 - prior) * 0.09),
            prior * 0.09 / (prior * 0.09 + (1 - prior) * 0.09),
            prior * 0.81 / (prior * 0.81 + (1 - prior) * 0.01),
        ]
    )
    found = estimated(np.array([6.0, 1, 2, 3]), 2)
    assert found.probability == pytest.approx(truth)
    has, lacks = np.array([6, 1, 2, 3]) * truth, np.array([6, 1, 2, 3]) * (1 - truth)
    first, second = found.performance
    assert first.sensitivity == pytest.approx((has[1] + has[3]) / has.sum())
    assert first.specificity == pytest.approx((lacks[0] + lacks[2]) / lacks.sum())
    assert second.sensitivity == pytest.approx((has[2] + has[3]) / has.sum())
    assert second.specificity == pytest.approx((lacks[0] + lacks[1]) / lacks.sum())


@pytest.mark.parametrize("annotators", [3, 5, 8])
def test_staple_finds_what_the_filter_of_itk_finds_voxel_by_voxel(rng, annotators) -> None:
    itk = pytest.importorskip("SimpleITK")
    truth = np.zeros((14, 13, 12), bool)
    truth[3:10, 4:9, 2:9] = True
    drawn = [(truth ^ (rng.random(truth.shape) < 0.02 * (n + 1))).astype(np.uint8) for n in range(annotators)]
    made, found = staple(drawn)
    filter_ = itk.STAPLEImageFilter()
    filter_.SetForegroundValue(1.0)
    filter_.SetMaximumIterations(10_000)
    probability = itk.GetArrayFromImage(filter_.Execute([itk.GetImageFromArray(part) for part in drawn]))
    assert np.array_equal(made == 1, probability > 0.5)
    assert [p.sensitivity for p in found[1].performance] == pytest.approx(filter_.GetSensitivity(), abs=1e-6)
    assert [p.specificity for p in found[1].performance] == pytest.approx(filter_.GetSpecificity(), abs=1e-6)


def test_of_several_labels_a_voxel_gets_the_most_probable_one() -> None:
    first = [0] * 20 + [1] * 6 + [2] * 6
    careless = [0] * 20 + [2] * 6 + [1] * 6
    made, found = staple(maps(first, first, careless))
    assert made.ravel().tolist() == first
    assert set(found) == {1, 2}
    assert found[1].performance[0].sensitivity > 0.99 > 0.1 > found[1].performance[2].sensitivity


def test_numbers_above_255_stay_and_the_part_done_rises() -> None:
    parts = []
    wide = np.array([0, 300, 300], np.uint16).reshape(1, 1, 3)
    made, found = staple([wide, wide], parts.append)
    assert made.dtype == np.uint16 and made.ravel().tolist() == [0, 300, 300] and set(found) == {300}
    assert parts == sorted(parts) and parts[0] == 0.0
    assert present_labels([wide]) == (300,)


def test_one_mask_or_other_shapes_are_refused() -> None:
    one = np.zeros((2, 2, 2), np.uint8)
    with pytest.raises(InputRefused, match="2 to 16 masks, not 1"):
        majority([one])
    with pytest.raises(InputRefused, match="different numbers"):
        staple([one, np.zeros((2, 2, 3), np.uint8)])


def test_a_step_that_raises_stops_it() -> None:
    class Stop(Exception):
        pass

    def stop(_part):
        raise Stop

    with pytest.raises(Stop):
        majority(maps([1], [1]), stop)
