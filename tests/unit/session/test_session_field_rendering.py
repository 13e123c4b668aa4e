"""The true field at rest: levels, pace, the newest camera, places in the patient, failures."""

from __future__ import annotations

import numpy as np
import pytest
from fake_render import RADIUS, broken, render

from medview.core.field_view import FieldView
from medview.core.lens import Lens
from medview.core.radiance import FieldMode, Placement, RadianceField
from medview.jobs.job import JobCancelled, JobDone, JobHandle, JobPreviewed, JobStarted
from medview.jobs.lanes import InlineLane
from medview.session.fields.pace import FIRST_S, Pace, levels_for
from medview.session.fields.rendering import FieldQuestion, FieldRendering, Phase, ras_pose, scene_pose
from medview.session.job_desk import JobDesk
from medview.session.notices import Notices

LENS = Lens.of_view_angle(64, 48, 60)
MM_PER_UNIT = 40.0


class HandLane:
    """Jobs that go on only when a test says so."""

    def __init__(self):
        self.handles, self.cancelled = [], []

    def submit(self, job, on_event):
        handle = JobHandle(job, on_event)
        self.handles.append(handle)
        handle.tell(JobStarted(job.id))
        return handle

    def cancel(self, handle):
        handle.ask_cancel()
        self.cancelled.append(handle.job.id)

    def close(self):
        pass


class Told:
    """A rendering with what it tells."""

    def __init__(self, lane, target=render):
        self.notices, self.pictures, self.phases, self.failures = Notices(), [], [], []
        self.desk = JobDesk(lambda call: call(), self.notices.fail)
        self.rendering = FieldRendering(self.desk, self.notices, lane, target)
        self.rendering.arrived.connect(self.pictures.append)
        self.rendering.changed.connect(lambda: self.phases.append(self.rendering.phase))
        self.notices.failed.connect(lambda *told: self.failures.append(told))


@pytest.fixture
def field(tmp_path):
    """A field that is turned, moved and scaled into the patient."""
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    placed = np.eye(4)
    placed[:3, :3], placed[:3, 3] = MM_PER_UNIT * turn, (10, 20, 30)
    return RadianceField(
        name="cavity",
        folder=tmp_path,
        method="Ball",
        baked=np.zeros((4, 4, 4, 4), np.uint8),
        scene_from_ijk=np.eye(4),
        placement=Placement(ras_from_scene=placed),
    )


def question(field, number=1, away_mm=100.0, free_mm=np.inf, finest=None):
    """The ball from the front, so many mm before its middle."""
    pose = np.eye(4)
    pose[:3, 3] = (10, 20, 30 + away_mm)
    free = np.full((LENS.height, LENS.width), free_mm, np.float32)
    view = FieldView(number=number, ras_from_camera=pose, lens=LENS, t_max_mm=free, finest=finest)
    return FieldQuestion(field=field, view=view)


def test_pictures_come_coarse_to_fine_and_end_at_full_resolution(field):
    told = Told(InlineLane())
    told.rendering.rest(question(field, number=5))
    assert [picture.level for picture in told.pictures] == [8, 4, 2, 1]
    assert [picture.pixels.shape for picture in told.pictures] == [
        (6, 8, 5), (12, 16, 5), (24, 32, 5), (48, 64, 5)
    ]  # fmt: skip
    assert {picture.number for picture in told.pictures} == {5}
    assert told.phases == [Phase.REFINING, Phase.SHOWN]


def test_distances_in_the_patient_follow_the_scale_of_the_scene(field):
    told = Told(InlineLane())
    told.rendering.rest(question(field, away_mm=100.0))
    picture = told.pictures[-1]
    middle = float(picture.pixels[24, 32, 4]) * picture.mm_per_t
    assert middle == pytest.approx(100 - RADIUS * MM_PER_UNIT, abs=0.1)


@pytest.mark.parametrize(("free_mm", "is_seen"), [(79.0, False), (81.0, True)])
def test_what_is_in_the_way_is_told_in_units_of_the_scene(field, free_mm, is_seen):
    told = Told(InlineLane())
    told.rendering.rest(question(field, away_mm=100.0, free_mm=free_mm))
    assert (told.pictures[-1].pixels[24, 32, 3] > 0) == is_seen


