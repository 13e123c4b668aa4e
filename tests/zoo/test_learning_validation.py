"""Scores on validation subjects: per structure, over the subjects that show it, with their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from medview.ml.context import RunContext
from medview.zoo.learning.slices import PreparedSubject, Slices
from medview.zoo.learning.validation import validation_scores
from medview.zoo.learning.workplace import Workplace, new_accelerator


def subject(number, *channels) -> PreparedSubject:
    """Six slices of 4 × 4; each channel of target and image is a number of rows that are set."""
    planes = np.zeros((2, 6, len(channels), 4, 4), np.uint8)
    for channel, (wanted, found) in enumerate(channels):
        planes[0, :, channel, :wanted] = 1
        planes[1, :, channel, :found] = 1
    return PreparedSubject.opened(f"subject-{number}", planes[1].astype(np.float16), planes[0], 0.01)


def judged(subjects, names=()):
    net = torch.nn.Linear(1, 1)
    optimisers = {"none": torch.optim.SGD(net.parameters(), lr=0.1)}
    place = Workplace(new_accelerator("cpu", "no"), {"net": net}, optimisers)
    held, found = Slices.of(subjects), lambda images: images > 0.5
    return validation_scores(
        found, lambda targets: targets > 0, held, place, RunContext(scratch=Path()), names
    )


def test_a_subject_without_the_structure_is_counted_and_not_averaged():
    shown, rightly, falsely = subject(0, (2, 1)), subject(1, (0, 0)), subject(2, (0, 3))
    found = judged([shown, rightly, falsely])
    assert found == {
        "validation_dice": pytest.approx(2 / 3),
        "validation_n": 1,
        "validation_without": 2,
        "validation_false_findings": 1,
        "validation_false_finding_ml": pytest.approx(6 * 3 * 4 * 0.01),
    }


def test_without_such_subjects_only_their_number_is_told():
    assert judged([subject(0, (2, 2)), subject(1, (2, 0))]) == {"validation_dice": 0.5, "validation_n": 2}


def test_several_structures_have_a_score_and_a_number_each_and_the_mean_is_over_those_that_are_shown():
    found = judged(
        [subject(0, (2, 2), (0, 1), (0, 0)), subject(1, (2, 2), (2, 1), (0, 0))], ("wall", "scar", "core")
    )
    assert found["validation_wall"] == 1 and found["validation_scar"] == pytest.approx(2 / 3)
    assert found["validation_dice"] == pytest.approx((1 + 2 / 3) / 2)
    assert (found["validation_wall_n"], found["validation_scar_n"], found["validation_core_n"]) == (2, 1, 0)
    assert (found["validation_scar_without"], found["validation_scar_false_findings"]) == (1, 1)
    assert found["validation_core_without"] == 2 and "validation_core" not in found


def test_where_no_subject_shows_anything_the_score_is_nothing_and_says_so():
    found = judged([subject(0, (0, 1))])
    assert (found["validation_dice"], found["validation_n"]) == (0, 0)
