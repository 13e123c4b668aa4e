"""Trainings of fields, small: what they learn, what they leave, how they stop and go on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from medview.core.errors import Cancelled, InputRefused
from medview.core.params import defaults
from medview.ml.card import WEIGHTS_NAME, read_card, verified_sha256
from medview.ml.context import RunContext, Silence
from medview.ml.field_folder import BAKED_NAME, POINTS_NAME, read_facts
from medview.ml.field_request import FieldRequest
from medview.phantoms.laparoscopy.abdomen import p09_views
from medview.zoo.fields.checkpoint import CHECKPOINT
from medview.zoo.fields.instant_ngp.spec import SPEC
from medview.zoo.fields.instant_ngp.training import train
from medview.zoo.fields.nerf.training import train as train_nerf

BOX = "-1.1, -1.1, -1.1, 1.1, 1.1, 1.1"
SHORT = {
    "steps": 40,
    "rays": 64,
    "samples": 16,
    "normalise": False,
    "near": 0.03,
    "far": 2.2,
    "box": BOX,
    "held_out": "4, 14, 24, 34",
    "cells": 16,
}


class Watcher(Silence):
    """Hears everything, and cancels in the middle of a step."""

    def __init__(self, cancel_at: int = 0) -> None:
        self.rows, self.pictures, self.fractions = [], [], []
        self._asked, self._cancel_at = 0, cancel_at

    def report(self, step, values):
        self.rows.append((step, dict(values)))

    def preview(self, name, offset_ijk, array):
        self.pictures.append((name, array))

    def progress(self, fraction, message):
        self.fractions.append(fraction)

    def is_cancelled(self):
        # a step asks before it begins, before its slopes and before it changes anything
        self._asked += 1
        return bool(self._cancel_at) and self._asked > 3 * self._cancel_at + 1


@pytest.fixture(scope="module")
def views():
    return p09_views(20)


def trained(views, out, watcher=None, function=train, resume=False, **params):
    listener = watcher or Silence()
    request = FieldRequest(
        model_id="nerf" if function is train_nerf else "instant-ngp",
        version="1.0",
        views=views,
        params={**SHORT, **params},
        out=out,
        resume=resume,
        seed=5,
    )
    return function(request, RunContext(scratch=out, listener=listener))


@pytest.fixture(scope="module")
def field(views, tmp_path_factory):
    out, watcher = tmp_path_factory.mktemp("field"), Watcher()
    return out, trained(views, out, watcher), watcher


def test_a_training_leaves_a_whole_field_folder(views, field):
    out, scores, _ = field
    facts = read_facts(out)
    assert facts.model_id == "instant-ngp" and facts.held_out == (4, 14, 24, 34)
    assert facts.frame_names == views.names and facts.lenses == views.lenses
    np.testing.assert_allclose(facts.poses, views.poses)
    assert (facts.near, facts.far) == (0.03, 2.2)
    assert facts.box.tolist() == [[-1.1] * 3, [1.1] * 3]
    assert facts.is_synthetic and not facts.is_moving
    assert facts.scores == scores
    baked = np.load(out / BAKED_NAME, allow_pickle=False)
    assert baked.shape == (16, 16, 16, 4) and baked.dtype == np.uint8
    with np.load(out / POINTS_NAME, allow_pickle=False) as points:
        assert points["points"].shape == (0, 3)


def test_the_card_belongs_to_the_weights_and_says_what_was_measured(field):
    out, scores, _ = field
    card = read_card(out)
    assert verified_sha256(out, card) == card.sha256
    assert sum(each.numel() for each in load_file(out / WEIGHTS_NAME).values()) == 242_613
    assert card.results[0]["psnr_circle"] == scores["psnr_circle"]
    assert card.results[0]["n"] == 4
    assert "36 synthetic pictures" in card.trained_on


def test_every_view_has_a_row_and_held_out_ones_are_judged_in_full(field):
    out, scores, _ = field
    rows = json.loads((out / "views.json").read_text())
    assert [row["name"] for row in rows] == [f"{number:05d}.png" for number in range(40)]
    held_out = [row for row in rows if row["held_out"]]
    assert len(held_out) == 4
    assert np.mean([row["ssim_frame"] for row in held_out]) == pytest.approx(scores["ssim_frame"])
    assert all(np.isfinite(row["psnr_circle"]) for row in rows)


def test_curves_and_a_held_out_picture_are_told(field):
    _, _, watcher = field
    step, values = watcher.rows[-1]
    assert step == 40 and set(values) == {"loss", "psnr", "held_out_psnr"}
    assert values["psnr"] == pytest.approx(-10 * np.log10(values["loss"] / 3))
    name, picture = watcher.pictures[-1]
    assert name == "held-out" and picture.shape == (20, 20, 3) and picture.dtype == np.uint8
    assert watcher.fractions == sorted(watcher.fractions) and watcher.fractions[-1] == 1


def test_a_cancelled_training_resumes_to_the_very_same_weights(views, field, tmp_path):
    out = tmp_path / "broken-off"
    with pytest.raises(Cancelled):
        trained(views, out, Watcher(cancel_at=17), pose_refine=False)
    assert (out / CHECKPOINT).is_file() and not (out / WEIGHTS_NAME).exists()
    trained(views, out, resume=True)
    uninterrupted, resumed = load_file(field[0] / WEIGHTS_NAME), load_file(out / WEIGHTS_NAME)
    assert all(torch.equal(uninterrupted[name], resumed[name]) for name in uninterrupted)


def test_refined_poses_resume_to_the_very_same_poses(views, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    trained(views, whole, pose_refine=True, steps=26)
    with pytest.raises(Cancelled):
        trained(views, parts, Watcher(cancel_at=23), pose_refine=True, steps=26)
    trained(views, parts, pose_refine=True, resume=True, steps=26)
    one, other = read_facts(whole), read_facts(parts)
    assert np.array_equal(one.poses, other.poses)
    assert float(np.abs(one.poses - views.poses).max()) > 1e-4


def test_resuming_with_other_parameters_or_without_a_checkpoint_is_refused(views, field, tmp_path):
    with pytest.raises(InputRefused, match="rays was 64 and is 65 now"):
        trained(views, field[0], resume=True, rays=65)
    with pytest.raises(InputRefused):
        trained(views, tmp_path / "empty", resume=True)


def test_a_damaged_checkpoint_is_refused_in_one_sentence(views, tmp_path):
    with pytest.raises(Cancelled):
        trained(views, tmp_path, Watcher(cancel_at=3))
    (tmp_path / CHECKPOINT).write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(InputRefused, match="its checkpoint is damaged"):
        trained(views, tmp_path, resume=True)


def test_masks_that_leave_nothing_are_refused(views, tmp_path):
    with pytest.raises(InputRefused, match="leave no pixel"):
        trained(replace(views, valid=np.zeros_like(views.valid)), tmp_path)


def test_views_that_are_masked_throughout_have_no_numbers(views, tmp_path):
    valid = views.valid.copy()
    valid[[3, 14]] = False
    scores = trained(replace(views, valid=valid), tmp_path, steps=4)
    rows = {row["name"]: row for row in json.loads((tmp_path / "views.json").read_text())}
    assert all("psnr_circle" not in rows[views.names[n]] for n in (3, 14))
    assert all(np.isfinite(value) for value in scores.values())


EVERY_VIEW = ", ".join(str(number) for number in range(40))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("box", text) for text in ("one", "1, 2", "1,1,1,0,0,0", "nan,0,0,1,1,1")),
        *(("held_out", text) for text in ("one", "40", "-1", "0.5", EVERY_VIEW)),
    ],
)
def test_what_is_no_box_and_no_list_of_views_is_refused(views, tmp_path, name, text):
    with pytest.raises(InputRefused, match=f"Cannot set {name}"):
        trained(views, tmp_path, **{name: text})


def test_nerf_trains_by_the_same_loop(views, tmp_path):
    watcher = Watcher()
    few = views.only(np.arange(6))
    scores = trained(few, tmp_path, watcher, train_nerf, steps=4, rays=32, samples=8, held_out="4")
    assert read_facts(tmp_path).model_id == "nerf"
    assert np.isfinite(scores["psnr_circle"])
    assert len(load_file(tmp_path / WEIGHTS_NAME)) == 24


def test_an_occupancy_grid_a_contraction_and_cone_steps_train_too(views, tmp_path):
    scores = trained(views, tmp_path, steps=4, occupancy="64", space="contracted", lambda_dist=0.01)
    assert np.isfinite(scores["psnr_circle"])
    weights = load_file(tmp_path / WEIGHTS_NAME)
    assert weights["sampler.levels"].shape == (64, 64, 64)


def test_progressive_mode_moves_all_cameras_near_the_first_ones(views, tmp_path):
    trained(views, tmp_path, steps=40, progressive=True, append_every=1, pose_refine=False)
    facts = read_facts(tmp_path)
    learned = [number for number in range(40) if number not in facts.held_out]
    spread = np.linalg.norm(facts.poses[learned, :3, 3] - views.poses[learned[4], :3, 3], axis=1)
    assert float(spread[5:].max()) < 40 * 3e-4 * 2
    assert float(np.ptp(views.poses[:, :3, 3], axis=0).max()) > 0.2


def test_defaults_are_the_papers_demo():
    params = defaults(SPEC.train_params)
    assert params["preset"] == "auto" and params["lambda_dist"] == 0 and not params["pose_refine"]
    from medview.zoo.fields.instant_ngp.training import METHOD
    from medview.zoo.fields.settings import preset_of, settings_of

    settings = settings_of(params, preset_of(METHOD, params, "cpu"), 40)
    assert (settings.rays, settings.samples) == (384, 40)
    card = settings_of(params, preset_of(METHOD, params, "cuda"), 310)
    assert (card.rays, card.samples, card.steps) == (4096, 1024, 15_000)
    assert asdict(settings)["cells"] == 96
