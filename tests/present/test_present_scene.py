"""The Scene tab: what its checklist says, and what a person's acts on it do."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from whole_program import make_desk

from medview.ml import registry
from medview.present.ports.scene_port import StepState
from medview.present.scene_look import is_bad, summary, view_rows
from medview.session.fields.trainings import TrainingState

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))

from field_folders import make_field
from scene_captures import write_capture


@pytest.fixture
def capture(tmp_path):
    return write_capture(tmp_path / "cavity")


@pytest.fixture
def office(monkeypatch, tmp_path):
    """A whole program whose only method for scenes learns nothing."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(registry, "BUILT_IN", ("scene_captures",))
    registry.installed.cache_clear()
    yield make_desk(tmp_path / "settings")
    registry.installed.cache_clear()


def states(office):
    return {row.name: row.state for row in office.views.scene.plan.steps}


def words(office):
    return {row.name: row.words for row in office.views.scene.plan.steps}


def test_at_first_frames_are_to_do_and_the_rest_waits(office):
    assert states(office) == {
        "frames": StepState.TODO,
        "mask": StepState.WAITING,
        "poses": StepState.WAITING,
        "train": StepState.WAITING,
        "view": StepState.WAITING,
    }
    plan = office.views.scene.plan
    assert plan.train.problem == "Choose a video or frames first."
    assert plan.poses.why_not_find == "Choose a video or frames first."
    assert "not for measurement" in plan.banner


def test_a_capture_fills_the_checklist(office, capture):
    office.workflows.opening.open_paths((capture,))
    view = office.views.scene
    assert view.reveals == 1
    assert view.opened == ["mask"]
    assert words(office) == {
        "frames": "10 of 10",
        "mask": "circle",
        "poses": "10 of 10",
        "train": "",
        "view": "",
    }
    assert states(office)["train"] is StepState.TODO
    assert view.plan.frames.facts[0] == "10 frames, 64 x 48 pixels"
    assert view.plan.mask.size == (64, 48)
    assert view.plan.mask.share.endswith("of the picture lies in the circle")
    assert view.plan.poses.cameras.array.shape == (10, 4, 4)
    assert "not computed here" in view.plan.poses.why_not_find
    assert view.plan.train.problem == ""


def test_what_is_chosen_is_shown(office, capture):
    office.workflows.opening.open_paths((capture,))
    view = office.views.scene
    view.frame_excluded.emit(2, True)
    assert words(office)["frames"] == "9 of 10"
    assert view.plan.frames.rows[2].is_excluded
    view.circle_moved.emit(30.0, 20.0, 12.0)
    assert view.plan.mask.circle == (30.0, 20.0, 12.0)
    assert view.plan.mask.form.values["circle"] == "given"
    view.value_changed.emit("circle", "none")
    assert (view.plan.mask.circle, words(office)["mask"]) == (None, "whole picture")
    view.frame_chosen.emit(4)
    assert (view.plan.mask.frame, view.plan.mask.frame_name) == (4, "004")
    view.stroke_painted.emit([(10.0, 10.0), (20.0, 10.0)], 3.0, True)
    assert view.plan.mask.tools.array[10, 15]


def test_a_training_ends_as_a_layer_and_shows_its_numbers(office, capture):
    office.workflows.opening.open_paths((capture,))
    view = office.views.scene
    view.param_changed.emit("steps", 3)
    view.deed_asked.emit("train")
    assert view.plan.train.state == "done"
    assert view.plan.train.sentence == "Trained: PSNR circle 20.5."
    assert [row.title for row in view.plan.train.curves] == ["Loss", "Training PSNR"]
    assert view.plan.train.curves[0].counted == "step"
    assert view.plan.train.preview.array.shape == (6, 8, 3)
    assert states(office)["view"] is StepState.DONE
    assert view.opened[-1] == "view"
    assert view.plan.look.count == 10
    view.deed_asked.emit("dismiss")
    assert view.plan.train.state == "idle"


def test_a_training_that_cannot_start_is_told(office, capture, tmp_path):
    office.workflows.opening.open_paths((capture,))
    place = tmp_path / "letters"
    place.mkdir()
    (place / "a.txt").write_text("x")
    office.views.scene.out_chosen.emit(place)
    assert "not empty" in office.views.scene.plan.train.problem
    office.views.scene.deed_asked.emit("train")
    assert "not empty" in " ".join(office.window.errors[-1])


def test_cancelling_asks_first(office, capture):
    office.workflows.opening.open_paths((capture,))
    trainings, view = office.workflows.scenes.trainings, office.views.scene
    trainings._training = paused(office)
    view.discards = False
    view.deed_asked.emit("cancel")
    assert trainings.training is not None
    view.discards = True
    view.deed_asked.emit("cancel")
    assert trainings.training is None


def paused(office):
    from medview.session.fields.trainings import SceneTraining

    wish = office.workflows.scenes.draft.wish("cpu")
    return SceneTraining(job_id="", title="Fake", wish=wish, state=TrainingState.PAUSED)


def test_a_chosen_view_is_looked_through_with_its_real_frame(office, tmp_path):
    office.workflows.opening.open_paths((make_field(tmp_path / "a.field", "fake-scene"),))
    view = office.views.scene
    assert [(row.frame, row.is_held_out) for row in view.plan.look.rows] == [(4, True)]
    jumps = len(office.views.volume.through)
    view.look_chosen.emit(4)
    assert view.plan.look.frame == 4
    assert len(office.views.volume.through) == jumps + 1
    view.look_chosen.emit(None)
    assert view.plan.look.frame is None
    assert office.session.undo_stack.undo_title == "Real picture over cavity"
    view.look_changed.emit("floor", 0.1)
    assert office.session.state.layers[0].display.floor == 0.1


def test_a_scene_opened_alone_brings_its_steps_up_and_a_second_one_disturbs_nobody(office, tmp_path):
    office.workflows.opening.open_paths((make_field(tmp_path / "a.field", "fake-scene"),))
    assert office.views.scene.reveals == 1
    office.workflows.opening.open_paths((make_field(tmp_path / "b.field", "fake-scene"),))
    assert office.views.scene.reveals == 1


class Scene:
    poses = np.zeros((6, 4, 4))
    held_out = (1, 4)
    frame_names = tuple("abcdef")


def test_held_out_views_come_first_and_bad_frames_are_found():
    learned = {n: {"psnr_circle": 30.0} for n in (0, 2, 3)}
    held = {"psnr_circle": 20.0, "psnr_frame": 8.0, "ssim_circle": 0.5}
    rows = view_rows(Scene(), {**learned, 1: held, 4: {**held, "psnr_circle": 28.0}, 99: held})
    assert [row.frame for row in rows] == [1, 4, 0, 2, 3]
    assert summary(rows) == "Held out: 24.00 dB in the circle, 8.00 dB on the frame, SSIM 0.500"
    assert [row.frame for row in rows if is_bad(row, rows)] == [1]
