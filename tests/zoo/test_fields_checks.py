"""Checks 8 to 10 of P09 at reduced size; `medview.zoo.fields.checks` runs them in full for the bench.

In full (64 x 64 pixels, seed 0) they gave: masked 35.2 dB and unmasked 15.8 dB after 500 steps; refinement
over 1000 steps: rotation error 2.31 to 1.28 degrees, 28.7 to 36.7 dB; 6, 12 and 36 views over 300 steps:
27.6, 31.6 and 31.8 dB.
"""

from __future__ import annotations

from pathlib import Path

from medview.ml.context import Silence
from medview.zoo.fields.checks import run


class Link(Silence):
    threads = 1

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch


def checked(tmp_path, check: str, **payload):
    told = {"check": check, "size": 32, "params": {"rays": 192, "samples": 32}, **payload}
    return run(told, {}, Link(tmp_path))[0]


def test_masked_sampling_is_better_in_the_circle_by_far(tmp_path):
    found = checked(tmp_path, "masking", steps=100)  # measured: 19.5 and 12.5
    assert found["masked"]["circle"] > 17.5
    assert found["masked"]["circle"] > found["unmasked"]["circle"] + 4


def test_more_views_help(tmp_path):
    found = checked(tmp_path, "views", steps=120, counts=[2, 36])  # measured: 19.3 and 20.9
    assert found["36"]["circle"] > found["2"]["circle"] + 0.8


def test_refinement_turns_cameras_towards_the_truth(tmp_path):
    found = checked(tmp_path, "refinement", steps=250)  # measured: 2.31 to 1.94 degrees, 25.0 to 25.8 dB
    assert found["refined"]["rotation_deg"] < 0.9 * found["fixed"]["rotation_deg"]
    assert found["refined"]["translation"] < found["fixed"]["translation"]
    assert found["refined"]["circle"] > found["fixed"]["circle"]
