from __future__ import annotations

import time

import numpy as np
import pytest
from fakes import FakeSliceView
from scans import grid, image_layer, mask_layer, opened, turned, volume

from medview.core.labels import LabelEntry
from medview.core.state import Layout, Orientation, Planes, Tool
from medview.jobs.lanes import InlineLane
from medview.ml.registry import Registry
from medview.present.hand.clicks import Clicks
from medview.present.hand.grip import Hand, Reach
from medview.present.hand.outlines import Outlines
from medview.present.ports.slice_port import Pointer
from medview.present.slice_presenter import SlicePresenter
from medview.present.stroke import Strokes
from medview.session.job_desk import JobDesk
from medview.session.journeys.clicking import Clicking
from medview.session.journeys.proposing import Proposing
from medview.session.notices import Notices


def clicking_of(session):
    notices = Notices()
    desk = JobDesk(lambda work: work(), notices.fail)
    return Clicking(session, desk, notices, Registry((), with_plugins=False), InlineLane())


class Panes:
    """The three panes of a session, with what they say."""

    def __init__(self, session):
        self.session = session
        self.strokes = Strokes(session)
        self.outlines = Outlines(session, self.strokes)
        self.clicks = Clicks(session, clicking_of(session))
        self.grown = []
        desk = JobDesk(lambda work: work(), print)
        self.reach = Reach(
            grow=lambda *asked: self.grown.append(asked),
            proposing=Proposing(session, desk, Notices(), InlineLane()),
        )
        self.hovers = []
        self.told = []
        self.views = {orientation: FakeSliceView() for orientation in Orientation}
        self.presenters = {
            orientation: SlicePresenter(
                session,
                view,
                orientation,
                Hand(strokes=self.strokes, outlines=self.outlines, clicks=self.clicks),
                self.reach,
                self.hover,
                self.told.append,
            )
            for orientation, view in self.views.items()
        }
        self.axial = self.views[Orientation.AXIAL]

    def hover(self, orientation, ras):
        self.hovers.append((orientation, ras))

    def counts(self):
        return [len(view.plans) for view in self.views.values()]


def at(*ras, px=(0.0, 0.0), button="", **more):
    return Pointer(position_ras=tuple(float(n) for n in ras), position_px=px, button=button, **more)


# scrolling


@pytest.mark.parametrize(
    ("orientation", "axis", "step"),
    [(Orientation.AXIAL, 2, 2.0), (Orientation.CORONAL, 1, 1.5), (Orientation.SAGITTAL, 0, 1.0)],
)
def test_a_wheel_step_goes_one_voxel_towards_head_front_or_right(orientation, axis, step):
    panes = Panes(opened())
    before = np.array(panes.session.state.view.cursor_ras)
    panes.views[orientation].scrolled.emit(1, False, False)
    first = np.array(panes.session.state.view.cursor_ras)
    panes.views[orientation].scrolled.emit(1, False, False)
    moved = np.array(panes.session.state.view.cursor_ras) - first
    assert moved[axis] == pytest.approx(step)
    assert np.count_nonzero(moved) == 1
    assert first[axis] > before[axis]


def test_scrolling_lands_on_voxel_centres_from_anywhere():
    panes = Panes(opened(cursor_ras=(0.3, 0.4, 1.9)))
    panes.axial.scrolled.emit(-1, False, False)
    base = panes.session.state.base
    assert base.geometry.ijk_of(panes.session.state.view.cursor_ras)[2] == pytest.approx(6.0)


@pytest.mark.parametrize("planes", Planes)
def test_scrolling_stays_within_the_scan_and_counts_its_slices(planes):
    tilted = grid(turn=turned(20))
    panes = Panes(opened(lambda s: image_layer(s, volume(tilted)), planes=planes))
    panes.axial.scrolled.emit(1000, False, False)
    last = panes.axial.plan.corner_texts[2]
    panes.axial.scrolled.emit(-1000, False, False)
    assert panes.axial.plan.corner_texts[2].startswith("slice 1 / ")
    count = last.split(" / ")[1]
    assert last == f"slice {count} / {count}"
    if planes is Planes.SCAN:
        assert count == "14"


