"""What the window writes of scenes: keys of a path, sizes, which job is asked for, and why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.layers import Layer, LayerKind
from medview.core.lens import Lens
from medview.core.radiance import FieldDisplay, Placement, RadianceField
from medview.jobs.job import JobDone, JobHandle
from medview.present.desk import NO_SCENE
from medview.present.scene_out_presenter import KINDS, NO_KEYS, UNSCALED
from medview.session.commands import AddLayers

LENS = Lens.of_view_angle(400, 300, 45)


class Lane:
    """Takes jobs and does them only when told to."""

    def __init__(self):
        self.jobs, self.ends = [], []

    def submit(self, job, on_event):
        self.jobs.append(job)
        self.ends.append(on_event)
        return JobHandle(job, on_event)

    def cancel(self, handle):
        raise AssertionError("nothing is cancelled here")

    def finish(self, **value):
        self.ends[-1](JobDone(self.jobs[-1].id, value, {}))


@pytest.fixture
def lane(desk):
    made = Lane()
    desk.workflows.scene_out._lane = made
    return made


def at(z):
    pose = np.eye(4)
    pose[2, 3] = z
    return pose


@pytest.fixture
def scene(desk, tmp_path):
    field = RadianceField(
        name="cavity",
        folder=tmp_path / "cavity.field",
        method="Scene",
        baked=np.zeros((2, 2, 2, 4), np.uint8),
        scene_from_ijk=np.eye(4),
        placement=Placement(ras_from_scene=np.diag([50.0, 50, 50, 1])),
    )
    layer = Layer(
        id=desk.session.new_id(), name="cavity", kind=LayerKind.FIELD, data=field, display=FieldDisplay()
    )
    desk.session.do(AddLayers(title="Open cavity", layers=(layer,)))
    return layer


def stand(desk, z_mm):
    desk.views.volume.through.append((at(z_mm), LENS))


def add_key(desk, z_mm):
    stand(desk, z_mm)
    desk.views.scene_out.key_added.emit()


def plan(desk):
    return desk.views.scene_out.plans[-1]


def test_without_a_scene_nothing_can_be_written(desk):
    assert plan(desk).why_not == plan(desk).why_not_film == NO_SCENE
    assert all(desk.why_not(f"file.scene_{kind}") == NO_SCENE for kind in KINDS)


def test_keys_are_added_where_the_pane_stands_moved_and_removed(desk, scene):
    assert plan(desk).warning == UNSCALED and plan(desk).why_not_film == NO_KEYS
    for z_mm in (100, 50, 25):
        add_key(desk, z_mm)
    assert plan(desk).keys == (
        "1   at 0.00, 0.00, 2.00",
        "2   at 0.00, 0.00, 1.00",
        "3   at 0.00, 0.00, 0.50",
    )
    desk.views.scene_out.key_moved.emit(2, -2)
    assert plan(desk).keys[0] == "1   at 0.00, 0.00, 0.50"
    desk.views.scene_out.key_moved.emit(0, -1)
    assert plan(desk).keys[0] == "1   at 0.00, 0.00, 0.50"
    desk.views.scene_out.key_removed.emit(1)
    assert [key.split("at ")[1] for key in plan(desk).keys] == ["0.00, 0.00, 0.50", "0.00, 0.00, 1.00"]
    assert plan(desk).why_not_film == ""


def test_keys_are_drawn_in_the_patient_and_can_be_stood_at(desk, scene):
    add_key(desk, 100)
    add_key(desk, 50)
    drawn = desk.views.volume.plans[-1].field.keyed_ras.array
    np.testing.assert_allclose(drawn[:, 2, 3], [100, 50])
    desk.views.scene_out.key_shown.emit(0)
    pose, lens = desk.views.volume.through[-1]
    np.testing.assert_allclose(pose, at(100))
    assert lens.view_angle_deg == pytest.approx(45)
    for _ in range(2):
        desk.views.scene_out.key_removed.emit(0)
    assert desk.views.volume.plans[-1].field.keyed_ras is None


def test_a_film_is_asked_for_with_its_keys_size_and_length(desk, scene, lane, tmp_path):
    assert desk.why_not("file.scene_film") == NO_KEYS
    add_key(desk, 100)
    add_key(desk, 50)
    for name, value in (("width", 320), ("height", 240), ("duration_s", 4.0), ("fps", 10.0)):
        desk.views.scene_out.value_changed.emit(name, value)
    assert plan(desk).frames == "40 frames of 320 × 240"
    desk.window.export_path = tmp_path / "flight.mp4"
    desk.run("file.scene_film")
    (job,) = lane.jobs
    assert job.target == "medview.session.fields.flythrough:write_film"
    assert job.payload["path"] == str(tmp_path / "flight.mp4")
    assert (job.payload["duration_s"], job.payload["fps"]) == (4.0, 10.0)
    assert (job.payload["lens"]["width"], job.payload["lens"]["height"]) == (320, 240)
    np.testing.assert_allclose(np.array(job.payload["keys"])[:, 2, 3], [2, 1])
    lane.finish(frames=40)
    assert "Saved 40 frames to flight.mp4. Its scale is arbitrary" in desk.window.hints[-1]


def test_a_picture_is_taken_from_where_the_pane_stands_in_the_chosen_size(desk, scene, lane, tmp_path):
    stand(desk, 75)
    desk.window.export_path = tmp_path / "depth.png"
    desk.views.scene_out.export_asked.emit("depth")
    (job,) = lane.jobs
    assert job.payload["is_depth"] is True
    assert np.array(job.payload["scene_from_camera"])[2, 3] == pytest.approx(1.5)
    assert job.payload["lens"]["width"] == 1280
    lane.finish(step=0.001, unit="arbitrary")
    assert "steps of 0.001 units of the scene" in desk.window.hints[-1]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("cloud", "solids:write_cloud"),
        ("mesh", "solids:write_mesh"),
        ("density", "solids:write_density"),
        ("folder", "copying:copy_scene"),
    ],
)
def test_other_files_are_asked_for(desk, scene, lane, tmp_path, kind, target):
    desk.views.scene_out.value_changed.emit("cells", 64)
    desk.views.scene_out.value_changed.emit("with_frames", False)
    desk.window.export_path = tmp_path / f"a{KINDS[kind].ending}"
    desk.run(f"file.scene_{kind}")
    (job,) = lane.jobs
    assert job.target.endswith(target)
    assert job.payload.get("cells", 64) == 64 and job.payload.get("with_frames", False) is False
    assert job.payload["placement"]["scale_source"] == "arbitrary"


def test_cancelling_the_dialog_writes_nothing(desk, scene, lane):
    desk.window.export_path = None
    desk.run("file.scene_cloud")
    assert lane.jobs == []


def test_a_hidden_scene_gives_way_to_the_one_on_show(desk, scene, tmp_path):
    other = replace(scene, id=desk.session.new_id(), name="other", visible=False)
    desk.session.do(AddLayers(title="Open other", layers=(other,)))
    add_key(desk, 100)
    assert len(desk.workflows.scene_out.keys(scene.id)) == 1
