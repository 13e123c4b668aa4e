"""The shipped weights are what their card says, and the hearts they were trained on can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.measure.agreement import dice
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.preflight import Speeds
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.ml.training_folder import CONFIG, HISTORY
from medview.phantoms.studies import make_study
from medview.zoo.learning.run_folder import write_json
from medview.zoo.segment.cardiac_pathology import demo
from medview.zoo.segment.cardiac_pathology.demo_hearts import read_subject, write_subject
from medview.zoo.segment.cardiac_pathology.demo_report import (
    VARIANTS,
    chosen_words,
    false_findings_words,
    is_ordered,
    longer_words,
    order_words,
    ordering,
)
from medview.zoo.segment.cardiac_pathology.demo_scores import STRUCTURES, gathered
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


def heart(**counts: tuple[int, int, int]) -> dict[str, dict[str, float]]:
    """What one heart tells: hits, excess and misses of each structure, in voxels of 0.02 mL."""
    names = {name.replace("-", "_").replace(" ", "_"): name for name in STRUCTURES}
    return {
        name: dict(zip(("hit", "excess", "missed", "voxel_ml"), (*counts[word], 0.02), strict=True))
        for word, name in names.items()
    }


ILL = heart(LV_cavity=(9, 1, 1), normal_myocardium=(8, 2, 2), infarction=(5, 5, 5), no_reflow=(1, 0, 2))
WELL = heart(LV_cavity=(7, 3, 3), normal_myocardium=(8, 2, 2), infarction=(0, 50, 0), no_reflow=(0, 0, 0))


def test_hearts_without_a_structure_are_counted_apart_from_its_dice() -> None:
    found = gathered([ILL, WELL])
    assert found["LV cavity"].dice == (0.9, 0.7)
    assert found["infarction"].dice == (0.5,) and found["infarction"].false_ml == (1.0,)
    assert found["no-reflow"].dice == (0.5,) and found["no-reflow"].false_ml == (0.0,)


def test_the_ordering_puts_the_paper_beside_ours_with_mean_spread_and_number() -> None:
    table = gathered([ILL, WELL])
    rows = ordering(dict.fromkeys(VARIANTS, table))
    own = [row for row in rows if row["variant"] == VARIANTS["none"][0]]
    assert own[0] == {
        "variant": "attention and AWCE (the method)",
        "metric": "Dice, LV cavity",
        "paper": 0.971,
        "ours": 0.8,
        "spread": 0.141,
        "n": 2,
    }
    assert own[2]["n"] == 1 and own[2]["without"] == 1 and own[2]["false_findings"] == 1
    assert own[2]["false_finding_ml"] == 1.0
    assert own[3]["false_findings"] == 0


def test_the_card_tells_where_the_papers_order_holds_and_our_numbers_where_not() -> None:
    values = {"baseline": 0.5, "attention": 0.6, "penalty": 0.7, "none": 0.8}
    rows = [
        {"variant": title, "metric": f"Dice, {structure}", "paper": paper[number], "ours": values[name]}
        for name, (title, paper) in VARIANTS.items()
        for number, structure in enumerate(STRUCTURES)
    ]
    assert is_ordered(rows, "infarction")
    assert not is_ordered(rows, "no-reflow")  # the paper has the penalty first there
    words = order_words(rows)
    assert "shows in LV cavity, normal myocardium and infarction." in words
    assert "does not hold for no-reflow: U-Net, cross entropy 0.500, attention, cross entropy 0.600," in words


def test_the_card_tells_false_findings_by_their_number_and_volume() -> None:
    words = false_findings_words(gathered([ILL, WELL]))
    assert words == (
        "They found infarction in 1 of 1 held-out hearts without, of 1.0 mL "
        "and no-reflow in 0 of 1 held-out hearts without."
    )


def test_the_card_tells_why_the_longest_training_is_not_shipped(tmp_path) -> None:
    (tmp_path / "longer").mkdir()
    write_json(tmp_path / "longer" / HISTORY, [{"validation_dice": 0.7}, {"validation_dice": 0.6}])
    write_json(tmp_path / "longer" / CONFIG, {"steps_per_epoch": 60})
    words = longer_words(tmp_path, gathered([ILL, WELL]))
    assert words.startswith("After 60 more batches, the best of 120, their Dice was LV cavity 0.800,")
    assert "false infarcts of 1.0 mL in 1 hearts without" in words


def test_the_demo_trains_only_what_is_missing_and_goes_on_where_it_was_cut_off(tmp_path, monkeypatch) -> None:
    calls: list[tuple[str, bool]] = []

    def learn(spec, given, out: Path, params, *, is_resumed: bool) -> None:
        calls.append((out.name, is_resumed))
        out.mkdir(exist_ok=True)
        write_json(out / HISTORY, [{}] * params["epochs"])

    monkeypatch.setattr(demo, "learn", learn)
    monkeypatch.setattr(demo, "subjects", lambda folder, seeds: ())
    monkeypatch.setattr(demo, "report", lambda *_: calls.append(("report", False)))
    checkpoint = tmp_path / "attention" / "checkpoint"
    checkpoint.mkdir(parents=True)
    write_json(checkpoint / "state.json", {})
    demo.main(tmp_path, ["baseline"])
    assert calls == [("first", False), ("first", False), ("baseline", False)]
    demo.main(tmp_path)
    assert sorted(calls[3:6]) == [("attention", True), ("none", False), ("penalty", False)]
    assert calls[6:] == [("longer", False), ("report", False)]
    calls.clear()
    demo.main(tmp_path)
    assert calls == [("report", False)]


def test_the_card_tells_that_the_hearts_which_chose_the_variants_epochs_were_known() -> None:
    words = chosen_words(demo.FIRST_SEEDS, demo.LEARNED_SEEDS, demo.NETWORK["validation_fraction"], 1)
    assert words.startswith(
        "Of the 11 hearts that chose the variants' epochs these weights had learned from 7, and 4 had chosen"
    )
    assert words in read_card(MODEL).trained_on
