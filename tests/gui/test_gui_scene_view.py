"""The Scene tab as real widgets: the circle under the mouse, the strip, what a training may be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gui_acts import heard
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QPushButton, QTreeWidget

from medview.core.plans import Shared
from medview.gui.circle_editor import CircleEditor
from medview.gui.scene_view import SceneView
from medview.gui.theme import DARK
from medview.present.ports.scene_port import (
    FrameRow,
    FramesPlan,
    LookPlan,
    MaskPlan,
    ScenePlan,
    StepRow,
    StepState,
    TrainPlan,
    ViewRow,
)
from medview.session.fields.reading import MASKED

NAMES = ("frames", "mask", "poses", "train", "view")
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def plan(**parts):
    steps = tuple(StepRow(name=name, title=name, state=StepState.TODO, words="") for name in NAMES)
    return ScenePlan(steps=steps, banner="Not for measurement.", **parts)


def mask_plan(**changes):
    picture = Shared(np.full((150, 300, 3), 90, np.uint8))
    facts = {"picture": picture, "size": (600, 300), "circle": (300.0, 150.0, 100.0), "frame_name": "000"}
    return MaskPlan(**{**facts, **changes})


@pytest.fixture
def view(qtbot):
    made = SceneView(DARK)
    qtbot.addWidget(made.widget)
    made.widget.resize(314, 700)
    made.widget.show()
    return made


@pytest.fixture
def editor(view):
    view.show(plan(mask=mask_plan()))
    view.open_step("mask")
    QTest.qWait(20)
    found = view.widget.findChild(CircleEditor)
    assert found.isVisible()
    return found


def place(editor, x, y):
    scale = editor.width() / 600
    return QPoint(round(x * scale), round(y * scale))


def drag(editor, start, end, button=LEFT):
    QTest.mousePress(editor, button, pos=place(editor, *start))
    QTest.mouseMove(editor, place(editor, *end))
    QTest.mouseRelease(editor, button, pos=place(editor, *end))


def test_the_rim_is_dragged_in_pixels_of_the_frame(view, editor):
    told = heard(view.circle_moved)
    drag(editor, (400, 150), (430, 150))
    ((cx, cy, radius),) = told
    assert (cx, cy) == (300, 150)
    assert abs(radius - 130) < 4


def test_the_circle_is_moved_by_its_inside_and_by_keys(view, editor):
    told = heard(view.circle_moved)
    drag(editor, (300, 150), (340, 170))
    assert abs(told[-1][0] - 340) < 4
    assert abs(told[-1][1] - 170) < 4
    assert told[-1][2] == 100
    view.show(plan(mask=mask_plan()))
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Right)
    assert told[-1][0] > 300
    QTest.keyClick(editor, Qt.Key.Key_Minus)
    assert told[-1][2] < 100


def test_a_click_outside_of_the_circle_changes_nothing(view, editor):
    told = heard(view.circle_moved)
    drag(editor, (50, 20), (90, 40))
    assert told == []


def test_the_brush_paints_and_the_right_button_takes_away(view, editor):
    told = heard(view.stroke_painted)
    editor.take_brush(True)
    drag(editor, (200, 100), (260, 120))
    drag(editor, (200, 100), (210, 100), RIGHT)
    (points, radius, hides), (_, _, hides_again) = told
    assert abs(points[0][0] - 200) < 4
    assert abs(points[-1][1] - 120) < 4
    assert radius > 0
    assert (hides, hides_again) == (True, False)


def test_frames_are_left_out_from_the_strip(view):
    picture = Shared(np.zeros((30, 40, 3), np.uint8))
    rows = tuple(
        FrameRow(name=str(n), picture=picture, is_excluded=n == 1, mark="blurred" if n == 2 else "")
        for n in range(3)
    )
    view.show(plan(frames=FramesPlan(title="cavity", rows=rows, summary="1 left out")))
    view.open_step("frames")
    told, chosen = heard(view.frame_excluded), heard(view.frame_chosen)
    strip = view.widget.findChild(QListWidget)
    assert strip.item(2).text() == "blurred"
    strip.setCurrentRow(1)
    assert chosen[-1] == (1,)
    button = next(b for b in view.widget.findChildren(QPushButton) if b.text() == "Take in")
    QTest.mouseClick(button, LEFT)
    assert told == [(1, False)]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("idle", {"Train"}),
        ("running", {"Pause", "Cancel"}),
        ("stopping", set()),
        ("paused", {"Go on", "Cancel"}),
        ("failed", {"Go on", "Cancel"}),
        ("done", {"Train another"}),
    ],
)
def test_a_training_offers_what_can_be_done_with_it_now(view, state, shown):
    view.show(plan(train=TrainPlan(state=state, methods=(("k-planes", "K-planes"),), method="k-planes")))
    view.open_step("train")
    texts = {"Train", "Pause", "Cancel", "Go on", "Train another"}
    buttons = [b for b in view.widget.findChildren(QPushButton) if b.text() in texts]
    assert {button.text() for button in buttons if button.isVisible()} == shown


def test_why_no_training_starts_stands_there(view):
    view.show(plan(train=TrainPlan(problem="Choose a video or frames first.")))
    view.open_step("train")
    button = next(b for b in view.widget.findChildren(QPushButton) if b.text() == "Train")
    assert not button.isEnabled()
    assert button.toolTip() == "Choose a video or frames first."


def test_a_view_is_chosen_by_a_double_click(view):
    rows = (ViewRow(frame=7, name="0094", is_held_out=True, psnr_circle=21.5),)
    view.show(plan(look=LookPlan(title="fox", rows=rows, count=16)))
    view.open_step("view")
    told = heard(view.look_chosen)
    table = view.widget.findChild(QTreeWidget)
    assert [table.topLevelItem(0).text(n) for n in range(4)] == ["0094", "21.50", "–", "–"]
    table.itemActivated.emit(table.topLevelItem(0), 0)
    assert told == [(7,)]


def test_one_step_is_open_at_a_time_and_all_fit_the_narrowest_panel(view):
    form = replace(MaskPlan().form, params=MASKED, values={param.name: param.default for param in MASKED})
    view.show(plan(mask=mask_plan(form=form)))
    for name in NAMES:
        view.open_step(name)
        assert [step for step in NAMES if view._steps[step].is_open] == [name]
        assert view.widget.widget().minimumSizeHint().width() <= 314
