"""The panel of cases on the screen: empty, filled, chosen by mouse and keys, off with a reason, dressed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gui_acts import heard
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton

from medview.gui.case_table import CaseTable
from medview.gui.theme import DARK, LIGHT
from medview.gui.worklist_view import WorklistView
from medview.present.ports.worklist_port import CaseRow, RaterRow, WorklistPlan

ROLE = Qt.ItemDataRole
STATES = ("to do", "in work", "done", "checked")
PLAN = WorklistPlan(
    title="scans",
    tip="/data/scans",
    rule="Saved to masks/AB/CASE.nii.gz",
    progress="2 of 4 done",
    part=0.5,
    pace="1 min a case",
    annotators=("AB", "C&D"),
    whose="AB",
    rows=tuple(CaseRow(case_id=f"case {n}", state=s, time=f"{n} s", tip=s) for n, s in enumerate(STATES)),
    current="case 1",
    raters=(
        RaterRow(name="AB", state="done", is_picked=True),
        RaterRow(name="C&D", state="done", is_picked=False),
    ),
    why_not={"cases.previous": "This is the first case on show."},
)


@pytest.fixture
def view(shown):
    made = WorklistView(DARK)
    shown(made.widget)
    made.show(PLAN)
    return made


def table(view) -> CaseTable:
    return view.widget.findChild(CaseTable)


def button(view, text):
    return next(item for item in view.widget.findChildren(QPushButton) if item.text() == text)


def field(view, kind, name):
    return next(item for item in view.widget.findChildren(kind) if item.accessibleName() == name)


def words(view):
    return "\n".join(item.text() for item in view.widget.findChildren(QLabel) if item.isVisible())


def test_without_a_list_it_says_what_one_is_and_offers_to_open_one(shown) -> None:
    view = WorklistView(DARK)
    shown(view.widget)
    view.show(WorklistPlan())
    asked = heard(view.triggered)
    assert "queue of cases" in words(view)
    QTest.mouseClick(button(view, "Open work list…"), Qt.MouseButton.LeftButton)
    assert asked == [("file.open_worklist",)]


def test_it_tells_name_progress_pace_and_place(view) -> None:
    told = words(view)
    for part in ("scans", "2 of 4 done", "1 min a case", "Saved to masks/AB/CASE.nii.gz"):
        assert part in told
    model = table(view).model()
    assert [model.index(n, 0).data(ROLE.AccessibleTextRole) for n in range(4)] == [
        f"case {n}, {state}" for n, state in enumerate(STATES)
    ]
    assert model.index(2, 1).data() == "2 s" and model.index(1, 0).data(ROLE.FontRole).bold()
    keys = {model.index(n, 0).data(ROLE.DecorationRole).cacheKey() for n in range(4)}
    assert len(keys) == 4


def test_a_case_opens_by_double_click_and_by_return_but_not_by_a_click(view) -> None:
    chosen, made = heard(view.case_chosen), table(view)
    place = made.visualRect(made.model().index(2, 0)).center()
    QTest.mouseClick(made.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == []
    QTest.mouseDClick(made.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [("case 2",)]
    made.setFocus()
    QTest.keyClick(made, Qt.Key.Key_Down)
    QTest.keyClick(made, Qt.Key.Key_Return)
    assert chosen == [("case 2",), ("case 3",)]


def test_buttons_are_off_with_a_reason(view) -> None:
    previous = field(view, QToolButton, "Previous case")
    assert not previous.isEnabled() and "first case" in previous.toolTip()
    asked = heard(view.triggered)
    QTest.mouseClick(button(view, "Done and next"), Qt.MouseButton.LeftButton)
    assert asked == [("cases.done_next",)]
    view.show(replace(PLAN, is_own=False, whose="C&D", why_not={"cases.checked_next": "Not finished."}))
    check = button(view, "Checked and next")
    assert not check.isEnabled() and check.toolTip() == "Not finished."


def test_whose_masks_which_state_and_which_words_are_chosen(view) -> None:
    whose, limits = heard(view.whose_chosen), heard(view.filtered)
    box = field(view, QComboBox, "Whose masks")
    assert [box.itemText(n) for n in range(2)] == ["AB (you)", "C&&D"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert whose == [("C&D",)]
    states = field(view, QComboBox, "State")
    states.setFocus()
    QTest.keyClick(states, Qt.Key.Key_Down)
    QTest.keyClicks(field(view, QLineEdit, "Find a case"), "x")
    assert limits == [("to do", ""), ("to do", "x")]


def test_where_no_case_fits_the_panel_says_so(view) -> None:
    view.show(replace(PLAN, rows=(), nothing="No case fits."))
    assert not table(view).isVisible() and "No case fits." in words(view)


def test_annotators_are_ticked_for_a_comparison(view) -> None:
    out = heard(view.left_out)
    view._fold.setChecked(True)
    first, second = view.widget.findChildren(QCheckBox)
    assert first.isChecked() and not second.isChecked() and second.text() == "C&&D: done"
    first.click()
    assert out == [(("AB", "C&D"),)]


def test_a_theme_is_taken_and_the_marked_case_stays_marked(view) -> None:
    before = table(view).model().index(0, 0).data(ROLE.DecorationRole).cacheKey()
    view.dress(LIGHT)
    assert table(view).model().index(0, 0).data(ROLE.DecorationRole).cacheKey() != before
    view.show(replace(PLAN, pace="2 min a case"))
    assert [index.row() for index in table(view).selectionModel().selectedRows()] == [1]


def test_the_place_of_the_mouse_is_told_while_the_window_has_the_keyboard(view, qtbot) -> None:
    window = view.widget.window()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert len(view.presence()) == 2
