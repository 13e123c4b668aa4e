from __future__ import annotations

from pathlib import Path

import pytest
from gui_acts import heard
from gui_plans import form, labels_plan, layer_row, model_rows
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QTableView,
    QToolBar,
    QToolButton,
)

from medview.core.state import Orientation
from medview.present.ports.menu_port import ActionRow, RecentRow

ROWS = (
    ActionRow(action_id="file.open", title="&Open…", shortcuts=("Ctrl+O",), tip="Open files.", icon="open"),
    ActionRow(action_id="file.sample", title="Sample", icon="sample"),
    ActionRow(action_id="file.save", title="Save", shortcuts=("Ctrl+S",), icon="save", why_not="No mask."),
    ActionRow(action_id="edit.cancel", title="Cancel", shortcuts=("Esc",), group="cancel"),
    ActionRow(action_id="view.up", title="Up", shortcuts=("Up", "Right"), group="a"),
    ActionRow(action_id="view.full", title="Full screen", shortcuts=("F11",), group="b"),
    ActionRow(action_id="3d.front", title="From the front"),
    ActionRow(action_id="tools.brush", title="Brush", shortcuts=("3", "B"), icon="brush", checked=False),
    ActionRow(action_id="tools.smaller", title="Smaller", shortcuts=("[",)),
    ActionRow(action_id="layer.up", title="Move up", shortcuts=("Ctrl+Up",), icon="up"),
    ActionRow(action_id="layer.rename", title="Rename", shortcuts=("F2",)),
    ActionRow(action_id="help.guide", title="Guide", shortcuts=("F1",), icon="help"),
)


@pytest.fixture
def told(view):
    view.show_actions(ROWS)
    return heard(view.triggered)


def menus(view) -> dict[str, QMenu]:
    return {action.text(): action.menu() for action in view.window.menuBar().actions()}


def on_bar(view) -> dict[str, QToolButton]:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    bars = view.window.findChildren(QToolBar)
    found = [one for bar in bars for one in bar.findChildren(QToolButton)]
    return {one.defaultAction().text(): one for one in found if one.defaultAction() is not None}


def test_the_menus_follow_the_table(view, told):
    names = ["&File", "&Edit", "&View", "3-&D", "&Tools", "&Layer", "&Help"]
    assert list(menus(view)) == names
    file = [action.text() for action in menus(view)["&File"].actions()]
    assert file == ["&Open…", "Sample", "Open &recent", "Save"]
    assert [action.isSeparator() for action in menus(view)["&View"].actions()] == [False, True, False]


def test_the_tool_bar_shows_what_has_an_icon_but_the_layers_own(view, told):
    assert list(on_bar(view)) == ["&Open…", "Sample", "Save", "Brush", "Guide"]
    assert on_bar(view)["&Open…"].accessibleName() == "Open"


def test_tooltips_tell_keys_and_deed_or_why_it_is_off(view, told):
    assert on_bar(view)["&Open…"].toolTip() == "Open (Ctrl+O)\nOpen files."
    assert on_bar(view)["Save"].toolTip() == "Save (Ctrl+S)\nOff: No mask."
    assert not on_bar(view)["Save"].isEnabled()


def test_a_click_on_the_bar_is_told(view, told):
    QTest.mouseClick(on_bar(view)["&Open…"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(on_bar(view)["Save"], Qt.MouseButton.LeftButton)
    assert told == [("file.open",)]


def test_a_switch_shows_what_the_presenter_says_and_not_what_was_clicked(view, told):
    QTest.mouseClick(on_bar(view)["Brush"], Qt.MouseButton.LeftButton)
    assert told == [("tools.brush",)]
    assert not on_bar(view)["Brush"].isChecked()
    on = tuple(row if row.checked is None else ActionRow(**(vars(row) | {"checked": True})) for row in ROWS)
    view.show_actions(on)
    assert on_bar(view)["Brush"].isChecked()
    QTest.mouseClick(on_bar(view)["Brush"], Qt.MouseButton.LeftButton)
    assert on_bar(view)["Brush"].isChecked()


@pytest.mark.parametrize(
    ("key", "keys", "action_id"),
    [
        (Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier, "file.open"),
        (Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "tools.brush"),
        (Qt.Key.Key_3, Qt.KeyboardModifier.NoModifier, "tools.brush"),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.NoModifier, "tools.smaller"),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, "view.up"),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier, "view.full"),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, "edit.cancel"),
    ],
)
def test_keys_work_while_a_pane_has_the_focus(view, told, key, keys, action_id):
    for pane in (view.slices[Orientation.CORONAL].widget, view.volume.widget):
        pane.setFocus()
        told.clear()
        QTest.keyClick(pane, key, keys)
        assert told == [(action_id,)]


