"""The field in the window: flight by mouse and keys, the bar over the pane, views that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from analytic_field import ball_picture, field_plan
from gui_acts import heard, wheel
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medview.core.lens import Lens
from medview.core.plans import VolumePlan
from medview.core.radiance import FieldMode
from medview.gui.field_bar import FieldBar
from medview.present.ports.field_port import FieldBarPlan

BOUNDS = ((-60.0, -60.0, -60.0), (60.0, 60.0, 60.0))
KEYS = (Qt.Key.Key_W, Qt.Key.Key_A, Qt.Key.Key_S, Qt.Key.Key_D, Qt.Key.Key_Q, Qt.Key.Key_E)


@pytest.fixture
def pane(view, qtbot):
    view.volume.show(VolumePlan(field=field_plan((0, 0, 0), 20), bounds_ras=BOUNDS))
    pose = np.eye(4)
    pose[:3, 3] = (0, 0, 55)
    view.volume.look_through(pose, Lens.of_view_angle(80, 60, 60))
    qtbot.waitUntil(lambda: view.volume.painter.pictures_drawn > 1)
    return view.volume


def eye(pane, qtbot):
    """Where the camera stands once everything asked for is done."""
    told = []
    pane.ask_camera(lambda pose, _lens: told.append(pose[:3, 3]))
    qtbot.waitUntil(lambda: bool(told))
    return told[0]


def test_wheel_and_keys_fly_the_eye_and_the_menus_do_not_get_these_keys(view, pane, qtbot):
    triggered = heard(view.triggered)
    pane.set_flying(True)
    qtbot.waitUntil(pane.widget.hasFocus)
    start = eye(pane, qtbot)
    wheel(pane.widget, 120)
    assert eye(pane, qtbot)[2] < start[2] - 1
    moves = {}
    for key in KEYS:
        before = eye(pane, qtbot)
        QTest.keyClick(pane.widget, key)
        moves[key] = eye(pane, qtbot) - before
    forward, left, back, right, down, up = moves.values()
    assert forward[2] < -0.3 and back[2] > 0.3
    assert left[0] < -0.3 and right[0] > 0.3
    assert down[1] < -0.3 and up[1] > 0.3
    assert triggered == []


def test_the_same_keys_stay_the_menus_while_the_patient_is_turned(view, pane, qtbot):
    pane.widget.setFocus()
    start = eye(pane, qtbot)
    for key in KEYS:
        QTest.keyClick(pane.widget, key)
    assert eye(pane, qtbot) == pytest.approx(start)


def test_a_held_key_goes_on_until_it_is_let_go_or_the_focus_leaves(view, pane, qtbot):
    pane.set_flying(True)
    start = eye(pane, qtbot)
    QTest.keyPress(pane.widget, Qt.Key.Key_S)
    qtbot.wait(250)
    gone = eye(pane, qtbot)
    assert gone[2] > start[2] + 3
    pane.widget.clearFocus()
    qtbot.wait(50)
    there = eye(pane, qtbot)
    qtbot.wait(150)
    assert eye(pane, qtbot) == pytest.approx(there)


def test_a_drag_in_flight_looks_around_and_the_eye_stays(pane, qtbot):
    pane.set_flying(True)
    start = eye(pane, qtbot)
    middle = pane.widget.rect().center()
    QTest.mousePress(pane.widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    QTest.mouseMove(pane.widget, middle + QPoint(30, 20))
    QTest.mouseRelease(pane.widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    assert eye(pane, qtbot) == pytest.approx(start, abs=1e-6)


def test_a_view_at_rest_is_asked_for_once_and_its_answer_is_shown(pane, qtbot):
    views, moved = heard(pane.field_asked), heard(pane.field_moved)
    wheel(pane.widget, 120)
    wheel(pane.widget, 120)
    qtbot.waitUntil(lambda: bool(views), timeout=5000)
    qtbot.wait(200)
    assert len(views) == 1
    assert len(moved) == 1
    (view,) = views[0]
    ratio = pane.widget.devicePixelRatioF()
    assert (view.lens.width, view.lens.height) == tuple(
        round(side * ratio) for side in (pane.widget.width(), pane.widget.height())
    )
    pane.show_field(ball_picture(view, (0, 0, 0), 20, rgb=(1.0, 0.0, 1.0)))

    def is_magenta():
        image = pane.widget.grab().toImage()
        red, green, blue, _ = image.pixelColor(image.width() // 2, image.height() // 2).getRgb()
        return red > 250 and green < 5 and blue > 250

    qtbot.waitUntil(is_magenta)


@pytest.fixture
def bar(shown):
    made = FieldBar()
    shown(made.widget, 640, 60)
    return made


PLAN = FieldBarPlan(mode=FieldMode.DEPTH, view_count=12, view=3, view_text="4 / 12", points=False)


def test_the_bar_shows_what_there_is(bar):
    assert not bar.widget.isVisible()
    bar.show(PLAN)
    assert bar.widget.isVisible()
    assert not bar._share.isVisible()
    assert not bar._time.isVisible()
    bar.show(FieldBarPlan(is_framed=True, view_count=12, time=0.5))
    assert bar._share.isVisible() and bar._swipe.isVisible() and bar._time.isVisible()
    bar.show(FieldBarPlan())
    assert not (bar._framed.isVisible() or bar._back.isVisible())
    bar.show(None)
    assert not bar.widget.isVisible()


def test_what_is_shown_is_not_told_and_what_a_person_does_is(bar):
    changed, stepped, framed, flown = (heard(s) for s in (bar.changed, bar.stepped, bar.framed, bar.flown))
    bar.show(PLAN)
    bar.show(FieldBarPlan(is_framed=True, is_swipe=True, is_flying=True, view_count=12, share=0.2, time=0.7))
    assert (changed, stepped, framed, flown) == ([], [], [], [])
    bar._mode.setCurrentIndex(bar._mode.findData(FieldMode.UNCERTAINTY))
    bar._share.setValue(80)
    bar._swipe.click()
    bar._time.setValue(10)
    bar._switches["path"].trigger()
    bar._on.click()
    bar._back.click()
    bar._framed.click()
    bar._fly.click()
    assert changed == [
        ("mode", FieldMode.UNCERTAINTY), ("frame_share", 0.8), ("is_swipe", False), ("time", 0.1),
        ("path", True),
    ]  # fmt: skip
    assert (stepped, framed, flown) == ([(1,), (-1,)], [(False,)], [(False,)])


def test_a_side_view_or_a_reset_lands(pane, qtbot):
    ended = heard(pane.flight_ended)
    for land in (pane.reset_camera, lambda: pane.view_from("left")):
        pane.set_flying(True)
        land()
    assert ended == [(), ()]
    pane.reset_camera()
    assert len(ended) == 2
