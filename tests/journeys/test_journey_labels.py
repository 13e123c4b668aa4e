"""Work through a mask of many labels by mouse and keys: find, lock, paint, hide, merge, note, save."""

from __future__ import annotations

import numpy as np
import pytest
from person import AXIAL, CTRL, LEFT, NO_KEYS
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QTableView

from medview.gui.label_model import Column


@pytest.fixture
def person(sit_down, shared_data):
    """Someone with a CT and its 117 organs open, the paint panel in front."""
    folder = shared_data / "ct" / "totalseg"
    someone = sit_down()
    someone.open(folder / "example_ct.nii.gz", folder / "example_seg_fast_force_split.nii.gz")
    mask = next(layer for layer in someone.layers if layer.is_labels)
    someone.app.session.set_active(mask.id)
    someone.open_tab("Paint")
    someone.wait_idle()
    return someone


def labels(person):
    return person.state.active.data


def entry(person, name):
    return next(entry for entry in labels(person).table.entries if entry.name == name)


def table(person) -> QTableView:
    return next(view for view in person.window.findChildren(QTableView) if view.accessibleName() == "Labels")


def find(person, words) -> None:
    """Look for a label by typing, and take the first that fits by arrow or click."""
    table(person).setFocus()
    QTest.keyClick(table(person), Qt.Key.Key_F, CTRL)
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, words)
    QTest.keyClick(line, Qt.Key.Key_Return)
    click(person, 0, Column.NAME)


def click(person, line, column, act=QTest.mouseClick) -> None:
    view = table(person)
    index = view.model().index(line, column)
    view.scrollTo(index)
    act(view.viewport(), LEFT, NO_KEYS, view.visualRect(index).center())
    person.settle()


def press(person, key, keys=NO_KEYS) -> None:
    table(person).setFocus()
    QTest.keyClick(table(person), key, keys)
    person.settle()


def ask_menu(person) -> None:
    """Press the right button over the first line."""
    view = table(person)
    place = view.visualRect(view.model().index(0, Column.NAME)).center()
    reason = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    person.settle()


def cell(person, name, column) -> str:
    model = table(person).model()
    for line in range(model.rowCount()):
        if model.index(line, Column.NAME).data() == name:
            return model.index(line, column).data()
    raise AssertionError(f"{name} is in no line")


def test_a_locked_organ_stays_as_it_is_while_its_neighbours_are_painted(person):
    find(person, "liver")
    liver = entry(person, "liver").value
    press(person, Qt.Key.Key_L)
    press(person, Qt.Key.Key_G)
    person.wait_idle()
    assert entry(person, "liver").locked
    before = labels(person).array.copy()
    assert before[labels(person).geometry.voxel_at(person.state.view.cursor_ras)] == liver
    find(person, "spleen")
    volume = cell(person, "spleen", Column.VOLUME)
    person.key(Qt.Key.Key_B)
    spot = person.spot(AXIAL, person.state.view.cursor_ras)
    person.drag(AXIAL, spot + QPoint(-150, 0), spot, spot + QPoint(150, 10))
    after = labels(person).array
    assert np.array_equal(before == liver, after == liver)
    assert (after != before).sum() > 50
    assert cell(person, "spleen", Column.VOLUME) != volume
    spleen = entry(person, "spleen").value
    assert labels(person).voxel_count(spleen) == int((after == spleen).sum())
    person.key(Qt.Key.Key_Z, CTRL)
    assert np.array_equal(labels(person).array, before)
    assert cell(person, "spleen", Column.VOLUME) == volume


def test_background_only_keeps_every_organ(person):
    box = next(b for b in person.window.findChildren(QComboBox) if b.accessibleName() == "May overwrite")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    find(person, "liver")
    press(person, Qt.Key.Key_G)
    person.wait_idle()
    before = labels(person).array.copy()
    find(person, "spleen")
    person.key(Qt.Key.Key_B)
    spot = person.spot(AXIAL, person.state.view.cursor_ras)
    person.drag(AXIAL, spot + QPoint(-150, 0), spot, spot + QPoint(150, 10))
    after = labels(person).array
    assert np.array_equal(after[before > 0], before[before > 0]) and (after != before).any()


def test_a_hidden_organ_is_not_drawn_and_comes_back(person):
    find(person, "liver")
    press(person, Qt.Key.Key_G)
    person.wait_idle()
    ras = person.state.view.cursor_ras
    place = tuple(np.add(ras, (-9.0, 9.0, 0.0)))
    seen = person.colour(AXIAL, place)
    press(person, Qt.Key.Key_H)
    hidden = person.colour(AXIAL, place)
    assert np.ptp(hidden) <= 2 < np.ptp(seen)
    press(person, Qt.Key.Key_H)
    assert np.array_equal(person.colour(AXIAL, place), seen)


def test_organs_are_merged_split_noted_saved_and_come_back_as_they_were(person, tmp_path, monkeypatch):
    find(person, "kidney")
    names = [table(person).model().index(line, Column.NAME).data() for line in range(2)]
    values = [entry(person, name).value for name in names]
    total = sum(labels(person).voxel_count(value) for value in values)
    QTest.keyClick(table(person), Qt.Key.Key_A, CTRL)
    assert set(values) <= set(table(person).marked())
    ask_menu(person)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    into = next(action.menu() for action in menu.actions() if action.text() == "Merge into")
    next(action for action in into.actions() if action.text() == names[0]).trigger()
    menu.close()
    person.wait_idle()
    assert labels(person).voxel_count(values[0]) >= total and labels(person).table.find(values[1]) is None
    merged = person.app.session.undo_stack.undo_title
    assert merged.startswith("Merge") and merged.endswith(f"into {names[0]}")
    person.key(Qt.Key.Key_Z, CTRL)
    assert labels(person).table.find(values[1]) is not None

    find(person, names[0])
    for act in (QTest.mouseClick, QTest.mouseDClick):
        click(person, 0, Column.NOTE, act)
    QTest.keyClicks(QApplication.focusWidget(), "rim to do")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    person.settle()
    click(person, 0, Column.LOCK)
    assert (entry(person, names[0]).note, entry(person, names[0]).locked) == ("rim to do", True)

    out = tmp_path / "organs.nii.gz"
    monkeypatch.setattr(person.app.view, "ask_save_path", lambda _suggestion: out)
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    kept = labels(person).table
    person.open(out)
    assert person.layers[-1].data.table == kept

    path = tmp_path / "organs.txt"
    monkeypatch.setattr(person.app.view, "ask_labels_path", lambda _suggestion: path)
    person.choose("Save labels…")
    person.wait_idle()
    assert path.read_text().count('"') == 2 * (1 + len(kept.entries))
    path.write_text(path.read_text().replace(f'"{names[0]}"', '"Ren dexter"'))
    monkeypatch.setattr(person.app.view, "ask_labels_file", lambda: path)
    person.choose("Load labels…")
    person.wait_idle()
    loaded = labels(person).table.find(values[0])
    assert (loaded.name, loaded.locked, loaded.note) == ("Ren dexter", True, "rim to do")
    person.key(Qt.Key.Key_Z, CTRL)
    assert labels(person).table == kept
