"""The card as plain values and as text: what is missing is said, and everything a card holds is there."""

from __future__ import annotations

import pytest

from medview.ml.card import ModelCard
from medview.ml.registry import Availability
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec
from medview.session.models.card_page import MISSING, card_page
from medview.session.models.cards import page_text


def spec(**changes):
    label = LabelSpec(value=1, name="lesion", colour=(1, 2, 3))
    facts = {
        "id": "lesions",
        "version": "2.1",
        "title": "Lesions",
        "task": Task.SEGMENT,
        "summary": "Finds lesions.",
        "inputs": (InputSpec(role="flair", title="FLAIR scan", modalities=("FLAIR",)),),
        "outputs": (OutputSpec(name="lesion", title="Lesion", kind="labels", labels=(label,)),),
        "entry": "a:b",
        "weights": (WeightSpec(folder="lesions"),),
    }
    return ModelSpec(**{**facts, **changes})


def card(**changes):
    facts = {
        "model_id": "lesions",
        "version": "2.1",
        "title": "Demo",
        "sha256": "ab" * 32,
        "trained_on": "ten heads",
        "not_for": "Children",
        "results": ({"data": "test", "n": 10, "dice": 0.8371}, {"data": "other", "hd95_mm": 3.0}),
        "ordering": ({"variant": "none", "paper": 0.62, "ours": 0.807},),
        "calibration": {
            "data": "validation heads",
            "subjects": 6,
            "temperature": 1.4,
            "is_used": True,
            "ece": 0.08,
            "ece_scaled": 0.02,
            "classes": [
                {
                    "name": "lesion",
                    "ece": 0.08,
                    "ece_scaled": 0.02,
                    "probability": [0.1, 0.9],
                    "observed": [0.2, 0.7],
                    "probability_scaled": [0.15],
                    "observed_scaled": [0.2],
                }
            ],
        },
        "range": {"subjects": 10, "spacing_min_mm": [1, 1, 2], "spacing_max_mm": [1, 1, 3],
                  "roles": {"flair": {"modalities": ["FLAIR"], "median_part": [0.2, 0.4]}}},
        "self_test": {"labels_differing": 0.001, "image_difference": 0.01},
    }  # fmt: skip
    return ModelCard(**{**facts, **changes})


def facts_of(page):
    return {fact.heading: fact for fact in page.facts}


def test_a_licence_that_is_missing_is_alarming_and_one_that_is_there_is_not():
    missing = facts_of(card_page(spec(), Availability(True, "", card())))["Licence"]
    assert missing.text == MISSING and missing.is_alarming
    given = facts_of(card_page(spec(), Availability(True, "", card(licence="CC BY 4.0"))))["Licence"]
    assert given.text == "CC BY 4.0" and not given.is_alarming


def test_tables_have_every_column_and_a_dash_where_a_row_has_none():
    page = card_page(spec(), Availability(True, "", card()))
    measured, ordering = page.tables
    assert measured.columns == ("Data", "N", "Dice", "HD95 mm")
    assert measured.rows == (("test", "10", "0.837", "–"), ("other", "–", "–", "3"))
    assert ordering.columns == ("Variant", "Paper", "Ours") and ordering.rows == (("none", "0.62", "0.807"),)


def test_curves_come_with_both_lines_and_both_errors():
    (curve,) = card_page(spec(), Availability(True, "", card())).curves
    assert curve.points == ((0.1, 0.2), (0.9, 0.7)) and curve.scaled_points == ((0.15, 0.2),)
    assert (curve.ece, curve.ece_scaled) == (0.08, 0.02)


@pytest.mark.parametrize(
    "words",
    [
        "Lesions (version 2.1)",
        "Known failures: Children",
        "Trained on: ten heads",
        "Licence: MISSING",
        "SHA-256 " + "ab" * 32,
        "Voxel: 1 mm right-left, 1 mm front-back, 2 to 3 mm up-down",
        "flair: FLAIR, median part 0.2 to 0.4",
        "Expected calibration error 0.08, with temperature 0.02 (temperature 1.4, used in every run)",
        "0.10 → 0.20, 0.90 → 0.70",
        "The paper's ordering, and ours:",
        "Self-test: Repeats a stored run and compares: at most 0.1 % of the labels and 0.01 in any image",
    ],
)
def test_the_text_holds_what_the_page_holds(words):
    assert words in page_text(card_page(spec(), Availability(True, "", card())))


def test_a_temperature_that_is_not_used_is_told_as_such():
    calibration = {**card().calibration, "is_used": False}
    text = page_text(card_page(spec(), Availability(True, "", card(calibration=calibration))))
    assert "not used: it made them no better" in text


def test_a_model_without_weights_says_so_and_has_no_empty_headings():
    page = card_page(spec(), Availability(False, "Its weights are not installed."))
    assert facts_of(page)["Cannot run"].is_alarming
    assert "Trained on" not in facts_of(page) and not page.tables and not page.curves
    assert "The model folder holds no self-test." in page_text(page)


def test_false_findings_stand_beside_the_number_of_subjects_without_the_structure():
    rows = (
        {
            "data": "scar",
            "n": 7,
            "dice": 0.6,
            "without": 3,
            "false_findings": 2,
            "false_finding_ml": 2.2,
        },
        {"data": "cavity", "n": 10, "dice": 0.9},
        {"data": "mine", "scar_n": 4.0, "scar_without": 2.0, "scar_false_findings": 1.0},
    )
    (table, _) = card_page(spec(), Availability(True, "", card(results=rows))).tables
    assert table.columns == (
        "Data", "N", "Dice", "False findings", "False finding mL", "Scar N", "Scar false findings"
    )  # fmt: skip
    assert table.rows[0] == ("scar", "7", "0.6", "2 of 3", "2.2", "–", "–")
    assert table.rows[1][3:5] == ("–", "–") and table.rows[2][5:] == ("4", "1 of 2")
    assert "2 of 3" in page_text(card_page(spec(), Availability(True, "", card(results=rows))))
