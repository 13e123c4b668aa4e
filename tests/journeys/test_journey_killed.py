"""The painting window is killed in the middle of its work; the next start brings the work back."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest
from person import CTRL, Person
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from medview.app import App, Start
from medview.bench.kills import journals_of, judged, kill_once, make_small_scan, paint_and_kill
from medview.core.labels import LabelMap
from medview.gui.theme import apply_theme
from medview.session.journal.catalogue import orphans
from medview.session.journal.replay import replay

#: ``MEDVIEW_KILLS=50`` kills fifty times; so does ``medview bench kills``.
KILLS = int(os.environ.get("MEDVIEW_KILLS", "5"))
LONGEST_LOSS_S = 2.0


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    return make_small_scan(tmp_path_factory.mktemp("scan"))


@pytest.mark.parametrize("seed", range(KILLS))
def test_what_a_kill_leaves_is_what_the_window_had(display, scan, tmp_path, seed):
    found = kill_once(tmp_path / "home", scan, seed)
    assert found.is_exact and found.is_walkable
    assert found.lost_s <= LONGEST_LOSS_S


def test_a_kill_during_a_save_leaves_a_whole_file_and_the_journal(display, scan, tmp_path):
    target = tmp_path / "mask.nii.gz"
    for seed in range(100, 103):
        found = kill_once(tmp_path / f"home-{seed}", scan, seed, target)
        assert found.is_exact and found.is_walkable and found.lost_s <= LONGEST_LOSS_S
        if target.exists():
            assert np.asanyarray(nib.load(target).dataobj).shape == (128, 128, 40)


@pytest.fixture
def start_again(qapp, qtbot):
    """Starts the program where an offer takes the focus from the window."""
    people = []

    def start():
        apply_theme(qapp, "dark")
        people.append(Person(App(), Start()))
        return people[-1]

    yield start
    for person in people:
        person.leave()


def test_the_next_start_offers_the_work_and_restores_it_to_the_last_stroke(
    display, scan, tmp_path, monkeypatch, start_again
):
    told, killed_s = paint_and_kill(tmp_path / "home", scan, seed=3)
    (folder,) = orphans(journals_of(tmp_path / "home"))
    assert judged(folder, told, killed_s).is_exact
    expected = replay(folder).session.state.layers[1].data.array
    folder.release()
    monkeypatch.setenv("MEDVIEW_JOURNAL_DIR", str(journals_of(tmp_path / "home")))
    person = start_again()
    view = person.app.view.recovery
    person.wait(lambda: view.dialog.isVisible(), "the offer", 20)
    person.wait(lambda: view._rows[0].picture is not None, "the picture", 60)
    assert view._rows[0].name == "small" and "Mask" in view._rows[0].masks
    restore = next(item for item in view.dialog.findChildren(QPushButton) if item.text() == "Restore")
    QTest.mouseClick(restore, Qt.MouseButton.LeftButton)
    person.wait(lambda: person.layers and not view.dialog.isVisible(), "the work", 60)
    person.wait_idle()
    person.window.activateWindow()
    person.wait(person.window.isActiveWindow, "the active window", 10)
    assert person.names == ["small", "Mask"]
    labels = person.layers[1].data
    assert isinstance(labels, LabelMap)
    assert np.array_equal(labels.array, expected) and expected.any()
    assert person.layers[1].is_unsaved
    kept = labels.array.copy()
    steps = person.app.session.undo_stack.position
    for _ in range(steps):
        person.key(Qt.Key.Key_Z, CTRL)
    assert person.layers == ()
    person.app.view.history.chosen.emit(steps)
    person.settle()
    assert np.array_equal(person.layers[1].data.array, kept)
