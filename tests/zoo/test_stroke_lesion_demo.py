"""The shipped demo weights: their cards are complete and true of a patient that they have not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medview.measure.overlap import Overlap, overlap_of
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.registry import Registry
from medview.ml.self_test import run_self_test
from medview.phantoms.studies import make_study
from medview.zoo.segment.stroke_lesion.demo_ordering import (
    CT_SUBSETS,
    CT_VARIANTS,
    MR_VARIANTS,
    ct_ordering,
    mr_ordering,
)
from medview.zoo.segment.stroke_lesion.demo_scores import outputs_of, row
from medview.zoo.segment.stroke_lesion.settings import CT_ROLES, MR_ROLES
from medview.zoo.segment.stroke_lesion.spec import SPEC

MODELS = Path(__file__).resolve().parents[2] / "models"
SHIPPED = {"mr": MODELS / "stroke-lesion-mr-demo", "ct": MODELS / "stroke-lesion-ct-demo"}
MODULE = "medview.zoo.segment.stroke_lesion.spec"


@pytest.mark.parametrize("folder", SHIPPED.values(), ids=SHIPPED)
def test_the_card_says_what_the_weights_are(folder):
    card = read_card(folder)
    assert verified_sha256(folder, card) == card.sha256
    assert (folder / "weights.safetensors").stat().st_size < 16e6
    assert card.licence and "synthetic" in card.trained_on and "Clinical use" in card.not_for
    assert all({"dice", "precision", "recall", "n"} <= set(result) for result in card.results)
    assert len(card.ordering) >= 2
    assert "order" in card.trained_on and "hold" in card.trained_on


@pytest.mark.parametrize("folder", SHIPPED.values(), ids=SHIPPED)
def test_probabilities_were_calibrated_on_patients_of_no_other_table(folder):
    card = read_card(folder)
    assert card.calibration["subjects"] == 6 and "seeds 3001 to 3006" in card.calibration["data"]
    seeds = {result["data"].split("seeds ")[1][:4] for result in card.results}
    assert seeds == {"2001", "4001"}
    assert "seeds 1000 to 1079" in card.trained_on
    assert card.settings["temperature"] == card.calibration["temperature"]


@pytest.mark.parametrize(("kind", "roles"), [("mr", MR_ROLES), ("ct", CT_ROLES)])
def test_a_held_out_patient_scores_within_the_card_s_extremes(kind, roles):
    study = make_study(f"stroke-{kind}", 2004)
    found = outputs_of(study, roles, SHIPPED[kind])["lesion"] > 0
    dice = overlap_of(study.labels["lesion"][0] > 0, found).dice
    best = read_card(SHIPPED[kind]).results[0]
    assert best["dice_min"] - 1e-3 <= dice <= best["dice_max"] + 1e-3


@pytest.mark.parametrize("folder", SHIPPED.values(), ids=SHIPPED)
def test_the_stored_run_is_repeated(folder, tmp_path):
    registry = Registry([MODULE], [folder.parent], with_plugins=False)
    report = run_self_test(SPEC, folder, RunContext(scratch=tmp_path), registry)
    assert report.passed, report.sentence


def patient(hit, excess, missed):
    return Overlap(hit=hit, excess=excess, missed=missed), 0.01


def test_scores_of_a_row_are_means_over_patients_with_a_lesion_and_the_others_are_counted_apart():
    found = row("four", [patient(1, 0, 2), patient(6, 4, 2), patient(0, 0, 5), patient(0, 300, 0)])
    assert json.dumps(found)
    assert (found["n"], found["dice"], found["dice_min"], found["dice_max"]) == (3, 0.389, 0.0, 0.667)
    assert (found["precision"], found["recall"]) == (0.533, 0.361)
    assert (found["without"], found["false_findings"], found["false_finding_ml"]) == (1, 1, 3.0)
    assert not {"precision_min", "recall_max"} & set(found)


def test_the_ct_ordering_stands_beside_the_thesis_s_in_three_metrics():
    given = CT_SUBSETS[0].name
    rows = ct_ordering({(name, given): [patient(4, 4, 1), patient(8, 2, 0)] for name in CT_VARIANTS})
    assert [row["variant"] for row in rows[::3]] == [title for title, _ in CT_VARIANTS.values()]
    assert [(row["paper"], row["ours"]) for row in rows[-3:]] == [(0.643, 0.752), (0.63, 0.65), (0.731, 0.9)]


def test_the_mr_ordering_is_told_for_the_best_subset_and_over_all():
    dice = {"all six maps": 9, "ADC+TTP+Tmax": 8, "ADC+Tmax": 7, "Tmax alone": 4}
    scores = {
        (name, given): [patient(hit, 10 - hit, 10 - hit)] * 2
        for name in MR_VARIANTS
        for given, hit in dice.items()
    }
    assert [(row["metric"], row["ours"]) for row in mr_ordering(scores)[:2]] == [
        ("Dice, ADC+TTP+Tmax", 0.8),
        ("Dice, mean of four subsets", 0.7),
    ]
