"""The shipped weights are what their card says, and the hearts they were trained on can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.measure.agreement import dice
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.preflight import Speeds
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import make_study
from medview.zoo.segment.cardiac_pathology.demo_hearts import read_subject, write_subject
from medview.zoo.segment.cardiac_pathology.demo_report import VARIANTS, is_ordered, ordering, scores
from medview.zoo.segment.cardiac_pathology.spec import SPEC

MODEL = Path(__file__).parents[2] / "models" / "cardiac-pathology-demo"
SEED = 2008


def test_the_card_names_its_data_its_limits_and_the_papers_table() -> None:
    card = read_card(MODEL)
    assert verified_sha256(MODEL, card)
    assert (MODEL / "weights.safetensors").stat().st_size < 16 * 2**20
    assert card.licence == "Apache-2.0"
    assert "synthetic hearts" in card.trained_on and "seeds" in card.trained_on
    assert "Clinical use" in card.not_for and "real" in card.not_for
    assert len(card.ordering) == 16
    assert {row["variant"] for row in card.ordering} == {title for title, _ in VARIANTS.values()}
    assert all(row["n"] <= 10 and 0 <= row["ours"] <= 1 for row in card.ordering)
    assert card.calibration and card.range and card.self_test


def test_the_demo_segments_a_heart_that_it_never_saw_as_its_card_says(tmp_path: Path) -> None:
    study = make_study("cardiac-lge", SEED)
    scan, (reference, _, _) = study.volumes["lge"], study.labels["pathology"]
    given = InputArray(array=scan.data, geometry=scan.geometry, modality="LGE")
    request = RunRequest(
        model_id=SPEC.id, version=SPEC.version, inputs={"lge": given}, weights=MODEL, is_cached=False
    )
    registry = Registry(["medview.zoo.segment.cardiac_pathology.spec"], with_plugins=False)
    result = run(request, RunContext(scratch=tmp_path), registry, Speeds(tmp_path / "speeds.json"))
    for row, value in zip(read_card(MODEL).results[:3], (1, 2, 3), strict=True):
        found = dice(result.outputs["pathology"] == value, reference == value)
        assert found >= row["dice_min"] - 0.02, row["data"]


def test_a_heart_to_learn_from_is_the_same_each_time_and_lies_on_its_grid(tmp_path: Path) -> None:
    assert read_subject(tmp_path, 7) is None
    for name in ("first", "second"):
        write_subject(tmp_path / name, 7)
    first, second = (read_subject(tmp_path / name, 7) for name in ("first", "second"))
    for name in ("lge", "pathology"):
        assert np.array_equal(first.load(name), second.load(name))
        assert first.load(name).shape == first.geometry.shape
    assert first.geometry.axis_codes == "RAS"
    assert set(np.unique(first.load("pathology"))) <= {0, 1, 2, 3, 4}


def test_dice_counts_what_the_reference_shows_and_nothing_else() -> None:
    reference, labels = np.zeros((2, 2, 1), int), np.zeros((2, 2, 1), int)
    reference[0], labels[0] = 1, 1
    reference[1, 0], labels[1, 1] = 2, 3
    found = scores(reference, labels)
    assert found[0] == 1 and found[1] == 0
    assert np.isnan(found[2]) and np.isnan(found[3])


def test_the_ordering_puts_the_paper_beside_ours_with_mean_spread_and_number() -> None:
    table = np.array([[0.9, 0.8, 0.5, np.nan], [0.7, 0.8, 0.7, 0.2], [0.8, 0.8, 0.6, 0.4]])
    worse = table - 0.1
    rows = ordering({"none": table, "penalty": table - 0.01, "attention": worse, "baseline": worse - 0.1})
    own = [row for row in rows if row["variant"] == VARIANTS["none"][0]]
    assert own[0] == {
        "variant": "attention and AWCE (the method)",
        "metric": "Dice, LV cavity",
        "paper": 0.971,
        "ours": 0.8,
        "spread": 0.1,
        "n": 3,
    }
    assert own[3]["n"] == 2 and own[3]["ours"] == pytest.approx(0.3)
    assert is_ordered(rows, "infarction")
    assert not is_ordered(rows, "no-reflow")  # the paper has the penalty first there