def test_scrolling_in_planes_of_an_oblique_scan_meets_every_slice_once():
    tilted = grid(turn=turned(20))
    panes = Panes(opened(lambda s: image_layer(s, volume(tilted)), planes=Planes.SCAN))
    panes.axial.scrolled.emit(-100, False, False)
    seen = []
    for _ in range(14):
        seen.append(tilted.ijk_of(panes.session.state.view.cursor_ras)[2])
        panes.axial.scrolled.emit(1, False, False)
    assert np.allclose(seen, range(14))


def test_scrolling_shows_the_moved_pane_and_only_crosshairs_of_the_others():
    panes = Panes(opened())
    before = {o: view.plan for o, view in panes.views.items()}
    panes.axial.scrolled.emit(1, False, False)
    assert panes.counts() == [2, 2, 2]
    for orientation in (Orientation.CORONAL, Orientation.SAGITTAL):
        old, new = before[orientation], panes.views[orientation].plan
        changed = [n for n in old.__dataclass_fields__ if getattr(old, n) != getattr(new, n)]
        assert changed == ["crosshair_ras"]


def test_without_a_crosshair_scrolling_shows_the_moved_pane_alone():
    panes = Panes(opened(crosshair=False))
    panes.axial.scrolled.emit(1, False, False)
    assert panes.counts() == [2, 1, 1]


def test_a_hidden_pane_waits_until_it_is_shown():
    panes = Panes(opened(layout=Layout.AXIAL))
    assert panes.counts() == [1, 0, 0]
    panes.session.set_view(layout=Layout.FOUR_UP)
    assert panes.counts() == [1, 1, 1]


def test_ctrl_and_wheel_zoom_and_hold_what_is_under_the_pointer():
    panes = Panes(opened())
    held = np.array([2.0, -3.0, 0.0])
    panes.axial.moved.emit(at(*held))

    def offset_on_screen():
        plan = panes.axial.plan
        from_center = held - plan.center_ras
        return plan.zoom * np.array([from_center @ plan.right_ras, from_center @ plan.up_ras])

    before = offset_on_screen()
    panes.axial.scrolled.emit(3, True, False)
    assert panes.axial.plan.zoom == pytest.approx(1.15**3)
    assert np.allclose(offset_on_screen(), before)


def test_shift_and_wheel_size_the_brush():
    panes = Panes(opened(image_layer, mask_layer, tool=Tool.BRUSH, brush_radius_mm=5.0))
    cursor = panes.session.state.view.cursor_ras
    panes.axial.scrolled.emit(1, False, True)
    assert panes.session.state.view.brush_radius_mm == 6.0
    panes.axial.scrolled.emit(-100, False, True)
    assert panes.session.state.view.brush_radius_mm == 0.1
    assert panes.session.state.view.cursor_ras == cursor


# dragging


def test_a_left_drag_carries_the_crosshair():
    panes = Panes(opened())
    panes.axial.drag((1.0, 1.0, 0.0), (2.0, 3.0, 0.0))
    assert panes.session.state.view.cursor_ras == (2.0, 3.0, 0.0)


def test_the_crosshair_stops_at_the_border_of_the_scan():
    panes = Panes(opened())
    panes.axial.drag((0.0, 0.0, 0.0), (500.0, -500.0, 0.0))
    cursor = panes.session.state.view.cursor_ras
    assert cursor == (4.5, -8.5, 0.0)
    assert panes.session.state.base.geometry.voxel_at(cursor) == (9, 0, 7)


def test_a_window_drag_widens_to_the_right_brightens_upwards_and_is_one_undo_step():
    panes = Panes(opened(tool=Tool.WINDOW))
    before = panes.session.state.base.display
    panes.axial.drag(*[(0, 0, 0)] * 3, px=[(100, 100), (120, 90), (140, 60)])
    after = panes.session.state.base.display
    assert after.width > before.width
    assert after.level < before.level
    assert panes.session.undo_stack.undo_title == "Window of T2"
    panes.session.undo()
    assert panes.session.state.base.display == before
    assert panes.session.undo_stack.undo_title == "Open"


