from __future__ import annotations

import pytest
from gui_acts import heard, wheel
from gui_plans import CENTER, slice_plan
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medview.core.state import Layout, Orientation


@pytest.fixture
def axial(view, qtbot):
    pane = view.slices[Orientation.AXIAL]
    pane.show(slice_plan(Orientation.AXIAL))
    pane.widget.draw()
    return pane


def middle(widget) -> QPoint:
    return QPoint(widget.width() // 2, widget.height() // 2)


def test_showing_a_plan_asks_for_a_frame(axial, frames):
    frames.clear()
    axial.show(slice_plan(Orientation.AXIAL, zoom=2.0))
    assert frames == [axial.widget]


def test_a_shown_plan_becomes_a_picture(axial):
    picture = axial.widget.picture()
    colours = {picture.pixelColor(x, picture.height() // 2).lightness() for x in range(picture.width())}
    assert len(colours) > 8


@pytest.mark.parametrize(
    ("button", "word"),
    [
        (Qt.MouseButton.LeftButton, "left"),
        (Qt.MouseButton.MiddleButton, "middle"),
        (Qt.MouseButton.RightButton, "right"),
    ],
)
def test_a_drag_is_told_in_patient_millimetres(axial, button, word):
    pressed, moved, released = heard(axial.pressed), heard(axial.moved), heard(axial.released)
    start = middle(axial.widget)
    QTest.mousePress(axial.widget, button, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(axial.widget, start + QPoint(20, -10))
    QTest.mouseRelease(axial.widget, button, Qt.KeyboardModifier.NoModifier, start + QPoint(20, -10))
    assert [event[0].button for event in pressed + released] == [word, word]
    first, last = pressed[0][0], released[0][0]
    assert first.position_ras == pytest.approx(CENTER, abs=first.mm_per_pixel)
    # right on the screen is the patient's left: x falls; up is anterior: y rises
    dx, dy, dz = (b - a for a, b in zip(first.position_ras, last.position_ras, strict=True))
    assert dx == pytest.approx(-20 * first.mm_per_pixel)
    assert dy == pytest.approx(10 * first.mm_per_pixel)
    assert dz == pytest.approx(0)
    assert moved
    assert moved[-1][0].button == word


def test_a_move_without_a_button_is_told_as_such(axial):
    moved = heard(axial.moved)
    QTest.mouseMove(axial.widget, middle(axial.widget) + QPoint(3, 3))
    QTest.mouseMove(axial.widget, middle(axial.widget) + QPoint(9, 3))
    assert moved[-1][0].button == ""


def test_keys_held_at_a_press_are_told(axial):
    pressed = heard(axial.pressed)
    QTest.mousePress(axial.widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseRelease(axial.widget, Qt.MouseButton.LeftButton)
    QTest.mousePress(axial.widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseRelease(axial.widget, Qt.MouseButton.LeftButton)
    assert [(event[0].shift, event[0].ctrl) for event in pressed] == [(True, False), (False, True)]


def test_a_second_button_does_not_end_the_drag_of_the_first(axial):
    pressed, released = heard(axial.pressed), heard(axial.released)
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
        QTest.mousePress(axial.widget, button)
    QTest.mouseRelease(axial.widget, Qt.MouseButton.RightButton)
    assert (len(pressed), len(released)) == (1, 0)
    QTest.mouseRelease(axial.widget, Qt.MouseButton.LeftButton)
    assert released[0][0].button == "left"


def test_a_pane_hidden_under_a_held_button_lets_go(axial, view):
    released = heard(axial.released)
    QTest.mousePress(axial.widget, Qt.MouseButton.LeftButton)
    view.show_layout(Layout.VOLUME)
    assert len(released) == 1


def test_a_release_outside_the_pane_tells_that_the_mouse_left(axial):
    left = heard(axial.left)
    QTest.mousePress(axial.widget, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(
        axial.widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(-40, 20)
    )
    assert len(left) == 1


def test_a_double_click_is_told_once(axial):
    double = heard(axial.double_clicked)
    QTest.mouseDClick(axial.widget, Qt.MouseButton.LeftButton)
    assert [event[0].button for event in double] == ["left"]


@pytest.mark.parametrize(
    ("keys", "ctrl", "shift"),
    [
        (Qt.KeyboardModifier.NoModifier, False, False),
        (Qt.KeyboardModifier.ControlModifier, True, False),
        (Qt.KeyboardModifier.ShiftModifier, False, True),
    ],
)
def test_the_wheel_tells_steps_and_keys(axial, keys, ctrl, shift):
    scrolled = heard(axial.scrolled)
    wheel(axial.widget, 240, keys)
    wheel(axial.widget, -120, keys)
    assert scrolled == [(2, ctrl, shift), (-1, ctrl, shift)]


def test_small_turns_of_a_trackpad_add_up_to_steps(axial):
    scrolled = heard(axial.scrolled)
    for _ in range(9):
        wheel(axial.widget, 40)
    assert scrolled == [(1, False, False)] * 3


def test_turning_back_starts_afresh(axial):
    scrolled = heard(axial.scrolled)
    wheel(axial.widget, 110)
    wheel(axial.widget, -60)
    wheel(axial.widget, -60)
    assert scrolled == [(-1, False, False)]


def test_the_wheel_works_while_another_window_is_active(axial, shown):
    from PySide6.QtWidgets import QLineEdit

    shown(QLineEdit())
    scrolled = heard(axial.scrolled)
    wheel(axial.widget, 120)
    assert scrolled == [(1, False, False)]


@pytest.mark.parametrize("shape", ["cross", "arrow", "none", "window", "move"])
def test_every_cursor_shape_exists(axial, shape):
    axial.set_cursor_shape(shape)
    expected = Qt.CursorShape.BlankCursor if shape == "none" else axial.widget.cursor().shape()
    assert axial.widget.cursor().shape() == expected


def test_a_hidden_pane_asks_for_a_frame_when_it_comes_back(view, axial, frames, qtbot):
    view.show_layout(Layout.CORONAL)
    frames.clear()
    view.show_layout(Layout.FOUR_UP)
    qtbot.waitUntil(lambda: axial.widget in frames)
