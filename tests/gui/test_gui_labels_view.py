"""The label table on the screen: mouse, keys, filter, editor."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from gui_acts import heard
from gui_plans import label_row, labels_plan
from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QColorDialog,
    QComboBox,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QTableView,
    QToolButton,
)

from medview.core.codes import Code, Terminology
from medview.core.labels import LabelEntry
from medview.core.origin import HAND, Maker, MakerKind, Origin
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.gui.label_dialog import LabelDialog
from medview.gui.label_model import Column
from medview.gui.labels_view import LabelsView
from medview.gui.theme import DARK
from medview.present.ports.labels_port import LabelRow, LabelsPlan, Vocabulary

CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT = Qt.MouseButton.LeftButton
KIDNEY, CYST = Code("64033007", "SCT", "Kidney"), Code("367643001", "SCT", "Cyst")
STRUCTURE, LEFT_SIDE = Code("91723000", "SCT", "Anatomical Structure"), Code("7771000", "SCT", "Left")
WORDS = Vocabulary(categories=(STRUCTURE,), types=(CYST, KIDNEY), sides=(LEFT_SIDE,))


@pytest.fixture
def panel(shown):
    made = LabelsView(DARK)
    shown(made.widget)
    made.show(labels_plan())
    return made


def table(panel) -> QTableView:
    return panel.widget.findChild(QTableView)


def button(panel, words: str) -> QToolButton:
    buttons = panel.widget.findChildren(QToolButton)
    return next(one for one in buttons if one.accessibleName().startswith(words))


def click(panel, line: int, column: Column, keys=NONE, act=QTest.mouseClick) -> None:
    view = table(panel)
    act(view.viewport(), LEFT, keys, view.visualRect(view.model().index(line, column)).center())


def press(panel, key, keys=NONE) -> None:
    table(panel).setFocus()
    QTest.keyClick(table(panel), key, keys)


def enter(editor) -> None:
    """Qt takes what was typed in a cell once it is back in its loop."""
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()


def shown_names(panel) -> list[str]:
    model = table(panel).model()
    return [model.index(line, Column.NAME).data() for line in range(model.rowCount(QModelIndex()))]


def test_a_line_shows_name_volume_and_note_and_says_the_rest_aloud(panel):
    cells = [[table(panel).model().index(line, column).data() for column in Column] for line in range(3)]
    assert [row[Column.NAME] for row in cells] == ["artery", "vein", "clot"]
    assert [row[Column.VOLUME] for row in cells] == ["1.23", "", "0.0120"]
    assert [row[Column.NOTE] for row in cells] == ["", "half done", ""]
    said = Qt.ItemDataRole.AccessibleTextRole
    spoken = [table(panel).model().index(2, column).data(said) for column in Column]
    assert spoken == [
        "red 40, green 190, blue 30", "clot", "locked", "shown", "not reviewed", "0.0120 millilitres", ""
    ]  # fmt: skip
    assert "number 9 in the file" in table(panel).model().index(2, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_the_painted_label_is_marked_and_a_click_takes_another(panel):
    told = heard(panel.chosen)
    assert table(panel).marked() == (1,)
    click(panel, 1, Column.NAME)
    assert told == [(4,)]
    panel.show(labels_plan(value=4))
    assert table(panel).marked() == (4,) and told == [(4,)]
    press(panel, Qt.Key.Key_Down)
    assert told == [(4,), (9,)]


def test_clicks_on_lock_and_eye_turn_them_and_take_no_label(panel):
    chosen, changed = heard(panel.chosen), heard(panel.changed)
    click(panel, 1, Column.LOCK)
    click(panel, 2, Column.LOCK)
    click(panel, 1, Column.EYE)
    assert changed == [((4,), {"locked": True}), ((9,), {"locked": False}), ((4,), {"visible": False})]
    assert chosen == [] and table(panel).marked() == (1,)


def test_a_line_says_who_made_the_label_and_its_review_is_turned_by_click_key_and_menu(panel):
    maker = Maker(kind=MakerKind.MODEL, name="t2_vessels", version="2", params=(("threshold", 0.5),))
    entry = replace(label_row(4, "vein").entry, origin=Origin((maker, HAND)), is_reviewed=True)
    panel.show(labels_plan(label_row(1, "artery"), LabelRow(entry=entry)))
    model, tip = table(panel).model(), Qt.ItemDataRole.ToolTipRole
    assert "Made by: model t2_vessels 2; then hand\nwith threshold=0.5" in model.index(1, Column.NAME).data(
        tip
    )
    assert model.index(1, Column.REVIEWED).data(Qt.ItemDataRole.AccessibleTextRole) == "reviewed"
    changed = heard(panel.changed)
    click(panel, 0, Column.REVIEWED)
    click(panel, 1, Column.REVIEWED)
    click(panel, 1, Column.NAME)
    press(panel, Qt.Key.Key_R)
    choose(context_menu(panel, 1), "Review again")
    yes, no = {"is_reviewed": True}, {"is_reviewed": False}
    assert changed == [((1,), yes), ((4,), no), ((4,), no), ((4,), no)]


def test_several_marked_labels_are_locked_hidden_moved_and_removed_by_keys(panel):
    changed, moved, removed = heard(panel.changed), heard(panel.moved), heard(panel.removed)
    click(panel, 0, Column.NAME)
    click(panel, 1, Column.NAME, SHIFT)
    press(panel, Qt.Key.Key_L)
    press(panel, Qt.Key.Key_H)
    press(panel, Qt.Key.Key_Up, CTRL)
    press(panel, Qt.Key.Key_Down, CTRL)
    press(panel, Qt.Key.Key_Delete)
    assert changed == [((1, 4), {"locked": True}), ((1, 4), {"visible": False})]
    assert moved == [((1, 4), -1), ((1, 4), 1)] and removed == [((1, 4),)]
    click(panel, 1, Column.LOCK)
    assert changed[-1] == ((1, 4), {"locked": True})


def test_marks_survive_new_volumes_other_orders_and_removed_lines(panel):
    click(panel, 0, Column.NAME)
    click(panel, 2, Column.NAME, CTRL)
    assert table(panel).marked() == (1, 9)
    panel.show(
        labels_plan(label_row(1, "artery", "2.00"), label_row(4, "vein"), label_row(9, "clot"), value=9)
    )
    assert table(panel).marked() == (1, 9)
    panel.show(labels_plan(label_row(9, "clot"), label_row(1, "artery"), value=9))
    assert table(panel).marked() == (9, 1)
    panel.show(labels_plan(label_row(1, "artery"), value=1))
    assert table(panel).marked() == (1,)


def test_f2_renames_in_place_and_an_empty_name_changes_nothing(panel):
    told, edited = heard(panel.changed), heard(panel.editor_asked)
    press(panel, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "aorta")
    panel.show(labels_plan(label_row(1, "artery", "1.50"), label_row(4, "vein"), label_row(9, "clot")))
    assert editor.text() == "aorta"
    enter(editor)
    assert told == [((1,), {"name": "aorta"})] and edited == []
    click(panel, 1, Column.NAME)
    click(panel, 1, Column.NAME, act=QTest.mouseDClick)
    QApplication.focusWidget().clear()
    enter(QApplication.focusWidget())
    assert len(told) == 1


def test_a_note_is_written_by_a_double_click(panel):
    told = heard(panel.changed)
    click(panel, 2, Column.NOTE)
    click(panel, 2, Column.NOTE, act=QTest.mouseDClick)
    QTest.keyClicks(QApplication.focusWidget(), "check L1")
    enter(QApplication.focusWidget())
    assert told == [((9,), {"note": "check L1"})]


def test_a_double_click_on_the_chip_asks_for_a_colour(panel):
    told = heard(panel.changed)

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QColorDialog)
        dialog.setCurrentColor(QColor(1, 2, 3))
        dialog.accept()

    QTimer.singleShot(100, choose)
    click(panel, 1, Column.COLOUR)
    click(panel, 1, Column.COLOUR, act=QTest.mouseDClick)
    assert told == [((4,), {"colour": (1, 2, 3)})]


def test_buttons_tell_their_deeds_and_are_off_with_a_reason(panel):
    added, moved, removed, edited = (
        heard(signal) for signal in (panel.added, panel.moved, panel.removed, panel.editor_asked)
    )
    for words in ("Add", "Move the marked labels up", "Remove", "Name, colour"):
        QTest.mouseClick(button(panel, words), LEFT)
    assert (added, moved, removed, edited) == ([()], [((1,), -1)], [((1,),)], [(1,)])
    panel.show(LabelsPlan(why_not="Choose a mask."))
    for words in ("Add", "Remove"):
        assert (button(panel, words).isEnabled(), button(panel, words).toolTip()) == (False, "Choose a mask.")


def many(count: int):
    return tuple(label_row(v, f"rib {v}", note="todo" if v == 30 else "") for v in range(1, count + 1))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("rib 11", ["rib 11", *(f"rib {v}" for v in range(110, 118))]),
        ("TODO", ["rib 30"]),
        ("117", ["rib 117"]),
    ],
)
def test_long_tables_are_filtered_by_name_number_and_note(panel, words, left):
    panel.show(labels_plan(*many(117)))
    press(panel, Qt.Key.Key_F, CTRL)
    search = QApplication.focusWidget()
    assert isinstance(search, QLineEdit)
    QTest.keyClicks(search, words)
    assert shown_names(panel) == left
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is table(panel)
    panel.show(labels_plan())
    assert len(shown_names(panel)) == 3 and not search.isVisible()


def test_filtering_takes_no_other_label_to_paint(panel):
    panel.show(labels_plan(*many(117), value=5))
    told = heard(panel.chosen)
    panel.widget.findChild(QLineEdit).setText("rib 30")
    panel.widget.findChild(QLineEdit).setText("")
    assert told == [] and table(panel).marked() == (5,)


def test_a_thousand_labels_follow_a_stroke_within_a_frame(panel):
    rows = many(1000)
    panel.show(labels_plan(*rows))
    spent = []
    for turn in range(10):
        changed = (label_row(1, "rib 1", f"{turn + 1}.00"), *rows[1:])
        start = time.perf_counter()
        panel.show(labels_plan(*changed))
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.016


def context_menu(panel, line: int) -> QMenu:
    view = table(panel)
    view.customContextMenuRequested.emit(view.visualRect(view.model().index(line, 1)).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, title: str) -> None:
    next(action for action in menu.actions() if action.text().split("\t")[0] == title).trigger()
    menu.close()


def test_the_context_menu_does_its_deeds_for_the_marked_labels(panel):
    merged, split, jumped, measured = (
        heard(signal) for signal in (panel.merged, panel.split_asked, panel.jump_asked, panel.measure_asked)
    )
    click(panel, 0, Column.NAME)
    click(panel, 1, Column.NAME, CTRL)
    for title in ("Jump to", "Measure", "Split into its pieces"):
        choose(context_menu(panel, 0), title)
    menu = context_menu(panel, 0)
    into = next(action.menu() for action in menu.actions() if action.text() == "Merge into")
    assert [action.text() for action in into.actions()] == ["artery", "vein", "clot"]
    into.actions()[2].trigger()
    menu.close()
    assert (jumped, measured, split) == ([(1,)], [((1, 4),)], [(1,)])
    assert merged == [((1, 4), 9)]


def overwrite(panel) -> QComboBox:
    return next(
        box for box in panel.widget.findChildren(QComboBox) if box.accessibleName() == "May overwrite"
    )


def test_the_rule_is_chosen_by_key_and_its_labels_are_ticked_one_after_another(panel):
    told = heard(panel.rule_changed)
    box = overwrite(panel)
    assert "hidden labels" in box.toolTip()
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert told[-1] == (OverwriteRule(kind=Overwrite.BACKGROUND),)
    rule = OverwriteRule(kind=Overwrite.CHOSEN)
    panel.show(labels_plan(rule=rule))
    which = next(one for one in panel.widget.findChildren(QPushButton) if one.menu() is not None)
    assert which.isVisible() and "Now: background" in which.toolTip()
    menu = which.menu()
    menu.popup(panel.widget.mapToGlobal(panel.widget.rect().center()))
    assert [action.text() for action in menu.actions()] == ["Background", "artery", "vein", "clot"]
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(menu.actions()[2]).center())
    assert menu.isVisible() and told[-1] == (OverwriteRule(kind=Overwrite.CHOSEN, chosen=frozenset({0, 4})),)
    menu.close()


def test_the_question_before_removal_is_answered_by_a_button(panel):
    for words, answer in (("Remove", True), ("Cancel", False)):

        def press_it(words=words) -> None:
            box = QApplication.activeModalWidget()
            assert isinstance(box, QMessageBox)
            next(b for b in box.buttons() if b.text().replace("&", "") == words).click()

        QTimer.singleShot(50, press_it)
        assert panel.ask_removal("Remove artery?") is answer


# the editor

ENTRY = LabelEntry(value=4, name="kidney", colour=(1, 2, 3), terms=Terminology(type=CYST), note="half")


def editor(panel, entry=ENTRY) -> LabelDialog:
    panel.show_editor(entry, WORDS)
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, LabelDialog) and w.isVisible())


def field(dialog, name: str):
    return next(box for box in dialog.findChildren(QComboBox) if box.accessibleName() == name)


def take_over(dialog) -> QPushButton:
    return next(one for one in dialog.findChildren(QPushButton) if one.text() == "Take over")


def test_the_editor_changes_all_in_one_step_and_only_what_is_new(panel):
    told = heard(panel.changed)
    dialog = editor(panel)
    for name, words in (
        ("Category", "Anatomical Structure (SCT 91723000)"),
        ("Type", "Kidney (SCT 64033007)"),
        ("Side", "Left (SCT 7771000)"),
        ("Lies in", "Own thing (99LAB K-1)"),
    ):
        field(dialog, name).setFocus()
        field(dialog, name).lineEdit().selectAll()
        QTest.keyClicks(field(dialog, name).lineEdit(), words)
    QTest.mouseClick(take_over(dialog), LEFT)
    terms = Terminology(
        category=STRUCTURE, type=KIDNEY, type_modifier=LEFT_SIDE, region=Code("K-1", "99LAB", "Own thing")
    )
    assert told == [((4,), {"terms": terms})]


def test_what_is_no_code_or_no_name_keeps_the_editor_open_and_says_so(panel):
    told = heard(panel.changed)
    dialog = editor(panel)
    field(dialog, "Type").setCurrentText("kidney")
    assert not take_over(dialog).isEnabled() and take_over(dialog).toolTip().startswith("Type is no code.")
    field(dialog, "Type").setCurrentText("None")
    assert take_over(dialog).isEnabled()
    dialog.findChild(QLineEdit).clear()
    assert take_over(dialog).toolTip() == "The label needs a name."
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert told == []


def test_an_editor_left_as_it_was_changes_nothing(panel):
    told = heard(panel.changed)
    QTest.mouseClick(take_over(editor(panel)), LEFT)
    assert told == []