def test_a_window_drag_far_to_the_left_leaves_a_narrow_window_not_a_reversed_one():
    panes = Panes(opened(tool=Tool.WINDOW))
    panes.axial.drag((0, 0, 0), (0, 0, 0), px=[(1000, 100), (0, 100)])
    assert panes.session.state.base.display.width > 0


def test_a_middle_drag_moves_the_picture_with_the_mouse():
    panes = Panes(opened())
    panes.axial.pressed.emit(at(0, 0, 0, px=(50.0, 50.0), button="middle", mm_per_pixel=0.5))
    assert panes.axial.shapes[-1] == "move"
    panes.axial.moved.emit(at(0, 0, 0, px=(60.0, 46.0), button="middle", mm_per_pixel=0.5))
    panes.axial.released.emit(at(0, 0, 0, px=(60.0, 46.0), button="middle", mm_per_pixel=0.5))
    plan = panes.axial.plan
    assert np.dot(plan.center_ras, plan.right_ras) == pytest.approx(-5.0)
    assert np.dot(plan.center_ras, plan.up_ras) == pytest.approx(-2.0)
    assert panes.axial.shapes[-1] == "cross"


def test_a_right_drag_upwards_enlarges():
    panes = Panes(opened())
    panes.axial.drag((0, 0, 0), (0, 0, 0), button="right", px=[(100, 100), (100, 50)])
    assert panes.axial.plan.zoom == pytest.approx(1.01**50)


def test_escape_takes_any_drag_back():
    panes = Panes(opened(tool=Tool.WINDOW))
    before = panes.session.state.base.display
    panes.axial.pressed.emit(at(0, 0, 0, px=(100.0, 100.0), button="left"))
    panes.axial.moved.emit(at(0, 0, 0, px=(150.0, 100.0), button="left"))
    assert panes.session.state.base.display != before
    assert panes.presenters[Orientation.AXIAL].cancel()
    panes.axial.moved.emit(at(0, 0, 0, px=(190.0, 100.0), button="left"))
    assert panes.session.state.base.display == before


def test_a_double_click_maximises_and_comes_back():
    panes = Panes(opened())
    coronal = panes.views[Orientation.CORONAL]
    coronal.double_clicked.emit(at(0, 0, 0, button="left"))
    assert panes.session.state.view.layout is Layout.CORONAL
    coronal.double_clicked.emit(at(0, 0, 0, button="left"))
    assert panes.session.state.view.layout is Layout.FOUR_UP


# painting


def painting(tool=Tool.BRUSH, radius=1.2, **view):
    return Panes(opened(image_layer, mask_layer, tool=tool, brush_radius_mm=radius, **view))


def mask_of(panes):
    return panes.session.state.active.data.array


def test_a_brush_stroke_paints_the_slice_without_gaps_and_is_one_named_step():
    panes = painting(cursor_ras=(0.5, 0.75, 1.0))
    panes.axial.drag((-4.0, 0.75, 1.0), (4.0, 0.75, 1.0))
    painted = np.argwhere(mask_of(panes))
    assert set(painted[:, 2]) == {7}
    assert set(painted[:, 0]) >= set(range(1, 9))
    assert panes.session.undo_stack.undo_title == "Brush in vessels"
    panes.session.undo()
    assert not mask_of(panes).any()
    panes.session.redo()
    assert len(np.argwhere(mask_of(panes))) == len(painted)


def test_the_stroke_is_seen_while_it_is_painted():
    panes = painting(cursor_ras=(0.5, 0.75, 1.0))
    panes.axial.pressed.emit(at(0.5, 0.75, 1.0, button="left"))
    first = panes.axial.plan.layers[-1].revision
    panes.axial.moved.emit(at(3.5, 0.75, 1.0, button="left"))
    assert panes.axial.plan.layers[-1].revision > first > 0
    assert panes.strokes.is_open


