"""The group that places scenes: what is marked, paired, refused and told."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from scene_fakes import FakePlacingView

from medview.core.layers import Layer, LayerKind
from medview.core.radiance import FieldDisplay, Placement, RadianceField, ScaleSource
from medview.core.scale_words import ARBITRARY
from medview.jobs.lanes import InlineLane
from medview.present.actions import ActionTable
from medview.present.placing_presenter import PlacingPresenter, resolve_placing
from medview.session.commands import AddLayers
from medview.session.job_desk import JobDesk
from medview.session.journeys.placing import Placing
from medview.session.notices import Notices
from medview.session.session import Session


def scene(folder: Path) -> RadianceField:
    return RadianceField(
        name="cavity",
        folder=folder,
        method="Scene",
        baked=np.zeros((2, 2, 2, 4), np.uint8),
        scene_from_ijk=np.eye(4),
        placement=Placement(ras_from_scene=np.diag([50.0, 50, 50, 1])),
    )


class Room:
    def __init__(self, folder: Path):
        self.session, self.view, self.failures, notices = Session(), FakePlacingView(), [], Notices()
        lane, desk = InlineLane(), JobDesk(lambda work: work(), notices.fail)
        notices.failed.connect(lambda *words: self.failures.append(words))
        placing = Placing(self.session, desk, notices, lane)
        actions = ActionTable((), lambda *words: self.failures.append(words), lambda: None)
        self.presenter = PlacingPresenter(self.session, placing, self.view, actions)
        self.folder = folder

    def open(self):
        layer = Layer(
            id=self.session.new_id(),
            name="cavity",
            kind=LayerKind.FIELD,
            data=scene(self.folder),
            display=FieldDisplay(),
        )
        self.session.do(AddLayers(title="Open cavity", layers=(layer,)))

    def look_at(self, *ras):
        self.session.set_view(cursor_ras=tuple(float(value) for value in ras))

    @property
    def plan(self):
        return self.view.plans[-1]

    @property
    def placement(self):
        return self.session.state.layers[0].data.placement

    def pair(self, scene_point, patient):
        matrix = self.placement.ras_from_scene
        self.look_at(*(matrix @ [*scene_point, 1])[:3])
        self.view.mark_asked.emit("scene")
        self.look_at(*patient)
        self.view.pair_asked.emit()


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path)
    made.open()
    return made


def test_without_a_scene_everything_is_off_and_says_why(tmp_path):
    plan = Room(tmp_path).plan
    assert plan.title == "" and plan.why_not_mark.startswith("Open or train a scene")
    assert plan.why_not_pair and plan.why_not_apply and plan.why_not_scale


def test_a_new_scene_warns_and_waits_for_landmarks(room):
    assert room.plan.warning == ARBITRARY
    assert "for show only" in room.plan.size
    assert room.plan.why_not_mark == "" and room.plan.why_not_apply == "Add 3 pairs or more."


def test_the_crosshair_marks_the_scene_and_then_its_partner(room):
    room.look_at(25, -50, 10)
    room.view.mark_asked.emit("scene")
    assert room.plan.scene_point == "0.50, -1.00, 0.20" and room.plan.why_not_pair == ""
    room.look_at(1, 2, 3)
    room.view.pair_asked.emit()
    assert room.plan.scene_point == ""
    (row,) = room.plan.rows
    assert (row.scene, row.patient, row.residual) == ("0.50, -1.00, 0.20", "R 1.0  A 2.0  S 3.0", "–")
    room.view.pair_chosen.emit(0)
    assert room.session.state.view.cursor_ras == (1, 2, 3)


def test_residuals_are_told_before_the_scene_moves_and_it_moves_when_asked(room):
    for x, y, lift in ((1, 1, 3), (-1, 1, -3), (-1, -1, 3), (1, -1, -3)):
        room.pair((x, y, 0), (80 * x, 80 * y, lift))
    assert [row.residual for row in room.plan.rows] == ["3.00 mm"] * 4
    assert room.plan.residual == "Residual 3.00 mm (root mean square)"
    assert room.placement.scale_source is ScaleSource.ARBITRARY
    room.view.apply_asked.emit()
    assert room.plan.warning == "" and "80 mm" in room.plan.size
    room.session.undo()
    assert room.plan.warning == ARBITRARY
    assert not room.failures


def test_pairs_on_a_line_say_why_they_do_not_do(room):
    for x in (0, 1, 2):
        room.pair((x, 0, 0), (80 * x, 0, 0))
    assert room.plan.why_not_apply == "The points lie on one line."
    room.view.pair_removed.emit(1)
    assert room.plan.why_not_apply == "Add 3 pairs or more."


def test_a_known_length_needs_both_ends(room):
    room.view.mark_asked.emit("start")
    assert room.plan.why_not_scale
    room.look_at(0, 30, 0)
    room.view.mark_asked.emit("end")
    assert room.plan.distance == "0.600 units apart"
    room.view.scale_asked.emit(12.0)
    assert room.placement.mm_per_unit == pytest.approx(20)
    assert room.plan.distance == "0.600 units, 12.00 mm apart"
    room.view.scale_asked.emit(0.0)
    assert room.failures[-1][0] == "Cannot scale the scene"


def test_moving_the_crosshair_alone_shows_nothing_anew(room):
    before = len(room.view.plans)
    room.look_at(5, 5, 5)
    assert len(room.view.plans) == before


def test_a_folder_that_cannot_be_written_is_told(room, caplog):
    caplog.set_level(logging.CRITICAL)
    room.folder.rmdir()
    room.pair((0, 0, 0), (1, 1, 1))
    assert room.failures and "placement.json" in room.failures[-1][0]
    assert len(room.placement.landmarks) == 1


def test_the_plan_is_pure(room):
    assert resolve_placing(room.session.state, {}) == resolve_placing(room.session.state, {})
