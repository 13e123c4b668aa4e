"""The list of steps on the screen: marked, grey, clicked, walked by keys; and the offers of lost work."""

from __future__ import annotations

import numpy as np
import pytest
from gui_acts import heard
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from medview.gui.history_view import HistoryView
from medview.gui.recovery_dialog import RecoveryDialog
from medview.gui.theme import DARK, LIGHT
from medview.present.ports.history_port import HistoryPlan
from medview.present.ports.recovery_port import RecoveryRow

ROLE = Qt.ItemDataRole


def plan(count=5, position=3, dropped=0, first="Beginning"):
    titles = [first, *(f"Step {n + dropped}" for n in range(1, count + 1))]
    return HistoryPlan(
        titles=tuple(titles),
        tip=lambda row: f"{titles[row]}\n1 kB",
        position=position,
        dropped=dropped,
        summary=f"{count} steps, 1 kB",
        summary_tip="tip",
    )


@pytest.fixture
def view(shown):
    made = HistoryView(DARK)
    shown(made.widget)
    return made


def data(view, row, role=ROLE.DisplayRole):
    return view.list.model().index(row, 0).data(role)


def click(view, row):
    place = view.list.visualRect(view.list.model().index(row, 0)).center()
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_without_steps_it_says_what_will_stand_here(view) -> None:
    view.show(plan(count=0, position=0))
    assert not view.list.isVisible()
    assert any("Nothing has been done yet" in text.text() for text in view.widget.findChildren(QLabel))


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_the_present_is_bold_and_undone_steps_are_grey(view, colours) -> None:
    view.dress(colours)
    view.show(plan())
    fonts = [data(view, row, ROLE.FontRole).bold() for row in range(6)]
    assert fonts == [False, False, False, True, False, False]
    names = [data(view, row, ROLE.ForegroundRole).name() for row in range(6)]
    assert names == [colours.text] * 4 + [colours.muted] * 2
    assert data(view, 2, ROLE.ToolTipRole) == "Step 2\n1 kB"
    assert view.list.currentIndex().row() == 3


def test_a_click_goes_to_a_step_once_and_showing_goes_nowhere(view) -> None:
    view.show(plan())
    chosen = heard(view.chosen)
    click(view, 1)
    assert chosen == [(1,)]
    view.show(plan(position=1))
    view.show(plan(count=2, position=1))
    view.show(plan(count=9, position=9))
    view.show(plan(count=7, position=7, dropped=2, first="Older steps were let go: budget 512 MB"))
    assert chosen == [(1,)]
    assert data(view, 0) == "Older steps were let go: budget 512 MB" and data(view, 7) == "Step 9"
    click(view, 7)
    assert chosen == [(1,)]


def test_arrow_keys_walk_through_the_steps(view) -> None:
    view.show(plan())
    chosen = heard(view.chosen)
    view.chosen.connect(lambda position: view.show(plan(position=position)))
    view.reveal()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(view.list, key)
    assert chosen == [(2,), (1,), (2,), (5,), (0,)]


def test_long_lists_keep_the_present_in_sight_and_change_only_at_their_end(view) -> None:
    view.show(plan(count=3000, position=3000))
    removed, inserted = heard_rows(view.list.model())
    view.show(plan(count=3001, position=3001))
    assert (removed, inserted) == ([], [(3001, 3001)])
    view.show(plan(count=3001, position=3001, dropped=1, first="Older"))
    assert (removed, inserted) == ([(1, 1)], [(3001, 3001), (3001, 3001)])
    assert data(view, 0) == "Older" and data(view, 3001) == "Step 3002"
    rect = view.list.visualRect(view.list.model().index(3000, 0))
    assert view.list.viewport().rect().intersects(rect)


def heard_rows(model):
    removed, inserted = [], []
    model.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    return removed, inserted


# lost work


def row(offer_id="a", **facts):
    values = {
        "name": "FLAIR",
        "facts": "Today, 9:05, 12 kB, 40 steps",
        "masks": "Mask",
        "notes": (),
        "picture": None,
        "why_not": "",
    }
    return RecoveryRow(offer_id=offer_id, **{**values, **facts})


@pytest.fixture
def dialog(qtbot, theme, shown):
    from PySide6.QtWidgets import QWidget

    host = QWidget()
    shown(host)
    made = RecoveryDialog(host)
    yield made
    made.finish()


def buttons(dialog, text):
    return [
        item for item in dialog.dialog.findChildren(QPushButton) if item.text() == text and item.isVisible()
    ]


def test_each_offer_has_its_facts_picture_and_buttons(dialog) -> None:
    picture = np.zeros((30, 20, 3), np.uint8)
    picture[..., 0] = 200
    dialog.show((row(picture=picture), row("b", name="T2", notes=("The journal is damaged.",))))
    texts = [item.text() for item in dialog.dialog.findChildren(QLabel)]
    for words in ("FLAIR", "T2", "Today, 9:05, 12 kB, 40 steps", "Mask", "The journal is damaged."):
        assert words in texts
    shown = [
        item for item in dialog.dialog.findChildren(QLabel) if item.pixmap() and not item.pixmap().isNull()
    ]
    assert len(shown) == 1
    image = shown[0].pixmap().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2).red() == 200
    restored, discarded = heard(dialog.restore_asked), heard(dialog.discard_asked)
    QTest.mouseClick(buttons(dialog, "Restore")[1], Qt.MouseButton.LeftButton)
    QTest.mouseClick(buttons(dialog, "Discard…")[0], Qt.MouseButton.LeftButton)
    assert restored == [("b",)] and discarded == [("a",)]


def test_restore_is_off_with_its_reason(dialog) -> None:
    dialog.show((row(why_not="Something is open in this window."),))
    (restore,) = buttons(dialog, "Restore")
    assert not restore.isEnabled() and restore.toolTip() == "Something is open in this window."


def test_keep_for_later_and_escape_close_it_once(dialog) -> None:
    closed = heard(dialog.closed)
    dialog.show((row(),))
    QTest.mouseClick(buttons(dialog, "Keep for later")[0], Qt.MouseButton.LeftButton)
    dialog.show((row(),))
    QTest.keyClick(dialog.dialog, Qt.Key.Key_Escape)
    assert closed == [(), ()]
    dialog.close()
    assert closed == [(), ()]


@pytest.mark.parametrize(("answer", "is_meant"), [("Discard", True), ("Keep it", False)])
def test_discarding_is_asked(dialog, answer, is_meant) -> None:
    dialog.show((row(),))

    def press() -> None:
        box = dialog.dialog.findChild(QMessageBox)
        next(item for item in box.buttons() if item.text() == answer).click()

    QTimer.singleShot(50, press)
    assert dialog.ask_discard("FLAIR") is is_meant
