"""From a capture to a layer: looked at, prepared, trained, paused, gone on with, given up."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scene_captures import SPEC, write_capture

from medview.core.circle import Circle
from medview.core.errors import InputRefused
from medview.core.layers import LayerKind
from medview.io.video_writing import write_video
from medview.jobs.job import JobHandle
from medview.jobs.lanes import InlineLane, do_here
from medview.ml import registry
from medview.ml.context import Silence
from medview.ml.field_folder import read_facts
from medview.session.fields.training_job import train_scene
from medview.session.fields.trainings import MOST_POINTS, TrainingState, with_values
from medview.session.fields.unfinished import Unfinished
from medview.session.fields.views import read_views
from medview.session.fields.wish import SceneWish, read_wish, write_wish
from medview.session.files.recent import RecentFiles
from medview.session.journeys.scenes import NO_POSES
from medview.session.workflows import Workflows


@pytest.fixture(autouse=True)
def scene_method(monkeypatch, private_places):
    monkeypatch.setattr(registry, "BUILT_IN", ("session_models", "scene_captures"))
    registry.installed.cache_clear()


@pytest.fixture
def capture(tmp_path):
    return write_capture(tmp_path / "cavity")


@pytest.fixture
def scenes(workflows):
    return workflows.scenes


def test_a_capture_is_looked_at_and_nothing_is_added_yet(workflows, scenes, session, capture, heard):
    workflows.opening.open_paths((capture,))
    draft = scenes.draft
    assert (draft.look.posed, draft.look.size, draft.kept) == (10, (64, 48), 10)
    assert abs(draft.circle.radius - 22 * 0.98) < 1
    assert draft.sight.name == "000"
    assert draft.out.name == "cavity.field"
    assert session.state.layers == ()
    assert heard.failed == []
    assert scenes.why_not_train() == ""


def test_a_trained_scene_is_one_named_step(scenes, session, capture, heard):
    scenes.open_capture(capture)
    scenes.set_param("steps", 3)
    scenes.train("cpu")
    (layer,) = session.state.layers
    assert layer.kind is LayerKind.FIELD
    assert session.undo_stack.undo_title == "Train scene cavity"
    training = scenes.trainings.training
    assert training.state is TrainingState.DONE
    assert training.curves["psnr"] == ((0, 10.0), (1, 11.0), (2, 12.0))
    assert training.preview.max() == 2
    folder = layer.data.folder
    assert sorted(path.name for path in (folder / "frames").iterdir()) == [f"{n:05}.jpg" for n in range(10)]
    assert read_facts(folder).provenance["capture"] == "cavity"
    session.undo()
    assert session.state.layers == ()
    assert folder.is_dir()
    assert scenes.draft.out != folder, "the next scene goes elsewhere"


def test_what_is_set_reaches_the_training(scenes, session, capture):
    scenes.open_capture(capture)
    scenes.exclude(3, is_excluded=True)
    scenes.set_reading("downscale", 2)
    scenes.draw_circle(Circle(30, 24, 15))
    scenes.train("cpu")
    field = session.state.layers[0].data
    assert "003" not in field.frame_names
    assert len(field.frame_names) == 9
    assert (field.lenses[0].width, field.lenses[0].height) == (32, 24)
    wish = read_wish(field.folder)
    assert wish.reading["circle"] == {"cx": 30, "cy": 24, "radius": 15}


def test_where_no_circle_was_found_one_is_there_to_be_drawn(scenes, tmp_path):
    scenes.open_capture(write_capture(tmp_path / "square", is_round=False))
    assert scenes.draft.circle is None
    scenes.set_reading("circle", "given")
    assert scenes.draft.circle == Circle(32, 24, 24)


def test_the_radius_is_a_part_of_what_was_found(scenes, capture):
    scenes.open_capture(capture)
    found = scenes.draft.circle.radius
    scenes.set_reading("radius_percent", 80.0)
    assert scenes.draft.circle.radius == pytest.approx(0.8 * found)
    scenes.set_reading("circle", "none")
    assert scenes.draft.circle is None


def test_a_painted_instrument_is_not_learned_from(scenes, capture):
    scenes.open_capture(capture)
    scenes.paint(np.array([[20.0, 24.0], [40.0, 24.0]]), 4.0, hides=True)
    assert scenes.draft.sight.hidden[24, 30]
    assert not scenes.draft.sight.hidden[5, 30]
    views = read_views(capture, scenes.draft.wish("cpu").reading, lambda _part, _words: None)
    assert not views.valid[0, 24, 30]
    assert views.valid[1, 24, 30], "the other frames have no instrument"
    scenes.paint(np.array([[30.0, 24.0]]), 3.0, hides=False)
    assert not scenes.draft.sight.hidden[24, 30]


def test_instruments_of_another_capture_of_the_same_name_are_not_taken(scenes, tmp_path):
    one, other = (write_capture(tmp_path / name / "cavity") for name in ("one", "other"))
    scenes.open_capture(one)
    scenes.paint(np.array([[20.0, 24.0], [40.0, 24.0]]), 4.0, hides=True)
    scenes.open_capture(other)
    scenes.paint(np.array([[30.0, 4.0]]), 2.0, hides=True)
    assert not scenes.draft.sight.hidden[24, 30]


def test_a_mask_of_ones_is_added_to_by_the_brush_and_not_replaced(scenes, capture, tmp_path):
    masks = tmp_path / "mine"
    masks.mkdir()
    marks = np.zeros((48, 64), np.uint8)
    marks[20:30, 10:20] = 1
    Image.fromarray(marks).save(masks / "000.png")
    scenes.open_capture(capture)
    scenes.set_reading("tool_masks", str(masks))
    scenes.paint(np.array([[40.0, 24.0]]), 3.0, hides=True)
    hidden = scenes.draft.sight.hidden
    assert hidden[24, 15] and hidden[24, 40] and not hidden[5, 5]


def test_a_training_goes_on_only_in_a_folder_of_its_own(capture, tmp_path):
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "dear.txt").write_text("x")
    wish = SceneWish(capture=capture, out=letters, model_id=SPEC.id, params={"steps": 2})
    with pytest.raises(InputRefused, match="not empty"):
        train_scene(wish, Silence(), tmp_path, 1, resume=True)
    assert [path.name for path in letters.iterdir()] == ["dear.txt"]


def test_a_training_that_was_stopped_before_its_first_checkpoint_begins_again(capture, tmp_path):
    out = tmp_path / "a.field"
    out.mkdir()
    wish = SceneWish(capture=capture, out=out, model_id=SPEC.id, params={"steps": 2})
    write_wish(wish)
    told = []
    train_scene(wish, Told(told), tmp_path, 1, resume=True)
    assert told == [0, 1]


class Told(Silence):
    def __init__(self, steps) -> None:
        self.report = lambda step, _values: steps.append(step)


def test_without_enough_frames_no_training_starts(scenes, capture):
    scenes.open_capture(capture)
    for frame in range(8):
        scenes.exclude(frame, is_excluded=True)
    assert "2 frames take part" in scenes.why_not_train()


def test_a_damaged_capture_is_one_sentence(workflows, scenes, capture, heard):
    (capture / "transforms.json").write_text("{not json")
    workflows.opening.open_paths((capture,))
    assert len(heard.failed) == 1
    assert "transforms.json" in " ".join(heard.failed[0])
    assert scenes.draft.look is None
    assert scenes.draft.problem


def test_a_damaged_frame_is_left_out_and_said(scenes, capture):
    (capture / "images" / "004.png").write_bytes(b"\x89PNG nothing")
    scenes.open_capture(capture)
    assert scenes.draft.look.frames[4].is_damaged
    assert scenes.draft.excluded == {"004"}


class WaitingLane:
    """A lane whose jobs are done when the test says so, and can be cancelled meanwhile."""

    def __init__(self):
        self.waiting = []

    def submit(self, job, on_event):
        handle = JobHandle(job, on_event)
        self.waiting.append(handle)
        return handle

    def cancel(self, handle):
        handle.ask_cancel()

    def work(self):
        while self.waiting:
            do_here(self.waiting.pop(0))

    def close(self):
        """Nothing is left over."""


@pytest.fixture
def lane():
    return WaitingLane()


def workflows_of(session, lane, tmp_path):
    return Workflows(
        session,
        files_lane=InlineLane(),
        models_lane=lane,
        post=lambda work: work(),
        recent=RecentFiles(tmp_path / "config"),
        surface_maker="",
    )


@pytest.fixture
def slow_scenes(session, lane, capture, tmp_path):
    """Scenes whose trainings of six steps wait for `lane.work()`."""
    scenes = workflows_of(session, lane, tmp_path).scenes
    scenes.open_capture(capture)
    scenes.set_param("steps", 6)
    return scenes


def act_at(scenes, step, deed):
    """Let the person act once, when a step is told."""

    def act(training):
        if training is not None and training.step == step and training.state is TrainingState.RUNNING:
            scenes.trainings.changed.disconnect(act)
            deed()

    scenes.trainings.changed.connect(act)


def test_a_paused_training_goes_on_where_it_was(slow_scenes, session, lane):
    trainings = slow_scenes.trainings
    act_at(slow_scenes, 2, trainings.pause)
    slow_scenes.train("cpu")
    lane.work()
    assert trainings.training.state is TrainingState.PAUSED
    assert session.state.layers == ()
    out = trainings.training.wish.out
    assert "being trained" not in slow_scenes.why_not_train()
    trainings.go_on()
    lane.work()
    assert (out / "resumed_at.txt").read_text() == "3"
    assert trainings.training.state is TrainingState.DONE
    assert [step for step, _ in trainings.training.curves["loss"]] == [0, 1, 2, 3, 4, 5]
    assert len(session.state.layers) == 1


@pytest.mark.parametrize("is_paused_first", [False, True])
def test_a_cancelled_training_leaves_nothing(slow_scenes, session, lane, is_paused_first):
    trainings = slow_scenes.trainings
    act_at(slow_scenes, 1, trainings.pause if is_paused_first else trainings.cancel)
    slow_scenes.train("cpu")
    lane.work()
    if is_paused_first:
        assert trainings.training.wish.out.is_dir()
        trainings.cancel()
    assert trainings.training is None
    assert session.state.layers == ()
    assert not slow_scenes.draft.out.exists()
    assert trainings.unfinished() == ()


def test_a_training_that_has_not_begun_is_cancelled_too(slow_scenes, lane):
    slow_scenes.train("cpu")
    slow_scenes.trainings.cancel()
    lane.work()
    assert slow_scenes.trainings.training is None
    assert not slow_scenes.draft.out.exists()


def test_a_paused_training_is_offered_after_a_restart(slow_scenes, session, lane, capture, tmp_path):
    act_at(slow_scenes, 1, slow_scenes.trainings.pause)
    slow_scenes.train("cpu")
    lane.work()
    again = workflows_of(session, lane, tmp_path).scenes
    (wish,) = again.trainings.unfinished()
    assert (wish.capture, wish.model_id) == (capture, SPEC.id)
    again.trainings.go_on(wish.out)
    lane.work()
    assert again.trainings.training.state is TrainingState.DONE
    assert len(session.state.layers) == 1
    assert again.trainings.unfinished() == ()


def test_an_unfinished_training_of_before_can_be_forgotten(slow_scenes, session, lane, tmp_path):
    act_at(slow_scenes, 1, slow_scenes.trainings.pause)
    slow_scenes.train("cpu")
    lane.work()
    again = workflows_of(session, lane, tmp_path).scenes
    (wish,) = again.trainings.unfinished()
    again.trainings.forget(wish.out)
    assert not wish.out.exists()
    assert again.trainings.unfinished() == ()


def test_only_one_scene_is_trained_at_a_time(slow_scenes, lane, tmp_path):
    slow_scenes.train("cpu")
    assert "being trained" in slow_scenes.why_not_train()
    slow_scenes.choose_out(tmp_path / "second.field")
    with pytest.raises(InputRefused, match="another scene is being trained"):
        slow_scenes.train("cpu")
    lane.work()


def test_a_finished_scene_is_trained_anew_without_bad_frames(scenes, session, capture):
    scenes.open_capture(capture)
    scenes.train("cpu")
    folder = session.state.layers[0].data.folder
    scenes.train_anew(folder, frozenset({"002"}), "cpu")
    first, second = (layer.data for layer in session.state.layers)
    assert "002" in read_facts(folder).frame_names
    assert "002" not in second.frame_names
    assert first.folder != second.folder


def test_a_folder_that_holds_something_is_no_place_for_a_scene(scenes, capture, tmp_path):
    other = tmp_path / "letters"
    other.mkdir()
    (other / "dear.txt").write_text("x")
    scenes.open_capture(capture)
    scenes.choose_out(other)
    assert "not empty" in scenes.why_not_train()
    with pytest.raises(InputRefused, match="not empty"):
        scenes.train("cpu")
    assert (other / "dear.txt").read_text() == "x"


def test_a_long_curve_keeps_its_newest_points():
    curves = {}
    for step in range(3000):
        curves = with_values(curves, step, {"loss": float(step)})
    steps = [step for step, _ in curves["loss"]]
    assert len(steps) <= MOST_POINTS + 1
    assert steps[-50:] == list(range(2950, 3000))
    assert steps[0] == 0


def test_the_list_of_unfinished_trainings_is_kept_by_path(tmp_path):
    first = Unfinished(tmp_path)
    first.add(tmp_path / "gone.field")
    assert Unfinished(tmp_path).folders() == (), "only those in which something can go on"


def test_frames_are_taken_out_of_a_video_and_looked_at(scenes, tmp_path):
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 255, (8, 8, 3))
    frames = [np.kron(np.roll(tile, n, axis=1), np.ones((8, 8, 1))).astype(np.uint8) for n in range(12)]
    film = tmp_path / "film.mp4"
    write_video(film, frames, 10)
    scenes.open_capture(film)
    assert scenes.draft.look.is_video
    assert scenes.why_not_train() == "Take frames out of the video first."
    assert scenes.why_not_find() == "Take frames out of the video first."
    scenes.set_reading("n_frames", 6)
    scenes.set_reading("crop_left", 25.0)
    scenes.take_frames()
    look = scenes.draft.look
    assert (look.is_video, len(look.frames), look.size, look.posed) == (False, 6, (48, 64), 0)
    assert "poses first" in scenes.why_not_train()
    assert scenes.why_not_find() in ("", NO_POSES)
    assert scenes.draft.reading["crop_left"] == 0, "what was cut off is not cut off twice"


def test_the_search_for_poses_is_told_where_to_look(session, lane, tmp_path):
    scenes = workflows_of(session, lane, tmp_path).scenes
    folder = write_capture(tmp_path / "bare")
    (folder / "transforms.json").unlink()
    scenes.open_capture(folder)
    assert scenes.draft.look.posed == 0
    if scenes.why_not_find() == NO_POSES:
        pytest.skip("pycolmap is not installed")
    scenes.find_poses()
    payload = lane.waiting[0].job.payload
    assert payload["frames"] == str(folder)
    assert abs(payload["circle"]["radius"] - 22 * 0.98) < 1
    assert scenes.draft.busy == "finding"
    scenes.stop()
    lane.work()
    assert scenes.draft.busy == ""
