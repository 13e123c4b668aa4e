"""A radiance field in the 3-D pane: its plan, its warnings, jumps, modes, and what is to be rendered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scans import volume

from medview.core.field_view import FieldView
from medview.core.geometry import Geometry
from medview.core.layers import ImageDisplay, Layer, LayerId, LayerKind
from medview.core.lens import Lens
from medview.core.plans import Shared
from medview.core.radiance import FieldDisplay, FieldMode, Placement, RadianceField, ScaleSource
from medview.core.scale_words import ARBITRARY
from medview.core.state import SessionState
from medview.present.field_plan import INFERRED_VIEW, field_plan
from medview.present.field_presenter import FieldPresenter
from medview.present.volume_plan import picture_mark, resolve_volume
from medview.session.commands import AddLayers, ChangeLayer, RemoveLayer
from medview.session.fields.rendering import FieldQuestion
from medview.session.session import Session

LENSES = tuple(Lens.of_view_angle(64, 48, angle) for angle in (50, 60, 70))
MM = 20.0


def scene(name="cavity", source=ScaleSource.ARBITRARY, **changes):
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, 0, 3] = (0.1, 0.2, 0.3)
    placed = np.diag([MM, MM, MM, 1.0])
    placed[:3, 3] = (5, 0, 0)
    facts = {
        "baked": np.zeros((4, 4, 4, 4), np.uint8),
        "scene_from_ijk": np.eye(4),
        "placement": Placement(ras_from_scene=placed, scale_source=source),
        "frame_names": ("a", "b", "c"),
        "poses": poses,
        "lenses": LENSES,
        "times": np.array([0.0, 0.5, 1.0]),
        "held_out": (1,),
        "points": np.ones((2, 3), np.float32),
        "points_rgb": np.zeros((2, 3), np.uint8),
    }
    return RadianceField(
        name=name, folder=changes.pop("folder", None), method="K-planes", **{**facts, **changes}
    )


def field_layer(number=1, data=None, **changes):
    facts = {"display": FieldDisplay(), **changes}
    return Layer(
        id=LayerId(number), name=f"field {number}", kind=LayerKind.FIELD, data=data or scene(), **facts
    )


def scan_layer(number=9):
    grid = Geometry.from_spacing((10, 10, 10), 30.0)
    scan = volume(grid, modality="CT", data=np.zeros((10, 10, 10), np.int16))
    display = ImageDisplay(low=0, high=1)
    return Layer(id=LayerId(number), name="CT", kind=LayerKind.IMAGE, data=scan, display=display)


def state(*layers):
    return SessionState(layers=layers)


def no_picture(_folder, _number):
    return None


def test_cameras_path_and_points_lie_in_the_patient():
    shown = FieldDisplay(path=True, points=True)
    plan = field_plan(state(field_layer(display=shown)), no_picture)
    assert plan.poses_ras.array[:, 0, 3] == pytest.approx([5 + MM * x for x in (0.1, 0.2, 0.3)])
    assert plan.poses_ras.array[0, :3, :3] == pytest.approx(np.eye(3))
    assert plan.path_ras.array.shape == (3, 3)
    assert plan.points_ras.array[0] == pytest.approx((5 + MM, MM, MM))
    assert plan.held_out == (1,)


def test_what_is_switched_off_is_not_in_the_plan():
    hidden = FieldDisplay(cameras=False)
    plan = field_plan(state(field_layer(display=hidden)), no_picture)
    assert (plan.poses_ras, plan.path_ras, plan.points_ras, plan.frame) == (None, None, None, None)


def test_the_same_state_gives_an_equal_plan_and_another_mode_gives_other_content():
    layer = field_layer()
    first, again = (field_plan(state(layer), no_picture) for _ in range(2))
    other = replace(layer, display=FieldDisplay(mode=FieldMode.DEPTH))
    assert first == again
    assert field_plan(state(other), no_picture).content != first.content


def test_a_hidden_field_is_not_drawn_and_the_topmost_of_two_names_the_other():
    assert resolve_volume(state(replace(field_layer(), visible=False))).field is None
    two = state(field_layer(1), field_layer(2))
    plan = resolve_volume(two)
    assert plan.field.layer_id == LayerId(2)
    assert "not drawn: field 1" in plan.corner_text


def test_the_banner_says_that_views_are_inferred_and_the_scale_arbitrary_until_it_is_known():
    plan = resolve_volume(state(field_layer()))
    assert plan.banner.split("\n") == [INFERRED_VIEW, ARBITRARY]
    assert ARBITRARY == "Scale arbitrary: not for measurement"
    assert plan.banner in plan.mark
    known = resolve_volume(state(field_layer(data=scene(source=ScaleSource.LENGTH))))
    assert known.banner == INFERRED_VIEW
    assert resolve_volume(state(scan_layer())).banner == ""


def test_the_mark_goes_into_saved_pictures_and_stays_when_overlays_are_off():
    now = state(field_layer())
    off = now.with_view(overlays=False)
    assert ARBITRARY in picture_mark(off)
    assert resolve_volume(off).banner == resolve_volume(now).banner
    assert resolve_volume(off).corner_text == ""


def test_a_reset_camera_sees_scan_and_field():
    low, high = resolve_volume(state(scan_layer(), field_layer())).bounds_ras
    assert low[0] == pytest.approx(-150)
    assert high[0] == pytest.approx(150)
    far = replace(scene().placement, ras_from_scene=np.diag([MM, MM, MM, 1]) + np.eye(4, k=3) * 500)
    low, high = resolve_volume(state(scan_layer(), field_layer(data=scene(placement=far)))).bounds_ras
    assert high[0] > 500 > low[0]


def test_the_real_picture_is_in_the_plan_once_it_is_read():
    asked = []
    picture = Shared(np.zeros((4, 6, 3), np.uint8))
    display = FieldDisplay(frame=2, frame_share=0.3, is_swipe=True)
    layer = field_layer(display=display, data=scene(folder="here"))

    def found(folder, number):
        asked.append((folder, number))
        return picture

    plan = field_plan(state(layer), found)
    assert asked == [("here", 2)]
    assert plan.frame.pixels is picture
    assert plan.frame.ras_from_camera.array[0, 3] == pytest.approx(5 + MM * 0.3)
    assert (plan.frame.lens, plan.frame.share, plan.frame.is_swipe) == (LENSES[2], 0.3, True)
    assert field_plan(state(layer), no_picture).frame is None


class FakeRendering:
    """Remembers what it is asked."""

    def __init__(self):
        self.questions, self.calls = [], []
        self.listeners = []
        self.arrived = self

    def connect(self, listener):
        self.listeners.append(listener)

    def rest(self, question: FieldQuestion):
        self.questions.append(question)

    def move(self):
        self.calls.append("move")

    def leave(self):
        self.calls.append("leave")


@pytest.fixture
def desk():
    from fakes import FakeFieldBar, FakeVolumeView

    session, rendering, pane, bar = Session(), FakeRendering(), FakeVolumeView(), FakeFieldBar()
    presenter = FieldPresenter(session, rendering, pane, bar)
    return session, rendering, pane, bar, presenter


def opened(session, *layers):
    session.do(AddLayers(title="Open", layers=layers))


def view():
    lens = Lens.of_view_angle(8, 6, 40)
    free = np.full((6, 8), np.inf, np.float32)
    return FieldView(number=3, ras_from_camera=np.eye(4), lens=lens, t_max_mm=free)


def test_the_bar_is_there_while_a_field_is(desk):
    session, _, _, bar, _ = desk
    assert bar.plan is None
    opened(session, field_layer())
    assert (bar.plan.view_count, bar.plan.view_text, bar.plan.time) == (3, "3 views", None)
    session.do(RemoveLayer(layer_id=LayerId(1), title="Remove"))
    assert bar.plan is None


def test_a_view_at_rest_is_asked_for_with_mode_and_time_of_the_layer(desk):
    session, rendering, pane, _, _ = desk
    pane.field_asked.emit(view())
    assert rendering.questions == []
    shown = FieldDisplay(mode=FieldMode.OPACITY, time=0.25)
    layer = field_layer(display=shown)
    opened(session, layer)
    asked = view()
    pane.field_asked.emit(asked)
    (question,) = rendering.questions
    assert question.field is layer.data
    assert (question.view, question.mode, question.time) == (asked, FieldMode.OPACITY, 0.25)


def test_a_hand_that_moves_the_view_stops_the_rendering(desk):
    session, rendering, pane, _, _ = desk
    pane.field_moved.emit()
    assert rendering.calls == []
    opened(session, field_layer())
    rendering.calls.clear()
    pane.field_moved.emit()
    assert rendering.calls == ["move"]


def test_a_jump_stands_in_the_camera_of_a_view_and_flies(desk):
    session, _, pane, bar, presenter = desk
    opened(session, field_layer())
    presenter.jump(1)
    pose, lens = pane.through[-1]
    assert pose[0, 3] == pytest.approx(5 + MM * 0.2)
    assert lens is LENSES[1]
    assert pane.is_flying
    assert bar.plan.is_flying
    assert (bar.plan.view_text, bar.plan.is_held_out) == ("2 / 3", True)


def test_steps_go_round_through_all_views(desk):
    session, _, _, bar, _ = desk
    opened(session, field_layer())
    seen = []
    for step in (1, 1, 1, 1, -1, -1):
        bar.stepped.emit(step)
        seen.append(bar.plan.view)
    assert seen == [0, 1, 2, 0, 2, 1]


def test_the_real_picture_belongs_to_the_view_that_was_jumped_to(desk):
    session, _, _, bar, presenter = desk
    opened(session, field_layer())
    bar.framed.emit(True)
    assert session.state.layers[0].display.frame == 0
    presenter.jump(2)
    assert session.state.layers[0].display.frame == 2
    bar.framed.emit(False)
    assert session.state.layers[0].display.frame is None


def test_modes_are_steps_that_can_be_undone(desk):
    session, _, _, bar, _ = desk
    opened(session, field_layer())
    bar.changed.emit("mode", FieldMode.DEPTH)
    assert session.state.layers[0].display.mode is FieldMode.DEPTH
    assert session.undo() == "View mode of field 1"
    assert session.state.layers[0].display.mode is FieldMode.COLOUR


def test_a_jump_in_a_moving_scene_goes_to_the_time_of_the_view(desk):
    session, _, _, bar, presenter = desk
    opened(session, field_layer(data=scene(is_moving=True)))
    assert bar.plan.time == 0.0
    presenter.jump(1)
    assert bar.plan.time == 0.5


def test_a_scene_that_is_opened_alone_is_seen_from_inside_and_one_beside_a_scan_is_not(desk):
    session, _, pane, _, presenter = desk
    opened(session, field_layer())
    presenter.begin_inside((LayerId(1),))
    assert len(pane.through) == 1
    session.do(RemoveLayer(layer_id=LayerId(1), title="Remove"))
    assert not pane.is_flying
    opened(session, scan_layer(), field_layer(2))
    presenter.begin_inside((LayerId(2),))
    assert len(pane.through) == 1


def test_a_frame_that_is_chosen_elsewhere_is_jumped_to(desk):
    session, _, pane, bar, _ = desk
    layer = field_layer()
    opened(session, layer)
    changes = {"display": FieldDisplay(frame=2)}
    session.do(ChangeLayer(layer_id=layer.id, changes=changes, title="Frame"))
    assert pane.through[-1][0][0, 3] == pytest.approx(5 + MM * 0.3)
    assert bar.plan.view == 2
    assert len(pane.through) == 1


def test_a_side_view_ends_the_flight(desk):
    session, _, pane, bar, presenter = desk
    opened(session, field_layer())
    presenter.jump(0)
    assert bar.plan.is_flying
    pane.flight_ended.emit()
    assert not bar.plan.is_flying