def test_a_camera_comes_back_from_the_scene_where_it_was(field):
    placed = field.placement.ras_from_scene
    pose = np.eye(4)
    pose[:3, :3] = np.linalg.qr(np.array([[1.0, 2, 0.3], [0.2, 1, 4], [3, 0.1, 1]]))[0]
    pose[:3, 3] = (3, -7, 11)
    scene = scene_pose(placed, pose)
    assert scene[:3, :3] @ scene[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.norm(scene[:3, 3] - np.linalg.inv(placed)[:3, 3]) == pytest.approx(
        np.linalg.norm(pose[:3, 3]) / MM_PER_UNIT
    )
    assert ras_pose(placed, scene) == pytest.approx(pose, abs=1e-9)


def test_the_newest_camera_wins_and_late_answers_of_older_ones_are_dropped(field):
    lane = HandLane()
    told = Told(lane)
    told.rendering.rest(question(field, number=1))
    told.rendering.rest(question(field, number=2))
    first, second = lane.handles
    assert lane.cancelled == [first.job.id]
    pixels = np.zeros((6, 8, 5), np.float32)
    first.tell(JobPreviewed(first.job.id, "picture", (8, 0, 0), pixels))
    first.tell(JobCancelled(first.job.id))
    assert told.pictures == []
    second.tell(JobPreviewed(second.job.id, "picture", (8, 0, 0), pixels))
    assert [(picture.number, picture.level) for picture in told.pictures] == [(2, 8)]
    told.rendering.move()
    facts = {"samples": 1, "seconds": 1, "samples_per_second": 1}
    second.tell(JobDone(second.job.id, facts, {"picture": pixels}))
    assert len(told.pictures) == 1
    assert told.phases == [Phase.REFINING, Phase.MOVING]


def test_a_field_that_cannot_be_rendered_is_told_of_once(field):
    told = Told(InlineLane(), broken)
    for number in (1, 2, 3):
        told.rendering.rest(question(field, number=number))
    assert told.failures == [("Cannot render the scene", "its weights are damaged", "")]
    assert told.rendering.phase is Phase.IDLE


def test_leaving_a_field_ends_its_rendering(field):
    lane = HandLane()
    told = Told(lane)
    told.rendering.rest(question(field))
    told.rendering.leave()
    assert lane.cancelled == [lane.handles[0].job.id]
    assert told.rendering.phase is Phase.IDLE


def test_a_still_is_one_picture_at_full_resolution(field):
    told, ends = Told(InlineLane()), []
    pose = np.eye(4)
    pose[2, 3] = 2.0
    told.rendering.still(field, pose, LENS, FieldMode.DEPTH, ends.append)
    (end,) = ends
    assert end.arrays["picture"].shape == (48, 64, 5)
    assert end.arrays["picture"][24, 32, 4] == pytest.approx(1.5, abs=0.01)
    assert told.pictures == []


def pace(full_s, rays=480_000):
    """The pace at which that many rays take so long."""
    return Pace(samples_per_second=rays * 50 / full_s, samples_per_ray=50)


@pytest.mark.parametrize(
    ("full_s", "levels"),
    [(0.2, (1,)), (1.5, (2, 1)), (6, (4, 2, 1)), (20, (8, 4, 2, 1)), (90, (16, 8, 4, 2, 1)),
     (300, (16, 8, 4, 2)), (10_000, (16, 8))],
)  # fmt: skip
def test_the_first_picture_comes_soon_and_the_last_one_ends_in_time(full_s, levels):
    chosen = levels_for(480_000, pace(full_s))
    assert chosen == levels
    assert full_s / chosen[0] ** 2 <= FIRST_S or chosen[0] == 16


def test_levels_before_anything_was_measured_and_none_coarser_than_what_is_shown():
    assert levels_for(480_000, None) == (8, 4, 2, 1)
    assert levels_for(480_000, None, finest=2) == (2, 1)
    assert levels_for(480_000, pace(20), finest=1) == (1,)
    assert levels_for(480_000, pace(300), finest=1) == (1,)


def test_the_pace_is_that_of_the_newest_finished_picture():
    found = Pace.measured(6400, (8, 1), {"samples": 65_000, "seconds": 2.0, "samples_per_second": 32_500})
    assert found == Pace(samples_per_second=32_500, samples_per_ray=10.0)
    assert found.seconds(6400) == pytest.approx(1.969, abs=0.001)


def test_the_second_view_begins_as_fine_as_the_first_one_was_fast(field):
    told = Told(InlineLane())
    told.rendering.rest(question(field, number=1))
    told.rendering.rest(question(field, number=2))
    assert [picture.level for picture in told.pictures if picture.number == 2] == [1]
