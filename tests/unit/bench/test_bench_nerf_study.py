"""The study of fields: what is planned, that finished runs are kept, what is printed beside the paper."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.bench import nerf_study
from medview.bench.nerf_study import run_study
from medview.bench.nerf_study_fields import chosen_views
from medview.bench.nerf_study_poses import pose_row
from medview.bench.nerf_study_published import POSES, QUALITY
from medview.bench.nerf_study_settings import PoseRun, planned
from medview.bench.nerf_study_text import lines_of
from medview.core.errors import Cancelled, InputRefused
from medview.ml.context import Silence
from medview.ml.registry import Registry

METHODS = ("instant_ngp", "k_planes")
REGISTRY = Registry(tuple(f"medview.zoo.fields.{name}.spec" for name in METHODS), with_plugins=False)
SPREAD = {"mean": 20.0, "deviation": 1.0}


def field_stub(run, _folder, listener, _registry):
    listener.progress(0.5, "learning")
    measures = [f"{what}_{where}" for what in ("psnr", "ssim") for where in ("circle", "rimless", "rimmed")]
    return {**vars(run), "seconds": 3.0, **dict.fromkeys(measures, SPREAD)}


def pose_stub(run, _folder, _listener, _registry):
    if run.method == "pycolmap":
        return {**vars(run), "scene": "laparoscopy", "found": 0, "total": run.frames, "note": "no scene"}
    errors = {"rotation_deg": 0.5, "position": 0.01, "position_percent": 0.2, "within_percent": 90.0}
    return {
        **vars(run),
        "scene": "abdomen",
        "found": 35,
        "total": 35,
        "seconds": 9.0,
        **errors,
        "start": errors,
    }


@pytest.fixture
def stubs(monkeypatch):
    monkeypatch.setattr(nerf_study, "field_row", field_stub)
    monkeypatch.setattr(nerf_study, "pose_row", pose_stub)


def test_the_mask_is_left_out_at_the_most_views_only_or_everywhere_or_never() -> None:
    def masks(unmasked):
        plan = planned({"views": "12,6", "methods": "instant-ngp", "unmasked": unmasked}, 0, "cpu")
        return [(run.views, run.is_masked) for run in plan.fields]

    assert masks("most") == [(6, True), (12, True), (12, False)]
    assert masks("all") == [(6, True), (6, False), (12, True), (12, False)]
    assert masks("none") == [(6, True), (12, True)]


def test_cameras_are_searched_at_each_number_of_frames_and_learned_once() -> None:
    plan = planned({"views": "none", "frames": "10,20", "pose_views": 12, "pose_steps": 50}, 3, "cpu")
    assert [(run.method, run.frames, run.steps) for run in plan.poses] == [
        ("true", 10, 0), ("true", 20, 0), ("pycolmap", 10, 0), ("pycolmap", 20, 0),
        ("refined", 12, 50), ("progressive", 12, 50),
    ]  # fmt: skip
    assert plan.fields == ()


def test_every_run_has_a_folder_of_its_own() -> None:
    plan = planned({"unmasked": "all"}, 0, "cpu")
    keys = [run.key for run in (*plan.fields, *plan.poses)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "values",
    [{"views": "6,many"}, {"views": "37"}, {"poses": "hloc"}, {"steps": "0"}, {"colour": "red"}],
)
def test_settings_that_do_not_fit_are_refused(values) -> None:
    with pytest.raises(InputRefused):
        planned(values, 0, "cpu")


def test_views_of_a_training_are_equally_spaced_and_never_held_out() -> None:
    for count in (6, 12, 36):
        chosen, held_out = chosen_views(count)
        assert len(set(chosen)) == count
        assert not set(chosen) & set(held_out)
    assert held_out == [4, 14, 24, 34]
    assert chosen_views(6)[0] == [0, 8, 16, 23, 31, 39]


def test_what_was_finished_is_not_run_again(stubs, tmp_path, monkeypatch) -> None:
    values = {"views": "6", "methods": "instant-ngp", "poses": "refined"}
    first = run_study(values, tmp_path, Silence(), lambda _: None, registry=REGISTRY)
    monkeypatch.setattr(nerf_study, "field_row", None)
    monkeypatch.setattr(nerf_study, "pose_row", None)
    again = run_study(values, tmp_path, Silence(), lambda _: None, registry=REGISTRY)
    assert again["fields"] == first["fields"]
    assert again["poses"] == first["poses"]
    assert json.loads(json.dumps(again)) == again


def test_what_was_finished_before_a_cancel_stays(stubs, tmp_path, monkeypatch) -> None:
    def stop(*_):
        raise Cancelled

    monkeypatch.setattr(nerf_study, "pose_row", stop)
    values = {"views": "6", "methods": "instant-ngp", "poses": "refined"}
    with pytest.raises(Cancelled):
        run_study(values, tmp_path, Silence(), lambda _: None, registry=REGISTRY)
    assert len(list(tmp_path.glob("field-*/result.json"))) == 2
    assert not list(tmp_path.glob("poses-*/result.json"))


def test_a_method_that_is_not_installed_is_refused_before_anything_runs(stubs, tmp_path) -> None:
    with pytest.raises(InputRefused):
        run_study({"methods": "gaussians"}, tmp_path / "out", Silence(), lambda _: None, registry=REGISTRY)
    assert not (tmp_path / "out").exists()


def test_lines_hold_what_was_measured_and_what_was_published(stubs, tmp_path) -> None:
    values = {"views": "36", "methods": "instant-ngp", "frames": "10"}
    lines = lines_of(run_study(values, tmp_path, Silence(), lambda _: None, registry=REGISTRY))
    text = "\n".join(lines)
    assert "20.0±1.0" in text and "20.00±1.00" in text
    assert "32.5 / 31.3 / 11.6 after 500 steps" in text
    assert "0/10  no scene" in text
    assert "14.512 ± 1.549" in text and "0.450 ± 0.050" in text
    assert "75:10:54" in text
    assert len(QUALITY) == 10 and len(POSES) == 7


def test_noise_is_told_and_refinement_of_a_few_steps_keeps_all_cameras(tmp_path) -> None:
    run = PoseRun(method="refined", frames=4, steps=2, threads=1, seed=1, device="cpu")
    row = pose_row(run, tmp_path / "run", Silence(), REGISTRY)
    assert (row["found"], row["total"]) == (3, 3)
    assert 0.8 < row["start"]["rotation_deg"] < 4.5
    assert np.isfinite(row["rotation_deg"])