@pytest.fixture
def name(view, told) -> QLineEdit:
    view.layers.show((layer_row(2, "FLAIR"), layer_row(1, "T2")), 2)
    field = next(one for one in view.layers.widget.findChildren(QLineEdit) if one.accessibleName() == "Name")
    field.setFocus()
    return field


def test_single_keys_are_letters_while_a_person_types(name, told):
    name.clear()
    QTest.keyClicks(name, "B3[")
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(name, key)
    assert name.text() == "B3["
    assert told == []


def test_commands_work_while_a_person_types(name, told):
    QTest.keyClick(name, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(name, Qt.Key.Key_F11)
    assert told == [("file.open",), ("view.full",)]


def test_escape_takes_back_what_was_typed(view, name, told):
    changed = heard(view.layers.changed)
    QTest.keyClicks(name, "xyz")
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert name.text() == "FLAIR"
    assert not name.hasFocus()
    assert (changed, told) == ([], [])


def test_lists_keep_the_arrows_and_leave_the_letters(view, name, told):
    layers = view.layers.widget.findChild(QListWidget)
    layers.setFocus()
    activated = heard(view.layers.activated)
    QTest.keyClick(layers, Qt.Key.Key_Down)
    assert (activated, told) == ([(1,)], [])
    QTest.keyClick(layers, Qt.Key.Key_B)
    assert told == [("tools.brush",)]


def test_choices_and_sliders_keep_the_arrows_and_leave_the_letters(view, told):
    from PySide6.QtWidgets import QComboBox

    view.tools.show_models(model_rows(), "vessels")
    view.tools.show_form(form())
    box = next(one for one in view.tools.widget.findChildren(QComboBox) if one.accessibleName() == "Model")
    box.setFocus()
    chosen = heard(view.tools.model_chosen)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert (chosen, told) == ([("scar",)], [])
    QTest.keyClick(box, Qt.Key.Key_B)
    assert told == [("tools.brush",)]


def test_f2_in_the_labels_renames_the_label_and_not_the_layer(view, told):
    view.labels.show(labels_plan())
    view._side.show_panel("paint")
    labels = view.edit.widget.findChild(QTableView)
    labels.setFocus()
    QTest.keyClick(labels, Qt.Key.Key_F2)
    assert told == []
    assert labels.state() == QTableView.State.EditingState


def test_facts_that_can_only_be_read_leave_commands_alone(view, name, told):
    facts = view.layers.widget.findChild(QPlainTextEdit)
    facts.setVisible(True)
    facts.setFocus()
    QTest.keyClick(facts, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert told == [("file.open",)]


def test_recent_files_stand_in_the_menu_and_those_gone_are_off(view, told):
    chosen = heard(view.recent_chosen)
    view.show_recent(
        (
            RecentRow(path=Path("/scans/R&D.nii"), name="R&D.nii", exists=True),
            RecentRow(path=Path("/scans/old.nii"), name="old.nii", exists=False),
        )
    )
    recent = next(action.menu() for action in menus(view)["&File"].actions() if action.menu())
    first, second = recent.actions()
    assert first.text() == "R&&D.nii"
    assert first.toolTip() == f"R&D.nii\nin {Path('/scans')}"
    assert not second.isEnabled()
    first.trigger()
    assert chosen == [(Path("/scans/R&D.nii"),)]


def test_a_table_with_other_actions_rebuilds_the_menus(view, told):
    view.show_actions(ROWS[:1])
    assert list(menus(view)) == ["&File"]
    assert list(on_bar(view)) == ["&Open…"]


def test_a_narrow_window_hides_tools_behind_the_arrow(view, told):
    many = tuple(ActionRow(action_id=f"view.n{n}", title=f"N{n}", icon="reset", group="g") for n in range(60))
    view.show_actions(many)
    view.window.resize(900, 600)
    assert view.window.width() == 900
    assert view.window.minimumSizeHint().width() <= 900
