"""The review panel on the screen: empty, filled, clicked, off with its reason, in both themes."""

from __future__ import annotations

import pytest
from gui_acts import heard
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton

from medview.core.state import Tool
from medview.gui.proposal_view import ProposalView
from medview.gui.theme import DARK, LIGHT
from medview.gui.widgets import Fold
from medview.present.ports.edit_port import ToolRow
from medview.present.ports.proposal_port import (
    AmountRow,
    MatchRow,
    PieceRow,
    ProposalPlan,
    ProposedLabelRow,
)

LEFT = Qt.MouseButton.LeftButton
AMOUNTS = AmountRow(added="1.20 mL", removed="0.300 mL", relabelled="")
LABELS = tuple(
    ProposedLabelRow(value=value, name=name, colour=(230, 40, 40), amounts=AMOUNTS, pieces=value)
    for value, name in ((1, "Artery"), (2, "A vein with a very long name that does not fit into the panel"))
)
MATCHES = (
    MatchRow(name="artery", value=1, choices=((1, "Artery"), (2, "Vein")), why_not=""),
    MatchRow(name="lesion", value=None, choices=((1, "Artery"), (2, "Vein")), why_not=""),
)


def plan(why_not="", **changes):
    tools = tuple(
        ToolRow(tool=tool, tip=f"{tool.value.title()} (X): does it", why_not=why_not)
        for tool in (Tool.JUDGE, Tool.ACCEPT, Tool.REJECT)
    )
    given = {
        "title": "Vessels for hand",
        "summary": "3 differences",
        "amounts": AMOUNTS,
        "labels": LABELS,
        "matches": MATCHES,
        "pieces": tuple(PieceRow(volume=f"0.{n} mL", words="Artery added") for n in (3, 2, 1)),
        "tools": tools,
        "why_not": why_not,
    }
    return ProposalPlan(**(given | changes))


@pytest.fixture
def view(shown):
    made = ProposalView(DARK)
    shown(made.widget, width=330, height=520)
    return made


def texts(view):
    return [part.text() for part in view.widget.findChildren(QLabel) if part.isVisible()]


def button(view, text):
    return next(b for b in view.widget.findChildren(QPushButton) if b.text() == text)


def icon_button(view, name):
    return next(b for b in view.widget.findChildren(QToolButton) if b.accessibleName() == name)


def test_without_a_proposal_the_panel_says_how_to_get_one(view):
    assert any(text.startswith("Nothing is proposed.") for text in texts(view))
    assert not button(view, "Accept all").isVisible()


def test_volumes_labels_and_pieces_are_shown_and_nothing_is_wider_than_the_panel(view, qtbot):
    view.show(plan())
    qtbot.wait(20)
    shown = texts(view)
    for text in ("Vessels for hand", "3 differences", "Added", "1.20 mL", "0.300 mL", "none", "Artery"):
        assert text in shown
    assert [view._list.item(n).text() for n in range(3)] == [
        "0.3 mL   Artery added",
        "0.2 mL   Artery added",
        "0.1 mL   Artery added",
    ]
    right = view.widget.width()
    for part in (button(view, "Reject all"), icon_button(view, "Reject Artery")):
        assert part.mapTo(view.widget, part.rect().topRight()).x() < right - 8


def test_buttons_tell_verdicts_on_all_on_a_label_and_on_a_piece(view):
    view.show(plan(at=1))
    judged, pieces = heard(view.judged), heard(view.piece_judged)
    for text in ("Accept all", "Reject all", "Accept", "Reject"):
        QTest.mouseClick(button(view, text), LEFT)
    QTest.mouseClick(icon_button(view, "Accept Artery"), LEFT)
    QTest.mouseClick(icon_button(view, "Reject Artery"), LEFT)
    assert judged == [(True, None), (False, None), (True, 1), (False, 1)]
    assert pieces == [(True, 1), (False, 1)]


def test_lines_arrows_tools_and_matches_are_told(view):
    view.show(plan())
    chosen, stepped = heard(view.piece_chosen), heard(view.stepped)
    tools, matches = heard(view.tool_chosen), heard(view.match_chosen)
    doubts = heard(view.doubt_asked)
    shown = view._list
    QTest.mouseClick(shown.viewport(), LEFT, pos=shown.visualItemRect(shown.item(1)).center())
    QTest.keyClick(shown, Qt.Key.Key_Up)
    QTest.mouseClick(icon_button(view, "Next difference"), LEFT)
    QTest.mouseClick(icon_button(view, "Previous difference"), LEFT)
    QTest.mouseClick(icon_button(view, "Accept"), LEFT)
    view.widget.findChild(Fold).click()
    box = next(b for b in view.widget.findChildren(QComboBox) if b.accessibleName() == "artery")
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert (chosen, stepped) == ([(1,), (0,)], [(1,), (-1,)])
    QTest.mouseClick(icon_button(view, "Next doubtful place"), LEFT)
    assert doubts == [()]
    assert (tools, matches) == ([(Tool.ACCEPT,)], [(0, 2)])


def test_what_is_off_says_why(view):
    view.show(plan())
    assert button(view, "Accept").toolTip() == "Choose a difference in the list first"
    assert not button(view, "Accept").isEnabled()
    view.show(plan(why_not="It is hidden; show it first."))
    for part in (button(view, "Accept all"), icon_button(view, "Accept Artery"), icon_button(view, "Judge")):
        assert not part.isEnabled() and part.toolTip() == "It is hidden; show it first."
    view.show(plan(why_no_doubt="Run a model with its entropy first."))
    assert icon_button(view, "Next doubtful place").toolTip() == "Run a model with its entropy first."
    view.show(plan(pieces=(), summary="Nothing differs"))
    assert icon_button(view, "Next difference").toolTip() == "Nothing differs"
    merged = MatchRow(name="artery", value=1, choices=((1, "Artery"),), why_not="Undo that first.")
    view.show(plan(matches=(merged,)))
    box = next(b for b in view.widget.findChildren(QComboBox) if b.isEnabledTo(view.widget) is False)
    assert box.toolTip() == "Undo that first."


def test_the_tool_in_the_hand_is_pressed_and_none_without_one(view):
    view.show(plan(tool=Tool.REJECT))
    assert [b.isChecked() for b in view._tools.values()] == [False, False, True]
    view.show(plan(tool=Tool.BRUSH))
    assert not any(b.isChecked() for b in view._tools.values())


def test_lines_of_labels_are_kept_while_only_their_volumes_change(view):
    view.show(plan())
    before = icon_button(view, "Accept Artery")
    view.show(plan(labels=tuple(
        ProposedLabelRow(value=row.value, name=row.name, colour=row.colour,
                         amounts=AmountRow(added="", removed="", relabelled="9 mL"), pieces=1)
        for row in LABELS
    )))  # fmt: skip
    assert icon_button(view, "Accept Artery") is before
    view.dress(LIGHT)
    view.show(ProposalPlan())
    assert any(text.startswith("Nothing is proposed.") for text in texts(view))