def test_escape_takes_the_stroke_back_and_leaves_no_step():
    panes = painting(cursor_ras=(0.5, 0.75, 1.0))
    panes.axial.pressed.emit(at(0.5, 0.75, 1.0, button="left"))
    panes.axial.moved.emit(at(3.5, 0.75, 1.0, button="left"))
    assert mask_of(panes).any()
    panes.presenters[Orientation.AXIAL].cancel()
    panes.axial.moved.emit(at(-3.5, 0.75, 1.0, button="left"))
    panes.axial.released.emit(at(-3.5, 0.75, 1.0, button="left"))
    assert not mask_of(panes).any()
    assert panes.session.undo_stack.undo_title == "Open"


def test_the_eraser_erases_and_spares_locked_labels():
    locked = (
        LabelEntry(value=1, name="Vessel", colour=(230, 40, 40)),
        LabelEntry(value=2, name="Lesion", colour=(0, 158, 115), locked=True),
    )
    session = opened(
        image_layer, lambda s: mask_layer(s, entries=locked), tool=Tool.ERASER, brush_radius_mm=50
    )
    panes = Panes(session)
    labels = session.state.active.data
    labels._array[:5], labels._array[5:] = 1, 2
    panes.axial.drag((0.5, 0.75, 1.0), (0.5, 0.75, 1.0))
    assert set(np.unique(labels.array[:, :, 7])) == {0, 2}
    assert panes.session.undo_stack.undo_title == "Erase in vessels"


def test_painting_without_a_mask_says_what_to_do():
    panes = Panes(opened(tool=Tool.BRUSH))
    panes.axial.drag((0, 0, 0), (1, 1, 0))
    assert panes.told == ["Choose a mask in the layer list, or make one with New mask (Ctrl+M)."]
    assert panes.axial.shapes[-1] == "arrow"


def test_an_error_while_painting_takes_the_stroke_back():
    panes = painting(cursor_ras=(0.5, 0.75, 1.0))
    panes.axial.pressed.emit(at(0.5, 0.75, 1.0, button="left"))
    from medview.core.labels import Patch

    with pytest.raises(ValueError, match="leaves the map"):
        panes.strokes.paint(Patch((9, 0, 0), np.ones((5, 1, 1), np.uint8)))
    assert not mask_of(panes).any()
    assert not panes.strokes.is_open


# hovering


def test_hovering_changes_no_state_and_is_told_with_its_pane():
    panes = Panes(opened())
    before = panes.session.state
    panes.views[Orientation.SAGITTAL].moved.emit(at(0, 1, 2))
    assert panes.session.state is before
    assert panes.hovers == [(Orientation.SAGITTAL, (0.0, 1.0, 2.0))]
    panes.views[Orientation.SAGITTAL].left.emit()
    assert panes.hovers[-1] == (Orientation.SAGITTAL, None)
    assert panes.counts() == [1, 1, 1]


def test_the_circle_follows_the_mouse_and_the_scrolled_plane_and_goes_when_the_mouse_leaves():
    panes = painting()
    panes.axial.moved.emit(at(1, 2, 0))
    assert panes.axial.plan.brush.center_ras == (1.0, 2.0, 0.0)
    panes.axial.scrolled.emit(1, False, False)
    assert panes.axial.plan.brush.center_ras[2] == panes.session.state.view.cursor_ras[2] != 0
    panes.axial.left.emit()
    assert panes.axial.plan.brush is None


def test_hovering_and_scrolling_are_cheap():
    panes = painting()
    for deed, limit_ms in (
        (lambda n: panes.axial.moved.emit(at(n % 4, 2, 0)), 2.0),
        (lambda n: panes.axial.scrolled.emit(1 if n % 2 else -1, False, False), 8.0),
    ):
        times = []
        for n in range(60):
            start = time.perf_counter()
            deed(n)
            times.append(1000 * (time.perf_counter() - start))
        assert np.median(times) < limit_ms
