"""Dice over the subjects that show a structure; what was found in the others is counted apart."""

from __future__ import annotations

import pytest

from medview.measure.overlap import Overlap
from medview.measure.structure_score import StructureScore, structure_score

HALF = Overlap(hit=50, excess=50, missed=50)
ALL = Overlap(hit=10, excess=0, missed=0)
MISSED = Overlap(hit=0, excess=0, missed=7)
FALSE = Overlap(hit=0, excess=700, missed=0)
RIGHTLY_NOTHING = Overlap(hit=0, excess=0, missed=0)


def test_subjects_without_the_structure_are_not_in_the_mean_but_counted_with_what_was_found():
    score = structure_score(
        [(HALF, 0.001), (ALL, 0.002), (FALSE, 0.001), (FALSE, 0.005), (RIGHTLY_NOTHING, 0.001)]
    )
    assert score.dice == (0.5, 1.0) and (score.n, score.mean) == (2, 0.75)
    assert (score.without, score.false_findings) == (3, 2)
    assert score.false_finding_ml == pytest.approx((0.7 + 3.5) / 2)


def test_what_is_there_and_was_missed_has_a_dice_of_nothing():
    score = structure_score([(MISSED, 1.0), (ALL, 1.0)])
    assert score.dice == (0.0, 1.0) and score.without == 0


def test_a_row_says_over_how_many_and_how_many_were_made_up():
    row = structure_score([(HALF, 0.001), (ALL, 0.001), (FALSE, 0.001), (RIGHTLY_NOTHING, 1.0)]).as_row(
        "hearts"
    )
    assert row == {
        "data": "hearts",
        "n": 2,
        "dice": 0.75,
        "dice_sd": 0.354,
        "dice_min": 0.5,
        "dice_max": 1.0,
        "without": 2,
        "false_findings": 1,
        "false_finding_ml": 0.7,
    }


def test_a_row_has_no_numbers_that_do_not_exist():
    assert structure_score([(RIGHTLY_NOTHING, 1.0)]).as_row("a") == {
        "data": "a", "n": 0, "without": 1, "false_findings": 0
    }  # fmt: skip
    assert structure_score([(ALL, 1.0)]).as_row("b", "overlap") == {
        "data": "b", "n": 1, "overlap": 1.0, "overlap_min": 1.0, "overlap_max": 1.0
    }  # fmt: skip
    assert StructureScore(dice=()).mean is None and StructureScore(dice=(1.0,)).spread is None
