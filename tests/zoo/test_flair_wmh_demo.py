"""The shipped weights are what their card says, and the heads they were trained on can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.ml.card import read_card, verified_sha256
from medview.zoo.synthesize.flair_wmh.demo import mirrored
from medview.zoo.synthesize.flair_wmh.demo_heads import read_subject, write_subject
from medview.zoo.synthesize.flair_wmh.demo_scores import mean_and_spread
from medview.zoo.synthesize.flair_wmh.model_folder import load_network

MODEL = Path(__file__).parents[2] / "models" / "flair-wmh-demo"


def test_the_card_names_its_data_its_limits_and_the_paper_s_table_beside_ours():
    card = read_card(MODEL)
    assert verified_sha256(MODEL, card)
    assert (MODEL / "weights.safetensors").stat().st_size < 16 * 2**20
    assert load_network(MODEL)[1].ablation == "none"
    assert "ms_patient26" in card.trained_on and "CC BY" in card.trained_on
    assert "Clinical use" in card.not_for
    seen = {(row["variant"], row["metric"]) for row in card.ordering}
    assert len(seen) == 3 * 3 + 2 * 2
    assert all(row["n"] > 1 and row["spread"] >= 0 for row in card.ordering)


def test_the_synthetic_flair_of_a_person_comes_nearer_than_any_straight_line():
    rows = {
        row["data"].split(", ")[-1]: row for row in read_card(MODEL).results if "ms_patient07" in row["data"]
    }
    line, joint = rows["best straight line from T1 to FLAIR"], rows["joint"]
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


def test_spread_leaves_out_what_does_not_exist():
    assert mean_and_spread([1.0, None, 3.0]) == pytest.approx((2.0, 2**0.5))
