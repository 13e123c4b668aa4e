from __future__ import annotations

import threading

import numpy as np
import pytest
from gui_acts import heard, wheel
from gui_plans import volume_plan
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.plans import RenderedVolumePlan, Shared, VolumePlan
from medview.core.state import Layout

_NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pane(view, qtbot):
    view.volume.show(volume_plan())
    qtbot.waitUntil(lambda: view.volume.painter.pictures_drawn > 0)
    return view.volume


def picture(pane, qtbot) -> bytes:
    """What the pane shows after everything asked for so far has been drawn at rest."""
    drawn = threading.Event()
    pane.painter.ask(lambda scene: (scene.set_interactive(False), drawn.set()))
    qtbot.waitUntil(drawn.is_set)
    seen = pane.painter.pictures_drawn
    pane.painter.ask()
    qtbot.waitUntil(lambda: pane.painter.pictures_drawn > seen)
    qtbot.wait(20)
    return bytes(pane.widget.grab().toImage().constBits())


def drag(pane, button, keys=_NO_KEYS) -> None:
    middle = pane.widget.rect().center()
    QTest.mousePress(pane.widget, button, keys, middle)
    QTest.mouseMove(pane.widget, middle + QPoint(30, 20))
    QTest.mouseRelease(pane.widget, button, keys, middle + QPoint(30, 20))


@pytest.mark.parametrize(
    "button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton]
)
def test_a_drag_moves_the_camera_and_a_reset_brings_it_back(pane, qtbot, button):
    pane.reset_camera()
    before = picture(pane, qtbot)
    drag(pane, button)
    assert picture(pane, qtbot) != before
    pane.reset_camera()
    assert picture(pane, qtbot) == before


def test_the_wheel_comes_nearer_and_goes_back(pane, qtbot):
    pane.reset_camera()
    before = picture(pane, qtbot)
    wheel(pane.widget, 240)
    nearer = picture(pane, qtbot)
    wheel(pane.widget, -240)
    assert nearer != before
    assert np.abs(np.frombuffer(picture(pane, qtbot), np.uint8).astype(int)
                  - np.frombuffer(before, np.uint8)).mean() < 1  # fmt: skip


def test_every_side_looks_different(pane, qtbot):
    sides = ("anterior", "posterior", "left", "right", "superior", "inferior")
    seen = set()
    for side in sides:
        pane.view_from(side)
        seen.add(picture(pane, qtbot))
    assert len(seen) == len(sides)


def test_a_double_click_asks_to_maximise(pane):
    told = heard(pane.maximise_asked)
    QTest.mouseDClick(pane.widget, Qt.MouseButton.LeftButton)
    assert told == [()]


def test_ctrl_click_picks_what_is_seen_and_nothing_elsewhere(pane, qtbot):
    voxels = np.zeros((32, 32, 32), np.float32)
    voxels[8:24, 8:24, 8:24] = 100
    geometry = Geometry(voxels.shape, np.diag([2.0, 2, 2, 1]))
    scan = RenderedVolumePlan(
        layer_id=LayerId(1), voxels=Shared(voxels), geometry=geometry, preset="MR head", low=0.0, high=100.0
    )
    pane.show(VolumePlan(volume=scan, bounds_ras=((0.0, 0.0, 0.0), (64.0, 64.0, 64.0))))
    pane.view_from("anterior")
    picture(pane, qtbot)
    told = heard(pane.picked)
    keys = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(pane.widget, Qt.MouseButton.LeftButton, keys, QPoint(2, 2))
    QTest.mouseClick(pane.widget, Qt.MouseButton.LeftButton, keys, pane.widget.rect().center())
    qtbot.waitUntil(lambda: bool(told))
    (point,) = told[0]
    assert len(told) == 1
    assert point == pytest.approx((31, 47, 31), abs=4)


def test_a_hidden_pane_draws_nothing(view, pane, qtbot):
    view.show_layout(Layout.AXIAL)
    before = -1
    while before != pane.painter.pictures_drawn:  # a picture under way may still come
        before = pane.painter.pictures_drawn
        qtbot.wait(200)
    pane.reset_camera()
    qtbot.wait(100)
    assert pane.painter.pictures_drawn == before
    view.show_layout(Layout.FOUR_UP)
    qtbot.waitUntil(lambda: pane.painter.pictures_drawn > before)


def test_the_words_of_an_empty_pane_do_not_stay_until_the_scan_is_drawn(view, qtbot):
    pane, go_on = view.volume, threading.Event()
    pane.show(VolumePlan(message="Drop a scan here"))
    assert any(picture(pane, qtbot))
    pane.painter.ask(lambda _scene: go_on.wait(10))
    pane.show(volume_plan())
    seen = pane.widget.grab().toImage()
    middle = [seen.pixelColor(x, seen.height() // 2).getRgb()[:3] for x in range(seen.width())]
    assert set(middle) == {(0, 0, 0)}
    go_on.set()
    assert any(picture(pane, qtbot))


def test_scissors_draw_an_outline_that_is_told_with_the_camera(pane, qtbot):
    told = heard(pane.cut)
    before = picture(pane, qtbot)
    pane.set_scissors(True)
    middle = pane.widget.rect().center()
    QTest.mousePress(pane.widget, Qt.MouseButton.LeftButton, _NO_KEYS, middle)
    for shift in ((30, 0), (30, 30)):
        QTest.mouseMove(pane.widget, middle + QPoint(*shift))
    assert len(pane.widget.outline) == 3
    QTest.mouseRelease(pane.widget, Qt.MouseButton.LeftButton, _NO_KEYS, middle + QPoint(30, 30))
    qtbot.waitUntil(lambda: bool(told))
    outline, camera, keeps_inside = told[0]
    assert len(outline) == 3 and camera.shape == (4, 4) and not keeps_inside
    assert np.abs(outline[0]).max() < 0.02  # the middle of the pane
    assert picture(pane, qtbot) == before  # the patient was not turned


def test_the_camera_of_scissors_sees_the_patient_from_the_front(pane, qtbot):
    told = []
    pane.reset_camera()
    pane.painter.ask(lambda scene: told.append(scene.picture_from_ras()))
    qtbot.waitUntil(lambda: bool(told))
    middle = np.mean(volume_plan().bounds_ras, axis=0)

    def seen_at(*shift):
        x, y, _, w = told[0] @ (*(middle + shift), 1.0)
        return x / w, y / w

    assert np.abs(seen_at(0, 0, 0)).max() < 1e-6
    assert seen_at(0, 0, 5)[1] > 0.01  # towards the head is up
    assert seen_at(-5, 0, 0)[0] > 0.01  # the patient's left is on the right
