from __future__ import annotations

import pytest
from gui_acts import heard, wheel
from gui_plans import layer_row, mask_row
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QListWidget,
    QSlider,
    QToolButton,
)

from medview.gui.layers_view import LayersView
from medview.gui.theme import DARK, LIGHT


@pytest.fixture
def panel(shown):
    made = LayersView(DARK)
    made.show_colormaps(("gray", "hot"))
    shown(made.widget)
    made.show((mask_row(3, "vessels"), layer_row(2, "FLAIR"), layer_row(1, "T2")), 2)
    return made


def named(panel, kind, name):
    found = [widget for widget in panel.widget.findChildren(kind) if widget.accessibleName() == name]
    assert len(found) == 1, [widget.accessibleName() for widget in panel.widget.findChildren(kind)]
    return found[0]


def lines(panel) -> QListWidget:
    return named(panel, QListWidget, "Layers")


def press(button: QToolButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_layers_are_listed_top_first_and_the_active_one_is_chosen(panel):
    texts = [lines(panel).item(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(3)]
    assert texts == ["vessels, labels", "FLAIR, image", "T2, image"]
    assert lines(panel).currentRow() == 1


def test_showing_rows_tells_nothing(panel):
    told = heard(panel.activated) + heard(panel.changed) + heard(panel.window_changed)
    panel.show((mask_row(3, "vessels", opacity=0.2), layer_row(1, "T2", low=5, high=9)), 1)
    assert told == []


def test_a_click_on_a_line_activates_its_layer(panel):
    told = heard(panel.activated)
    place = lines(panel).visualItemRect(lines(panel).item(2)).center()
    QTest.mouseClick(
        lines(panel).viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
    )
    assert told == [(1,)]


def test_the_arrow_keys_walk_through_the_list(panel):
    told = heard(panel.activated)
    QTest.keyClick(lines(panel), Qt.Key.Key_Up)
    assert told == [(3,)]


def test_the_eye_asks_to_hide_and_to_show(panel):
    told = heard(panel.changed)
    press(named(panel, QToolButton, "Hide FLAIR"))
    panel.show((layer_row(2, "FLAIR", visible=False),), 2)
    press(named(panel, QToolButton, "Show FLAIR"))
    assert told == [(2, "visible", False), (2, "visible", True)]


def test_a_new_name_is_told_when_it_is_finished(panel):
    told = heard(panel.changed)
    name = named(panel, QLineEdit, "Name")
    name.selectAll()
    QTest.keyClicks(name, "Rest")
    assert told == []
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert told == [(2, "name", "Rest")]


def test_an_empty_name_is_not_taken(panel):
    told = heard(panel.changed)
    name = named(panel, QLineEdit, "Name")
    name.clear()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert told == []
    assert name.text() == "FLAIR"


def test_a_double_click_on_a_line_edits_the_name(panel, qtbot):
    place = lines(panel).visualItemRect(lines(panel).item(1)).center()
    viewport = lines(panel).viewport()
    for act in (QTest.mouseClick, QTest.mouseDClick):
        act(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    qtbot.waitUntil(named(panel, QLineEdit, "Name").hasFocus)


def test_the_opacity_slider_tells_parts_of_one(panel):
    told = heard(panel.changed)
    QTest.keyClick(named(panel, QSlider, "Opacity"), Qt.Key.Key_Home)
    assert told == [(2, "opacity", 0.0)]


def test_the_wheel_over_a_field_without_the_focus_changes_nothing(panel):
    told = heard(panel.changed) + heard(panel.window_changed)
    for field in (named(panel, QSlider, "Opacity"), named(panel, QDoubleSpinBox, "Lowest shown value")):
        wheel(field, 120)
    assert told == []


def test_a_window_bound_is_told_with_the_other_in_order(panel):
    told = heard(panel.window_changed)
    low = named(panel, QDoubleSpinBox, "Lowest shown value")
    low.selectAll()
    QTest.keyClicks(low, "150")
    assert told == []
    QTest.keyClick(low, Qt.Key.Key_Return)
    assert told == [(2, 100.0, 150.0)]


def test_a_colour_map_is_chosen_by_its_swatch(panel):
    told = heard(panel.changed)
    box = named(panel, QComboBox, "Colours")
    assert not box.itemIcon(1).isNull()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert told == [(2, "colormap", "hot")]


def test_a_mask_shows_outline_surface_and_smoothing_instead_of_a_window(panel):
    told = heard(panel.changed)
    panel.show((mask_row(3, "vessels"), layer_row(1, "T2")), 3)
    assert not named(panel, QComboBox, "Colours").isVisible()
    boxes = {box.text(): box for box in panel.widget.findChildren(QCheckBox)}
    for text in ("Outline", "Surface in 3-D"):
        QTest.mouseClick(boxes[text], Qt.MouseButton.LeftButton, pos=QPoint(8, boxes[text].height() // 2))
    smoothing = named(panel, QDoubleSpinBox, "Smoothing")
    QTest.keyClick(smoothing, Qt.Key.Key_Up)
    assert told == [(3, "outline", True), (3, "surface", False), (3, "smoothing_mm", 1.0)]


def test_the_buttons_move_and_remove_the_active_layer(panel):
    moved, removed = heard(panel.moved), heard(panel.removed)
    press(named(panel, QToolButton, "Move the layer up, over the next one"))
    press(named(panel, QToolButton, "Move the layer down, under the next one"))
    press(named(panel, QToolButton, "Remove the layer"))
    assert moved == [(2, 1), (2, -1)]
    assert removed == [(2,)]


def test_buttons_that_are_off_say_why(panel):
    panel.show((layer_row(1, "T2"),), 1)
    up = named(panel, QToolButton, "Move the layer up, over the next one")
    down = named(panel, QToolButton, "Move the layer down, under the next one")
    assert (up.isEnabled(), up.toolTip()) == (False, "This layer is already at the top")
    assert (down.isEnabled(), down.toolTip()) == (False, "This layer is already at the bottom")
    panel.show((), None)
    trash = named(panel, QToolButton, "Remove the layer")
    assert (trash.isEnabled(), trash.toolTip()) == (False, "Choose a layer in the list first")


def test_nothing_open_says_how_to_open_something(panel):
    panel.show((), None)
    assert not lines(panel).isVisible()
    assert panel._empty.isVisible()
    assert "Ctrl+O" in panel._empty.text()


def test_a_long_name_is_cut_and_told_in_the_tooltip(panel):
    long = "x" * 300
    panel.show((layer_row(1, long),), 1)
    line = lines(panel).itemWidget(lines(panel).item(0))
    assert "…" in line._name.shown_text()
    assert long in line.toolTip()
    assert panel.widget.width() <= 340


def test_a_name_that_looks_like_markup_is_shown_letter_by_letter(panel):
    panel.show((layer_row(1, "<b>bold</b><img src='file:///x'>"),), 1)
    line = lines(panel).itemWidget(lines(panel).item(0))
    assert line._name.textFormat() == Qt.TextFormat.PlainText
    assert "<img" not in line.toolTip()


def test_a_name_being_typed_survives_a_refresh(panel):
    name = named(panel, QLineEdit, "Name")
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "half a na")
    panel.show((layer_row(2, "FLAIR", opacity=0.4), layer_row(1, "T2")), 2)
    assert name.text() == "half a na"


def test_another_theme_keeps_rows_and_choice(panel):
    panel.dress(LIGHT)
    assert lines(panel).currentRow() == 1
    assert lines(panel).count() == 3


def test_every_control_has_a_name_and_a_tooltip(panel):
    kinds = (QLineEdit, QSlider, QComboBox, QDoubleSpinBox, QToolButton, QListWidget)
    controls = [widget for kind in kinds for widget in panel.widget.findChildren(kind)]
    controls = [widget for widget in controls if not widget.objectName().startswith("qt_")]
    assert [widget for widget in controls if not (widget.accessibleName() and widget.toolTip())] == []
