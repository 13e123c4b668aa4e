"""The choice of two masks to compare, on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medview.gui.pair_dialog import PairDialog
from medview.present.ports.window_port import PairRow

ROWS = (
    PairRow(name="Mine", grid=0),
    PairRow(name="Model A", grid=0),
    PairRow(name="Coarse", grid=2),
    PairRow(name="Model B", grid=0),
    PairRow(name="Coarse too", grid=2),
)


@pytest.fixture
def dialog(view):
    made = PairDialog(view.window, ROWS, (1, 0))
    yield made
    made.deleteLater()


def names(box):
    return [box.itemText(place) for place in range(box.count())]


def test_beside_a_mask_stand_only_those_on_its_grid(dialog):
    assert names(dialog.first) == [row.name for row in ROWS]
    assert names(dialog.second) == ["Mine", "Model B"] and dialog.chosen() == (1, 0)
    dialog.first.setCurrentIndex(2)
    assert names(dialog.second) == ["Coarse too"] and dialog.chosen() == (2, 4)


def test_what_was_taken_stays_where_it_still_fits(dialog):
    dialog.second.setCurrentIndex(1)
    dialog.first.setCurrentIndex(0)
    assert dialog.chosen() == (0, 3)


@pytest.mark.parametrize(("key", "answer"), [(Qt.Key.Key_Return, (1, 0)), (Qt.Key.Key_Escape, None)])
def test_enter_compares_and_esc_does_not(view, key, answer):
    QTimer.singleShot(50, lambda: QTest.keyClick(QApplication.activeModalWidget(), key))
    assert view.ask_pair(ROWS, (1, 0)) == answer
