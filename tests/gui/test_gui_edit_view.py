from __future__ import annotations

import pytest
from gui_acts import heard
from gui_plans import edit_plan
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QColorDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSlider,
    QToolButton,
)

from medview.core.state import Tool
from medview.gui.edit_view import EditView
from medview.gui.theme import DARK


@pytest.fixture
def panel(shown):
    made = EditView(DARK)
    shown(made.widget)
    made.show(edit_plan())
    return made


def tool(panel, word: str) -> QToolButton:
    return next(
        one for one in panel.widget.findChildren(QToolButton) if one.accessibleName().startswith(word)
    )


def button(panel, text: str) -> QPushButton:
    return next(one for one in panel.widget.findChildren(QPushButton) if one.text() == text)


def labels(panel) -> QListWidget:
    return panel.widget.findChild(QListWidget)


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def click_label(panel, index: int, act=QTest.mouseClick) -> None:
    place = labels(panel).visualItemRect(labels(panel).item(index)).center()
    act(labels(panel).viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


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
    panel.show(edit_plan(layer_name="", labels=(), why_not="Choose a mask first."))
    for word in ("Brush", "Eraser"):
        assert (tool(panel, word).isEnabled(), tool(panel, word).toolTip()) == (False, "Choose a mask first.")
    assert any(
        one.text() == "Choose a mask first." for one in panel.widget.findChildren(QLabel) if one.isVisible()
    )
    for text in ("Add label", "Rename", "Colour…"):
        assert not button(panel, text).isEnabled()
        assert button(panel, text).toolTip().startswith("Off because")
    panel.show(edit_plan())
    assert "3, B" in tool(panel, "Brush").toolTip()


def test_slider_and_box_tell_the_radius(panel):
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


def test_a_click_takes_a_label_by_its_number(panel):
    told = heard(panel.label_chosen)
    click_label(panel, 1)
    assert told == [(4,)]


def test_f2_renames_a_label_in_place_and_keeps_its_colour(panel):
    told = heard(panel.label_changed)
    labels(panel).setFocus()
    QTest.keyClick(labels(panel), Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "aorta")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert told == [(1, "aorta", (230, 40, 40))]


def test_a_label_keeps_its_name_when_none_is_given(panel):
    told = heard(panel.label_changed)
    for act in (QTest.mouseClick, QTest.mouseDClick):
        click_label(panel, 0, act)
    editor = QApplication.focusWidget()
    editor.clear()
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert told == []
    assert labels(panel).item(0).text() == "artery"


def test_a_name_being_typed_survives_a_change_of_radius(panel):
    click(button(panel, "Rename"))
    editor = QApplication.focusWidget()
    QTest.keyClicks(editor, "half")
    panel.show(edit_plan(radius_mm=5.0))
    assert QApplication.focusWidget() is editor
    assert editor.text() == "half"
    QTest.keyClick(editor, Qt.Key.Key_Escape)


def test_a_colour_is_asked_for_the_chosen_label(panel):
    told = heard(panel.label_changed)
    panel.show(edit_plan(label_value=4))

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QColorDialog)
        dialog.setCurrentColor(QColor(1, 2, 3))
        dialog.accept()

    QTimer.singleShot(100, choose)
    click(button(panel, "Colour…"))
    assert told == [(4, "vein", (1, 2, 3))]


def test_new_mask_and_new_label_are_told(panel):
    masks, added = heard(panel.mask_asked), heard(panel.label_added)
    click(button(panel, "New mask"))
    click(button(panel, "Add label"))
    assert (masks, added) == ([()], [()])


def test_taking_the_brush_is_told_once(panel):
    told = heard(panel.brush_taken)
    panel.show(edit_plan(tool=Tool.BRUSH))
    panel.show(edit_plan(tool=Tool.ERASER))
    panel.show(edit_plan(tool=Tool.NAVIGATE))
    panel.show(edit_plan(tool=Tool.ERASER))
    assert len(told) == 2
