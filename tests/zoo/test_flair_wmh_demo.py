"""The shipped weights are what their card says, and the heads they were trained on can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.phantoms.studies import make_study
from medview.zoo.learning.slices import split
from medview.zoo.synthesize.flair_wmh import demo, demo_scores, demo_studies
from medview.zoo.synthesize.flair_wmh.demo import mirrored, second_subjects
from medview.zoo.synthesize.flair_wmh.demo_heads import read_subject, write_subject
from medview.zoo.synthesize.flair_wmh.demo_report import not_for
from medview.zoo.synthesize.flair_wmh.demo_scores import mean_and_spread
from medview.zoo.synthesize.flair_wmh.model_folder import load_network
from medview.zoo.synthesize.flair_wmh.preparation import prepare_scan
from medview.zoo.synthesize.flair_wmh.settings import ABLATIONS

MODEL = Path(__file__).parents[2] / "models" / "flair-wmh-demo"


def test_the_card_names_its_data_its_limits_and_the_paper_s_table_beside_ours():
    card = read_card(MODEL)
    assert verified_sha256(MODEL, card)
    assert (MODEL / "weights.safetensors").stat().st_size < 16 * 2**20
    assert load_network(MODEL)[1].ablation == "none"
    assert "ms_patient26" in card.trained_on and "CC BY" in card.trained_on
    assert "Clinical use" in card.not_for
    seen = {(row["variant"], row["metric"]) for row in card.ordering}
    variants = {variant for variant, _ in seen}
    assert "joint" in variants
    assert len(seen) == sum(3 if variant == "unimodal" else 5 for variant in variants)
    assert all(row["n"] > 1 and row["spread"] >= 0 for row in card.ordering)


def test_the_card_tells_how_far_its_probabilities_can_be_believed():
    card = read_card(MODEL)
    calibration = card.calibration
    assert calibration["subjects"] == 3 and calibration["voxels"] > 1000
    (lesions,) = calibration["classes"]
    assert sum(lesions["voxels"]) == calibration["voxels"]
    weights = np.array(lesions["voxels"]) / sum(lesions["voxels"])
    gaps = np.abs(np.array(lesions["probability"]) - np.array(lesions["observed"]))
    assert (weights * gaps).sum() == pytest.approx(calibration["ece"], abs=1e-3)
    used = calibration["temperature"] if calibration["is_used"] else 1.0
    assert card.settings["temperature"] == used


def test_the_synthetic_flair_of_a_person_comes_nearer_than_any_straight_line():
    rows = {
        row["data"].split(", ")[-1]: row for row in read_card(MODEL).results if "ms_patient07" in row["data"]
    }
    line, joint = rows["best straight line from T1 to FLAIR"], rows["second stage (these weights)"]
    assert joint["psnr_db"] > line["psnr_db"] + 1
    assert joint["ssim"] > line["ssim"] + 0.1


def test_a_head_to_learn_from_is_the_same_each_time_and_lies_on_its_grid(tmp_path):
    assert read_subject(tmp_path, 7) is None
    for name in ("first", "second"):
        write_subject(tmp_path / name, 7, spacing_mm=2.5)
    first, second = (read_subject(tmp_path / name, 7) for name in ("first", "second"))
    for name in ("t1", "flair", "wmh"):
        assert np.array_equal(first.load(name), second.load(name))
        assert first.load(name).shape == first.geometry.shape
    assert first.geometry.spacing_mm == pytest.approx((2.5, 2.5, 7.5))
    turned = mirrored(first, tmp_path / "turned")
    assert np.array_equal(turned.load("wmh")[::-1], first.load("wmh"))


def test_the_second_stage_never_holds_back_the_patient_it_learns_from(tmp_path, monkeypatch):
    person = tmp_path / "patients" / demo.LEARNED_PATIENT
    for folder in (person, *(tmp_path / "heads" / f"head-{seed}" for seed in demo.KEPT_SEEDS)):
        folder.mkdir(parents=True)
        np.save(folder / "grid.npy", np.eye(4))
        for name in ("t1", "flair", "wmh"):
            np.save(folder / f"{name}.npy", np.zeros((2, 2, 2)))
    held = []
    for seed in range(20):
        monkeypatch.setattr(demo, "SEED", seed)
        order = [subject.id for subject in second_subjects(tmp_path, tmp_path / "patients")]
        assert len(order) == len(set(order)) == len(demo.KEPT_SEEDS) + 2
        rng = RunContext(scratch=tmp_path, seed=seed).generator(1)
        _, chosen = split(order, demo.SECOND["validation_fraction"], rng)
        held += [order[number] for number in chosen]
    assert held and not any(demo.LEARNED_PATIENT in name for name in held)


def test_a_study_to_judge_on_is_prepared_once_and_reads_back_as_a_run_would_see_it(tmp_path, monkeypatch):
    made = []

    def coarse(name, seed):
        made.append(make_study(name, seed, spacing_mm=5.0))
        return made[-1]

    def quickly(scan, geometry, *, with_n4):
        assert with_n4
        return prepare_scan(scan, geometry, with_n4=False)

    monkeypatch.setattr(demo_studies, "make_study", coarse)
    monkeypatch.setattr(demo_studies, "prepare_scan", quickly)
    first, again = (demo_studies.prepared_study(tmp_path, 7) for _ in range(2))
    (study,) = made
    scan = study.volumes["t1"]
    expected = prepare_scan(scan.data, scan.geometry, with_n4=False)
    for found in (first, again):
        assert np.array_equal(found.t1.scores(), expected.scores()[:, :, ::3])
        assert np.array_equal(found.wmh, study.labels["wmh"][0][:, :, ::3] > 0)
        assert found.geometry.spacing_mm == pytest.approx((5.0, 5.0, 15.0))
        assert found.geometry.ras_from_ijk[:3, 3] == pytest.approx(scan.geometry.ras_from_ijk[:3, 3])


def test_scores_are_made_anew_only_for_weights_that_have_changed(tmp_path, monkeypatch):
    asked = []

    def made(_base, _seed, names):
        asked.append(list(names))
        return {name: {"dice": 0.1 * len(asked)} for name in names}

    monkeypatch.setattr(demo_scores, "_made_scores", made)
    for name in demo_scores.JUDGED:
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights.safetensors").write_bytes(b"first")
    assert demo_scores.head_scores(tmp_path, 1) == demo_scores.head_scores(tmp_path, 1)
    (tmp_path / "offline" / "weights.safetensors").write_bytes(b"second")
    assert demo_scores.head_scores(tmp_path, 1)["offline"] == {"dice": 0.2}
    assert asked == [[*ABLATIONS, demo_scores.SHIPPED], ["offline"]]


def test_what_the_weights_are_not_for_is_told_in_measured_numbers_best_variant_first():
    heads = [
        {
            "none": {"dice": 0.4, "psnr_db": 20.0},
            "unimodal": {"dice": 0.5},
            "offline": {"dice": 0.3, "psnr_db": 21.04},
        }
    ] * 2
    told = not_for(heads, {"dice": 0.123, "fpr": 1.26, "fnr": 0.75})
    assert "unimodal 0.50, joint 0.40, offline synthesis 0.30" in told
    assert "offline synthesis 21.0 dB, joint 20.0 dB" in told
    assert "25.0% of the volume were marked, and 1.3 times their volume in excess: Dice 0.12" in told


def test_spread_leaves_out_what_does_not_exist():
    assert mean_and_spread([1.0, None, 3.0]) == pytest.approx((2.0, 2**0.5))
