from __future__ import annotations

import pytest
from gui_acts import heard
from gui_plans import edit_plan
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from medview.core.hand import ClickEngine, HandOptions, WandRule
from medview.core.state import Tool
from medview.gui.edit_view import EditView
from medview.gui.theme import DARK


@pytest.fixture
def panel(shown):
    made = EditView(DARK, QWidget())
    shown(made.widget)
    made.show(edit_plan())
    return made


def tool(panel, word: str) -> QToolButton:
    return next(
        one for one in panel.widget.findChildren(QToolButton) if one.accessibleName().startswith(word)
    )


def button(panel, text: str) -> QPushButton:
    return next(one for one in panel.widget.findChildren(QPushButton) if one.text() == text)


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("word", "chosen"), [("Window", Tool.WINDOW), ("Brush", Tool.BRUSH), ("Eraser", Tool.ERASER)]
)
def test_a_tool_is_told_and_shown_when_the_presenter_says_so(panel, word, chosen):
    told = heard(panel.tool_chosen)
    click(tool(panel, word))
    assert told == [(chosen,)]
    panel.show(edit_plan(tool=Tool.NAVIGATE))
    assert tool(panel, "Navigate").isChecked()
    assert not tool(panel, word).isChecked()


def test_painting_that_is_off_says_why(panel):
    panel.show(edit_plan(why_not="Choose a mask first."))
    for word in ("Brush", "Eraser"):
        assert (tool(panel, word).isEnabled(), tool(panel, word).toolTip()) == (False, "Choose a mask first.")
    assert any(
        one.text() == "Choose a mask first." for one in panel.widget.findChildren(QLabel) if one.isVisible()
    )
    panel.show(edit_plan())
    assert "3, B" in tool(panel, "Brush").toolTip()


def test_slider_and_box_tell_the_radius(panel):
    panel.show(edit_plan(tool=Tool.BRUSH))
    told = heard(panel.radius_changed)
    QTest.keyClick(panel.widget.findChild(QSlider), Qt.Key.Key_End)
    box = panel.widget.findChild(QDoubleSpinBox)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "7.5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert told == [(100.0,), (7.5,)]


@pytest.mark.parametrize("radius", [0.1, 0.5, 3.0, 42.0, 100.0])
def test_showing_a_radius_tells_nothing(panel, radius):
    told = heard(panel.radius_changed)
    panel.show(edit_plan(radius_mm=radius))
    assert told == []
    assert panel.widget.findChild(QDoubleSpinBox).value() == radius


def test_a_new_mask_is_told(panel):
    masks = heard(panel.mask_asked)
    click(button(panel, "New mask"))
    assert masks == [()]


def test_taking_the_brush_is_told_once(panel):
    told = heard(panel.brush_taken)
    panel.show(edit_plan(tool=Tool.BRUSH))
    panel.show(edit_plan(tool=Tool.ERASER))
    panel.show(edit_plan(tool=Tool.NAVIGATE))
    panel.show(edit_plan(tool=Tool.ERASER))
    assert len(told) == 2


def shown_fields(panel) -> set[str]:
    fields = panel.widget.findChildren(QWidget)
    names = {one.accessibleName() or getattr(one, "text", str)() for one in fields if one.isVisible()}
    known = {
        "Brush radius",
        "Ball, in 3-D",
        "Rule of the wand",
        "Tolerance of the wand",
        "Spread of the wand",
    }
    return names & (known | {"In 3-D", "Only values"})


@pytest.mark.parametrize(
    ("tool_in_hand", "hand", "fields"),
    [
        (Tool.NAVIGATE, {}, set()),
        (Tool.BRUSH, {}, {"Brush radius", "Ball, in 3-D", "Only values"}),
        (Tool.LASSO, {}, {"Only values"}),
        (Tool.WAND, {}, {"Rule of the wand", "Tolerance of the wand", "In 3-D", "Only values"}),
        (
            Tool.WAND,
            {"wand": WandRule.CONFIDENCE},
            {"Rule of the wand", "Spread of the wand", "Only values"},
        ),
        (Tool.BUCKET, {}, {"In 3-D", "Only values"}),
    ],
)
def test_only_what_belongs_to_the_tool_is_on_show(panel, tool_in_hand, hand, fields):
    panel.show(edit_plan(tool=tool_in_hand, hand=HandOptions(**hand)))
    assert shown_fields(panel) == fields


def test_switches_tell_the_whole_setting(panel):
    panel.show(edit_plan(tool=Tool.BRUSH))
    told = heard(panel.hand_changed)
    box = next(one for one in panel.widget.findChildren(QCheckBox) if one.text() == "Ball, in 3-D")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert told == [(HandOptions(is_ball=True),)]


def test_limits_of_values_are_off_until_they_are_asked_for(panel):
    panel.show(edit_plan(tool=Tool.LASSO))
    low = next(
        one
        for one in panel.widget.findChildren(QDoubleSpinBox)
        if one.accessibleName().startswith("Lowest value")
    )
    assert not low.isEnabled() and low.suffix() == " HU"
    panel.show(edit_plan(tool=Tool.LASSO, hand=HandOptions(range_on=True, range_low=12.0)))
    assert low.isEnabled() and low.value() == 12.0


def named(panel, kind, name):
    return next(one for one in panel.widget.findChildren(kind) if one.accessibleName() == name)


def test_smart_click_shows_its_own_settings_and_tells_them(panel):
    engine = named(panel, QComboBox, "What answers a smart click")
    threshold = named(panel, QDoubleSpinBox, "Threshold of the smart click")
    assert not engine.isVisible()
    panel.show(edit_plan(tool=Tool.CLICK))
    assert engine.isVisible() and threshold.isEnabled() and engine.currentText() == "PE-MED"
    told = heard(panel.hand_changed)
    engine.setCurrentText("Instant (no model)")
    threshold.setValue(40)
    assert [hand.click_engine for (hand,) in told] == [ClickEngine.INSTANT, ClickEngine.MODEL]
    assert told[1][0].click_threshold == 0.4
    panel.show(edit_plan(tool=Tool.CLICK, hand=HandOptions(click_engine=ClickEngine.INSTANT)))
    assert not threshold.isEnabled()


def test_smart_click_says_why_no_model_answers(panel):
    panel.show(edit_plan(tool=Tool.CLICK, why_no_click_model="The weights of PE-MED are not installed."))
    words = [one.text() for one in panel.widget.findChildren(QLabel) if one.isVisible()]
    assert "The weights of PE-MED are not installed. Instant answers." in words
    panel.show(edit_plan(tool=Tool.BRUSH))
    assert not any("PE-MED" in one.text() for one in panel.widget.findChildren(QLabel) if one.isVisible())
