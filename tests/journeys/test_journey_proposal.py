"""A model's labels judged over an annotator's mask: by click, label and brush; undone, redone, recovered."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from person import AXIAL, CTRL, LEFT
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton

from medview.session.journal.catalogue import orphans
from medview.session.journal.replay import replay

PATIENT = Path(__file__).parents[2].parent / "shared/data/lesions/ms_patient07"
pytestmark = pytest.mark.skipif(not PATIENT.exists(), reason="the real scan is not beside the project")
MASK, PROPOSAL = "GOLD_STANDARD", "Spots for GOLD_STANDARD"


@pytest.fixture
def person(plugin_models, sit_down, tmp_path, monkeypatch):
    """Someone with a patient's lesions open, whose mask a model has had a look at."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MEDVIEW_JOURNAL_DIR", str(tmp_path / "journals"))
    someone = sit_down()
    someone.open(PATIENT / "FLAIR.nii.gz")
    someone.open(PATIENT / "GOLD_STANDARD.nii.gz")
    shown = someone.app.view.layers._list
    QTest.mouseClick(shown.viewport(), LEFT, pos=shown.visualItemRect(shown.item(0)).center())
    assert someone.state.active.name == MASK
    someone.open_tab("Models")
    someone.choose_model("Bright spots")
    assert box(someone, "Result").currentText() == f"Proposal for {MASK}"
    someone.press("Run")
    someone.wait(lambda: PROPOSAL in someone.names, "the proposal", 60)
    compared(someone)
    return someone


def compared(person):
    """Wait until the difference is known."""
    work = person.app.workflows.proposing.walk
    person.wait_idle()
    person.wait(lambda: work.offer is None or work.difference is not None, "the difference", 30)
    person.settle()


def box(person, name):
    return next(b for b in person.window.findChildren(QComboBox) if b.accessibleName() == name)


def tool_button(person, name):
    return next(b for b in person.window.findChildren(QToolButton) if b.accessibleName() == name)


def layer(person, name):
    return next(layer for layer in person.layers if layer.name == name)


def numbers(person):
    return {name: layer(person, name).data.array.copy() for name in (MASK, PROPOSAL) if name in person.names}


def piece(person, line):
    """Mask of a connected difference."""
    from medview.edit.difference import piece_region

    work = person.app.workflows.proposing.walk
    found, offer = work.difference.piece(line), work.offer
    region = piece_region(offer.mask.array, offer.labels.array, found.box, found.seed_ijk)
    whole = np.zeros(offer.mask.array.shape, bool)
    whole[region.box] = region.mask
    return whole


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def choose_match(person, name, wanted):
    """Say what a label of the model stands for."""
    next(b for b in person.window.findChildren(QToolButton) if b.text().startswith("What the model")).click()
    chosen = box(person, name)
    chosen.setFocus()
    for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * chosen.count()):
        if chosen.currentText() == wanted:
            break
        QTest.keyClick(chosen, key)
    compared(person)


def test_a_proposal_is_judged_by_click_label_and_brush_and_everything_comes_back(person, tmp_path):
    before = numbers(person)
    assert person.state.active.name == MASK and "Added" in person.words
    assert [m.is_new for m in layer(person, PROPOSAL).proposal.matches] == [True, True]
    start = person.app.session.undo_stack.position

    choose_match(person, "Bright spot", "Label 1")
    assert layer(person, PROPOSAL).proposal.matches[0].value == 1
    assert person.app.session.undo_stack.undo_title == "Bright spot stands for Label 1"
    contents = [before, numbers(person)]

    # the model's doubt, first where it differs
    QTest.mouseClick(tool_button(person, "Next doubtful place"), LEFT)
    compared(person)
    assert "Doubtful place 1 of " in person.words and ", where the proposal differs." in person.words
    place = layer(person, MASK).geometry.voxel_at(person.state.view.cursor_ras)
    assert layer(person, "Entropy").data.data[place] > 0.9

    # by click: the largest difference
    person.key(Qt.Key.Key_K)
    compared(person)
    wanted = piece(person, 0)
    cursor = person.state.view.cursor_ras
    ijk = layer(person, MASK).geometry.voxel_at(cursor)
    assert wanted[ijk], "the crosshair is in the largest difference"
    person.choose("Judge by click")
    person.click(AXIAL, person.spot(AXIAL, cursor))
    compared(person)
    contents.append(numbers(person))
    expected = contents[-2][MASK].copy()
    expected[wanted] = contents[-2][PROPOSAL][wanted]
    np.testing.assert_array_equal(contents[-1][MASK], expected)
    assert person.app.session.undo_stack.undo_title == f"Accept a difference of {PROPOSAL}"

    # by label: the new one comes into the table with its voxels
    glaring = contents[-1][PROPOSAL] == layer(person, PROPOSAL).proposal.matches[1].value
    QTest.mouseClick(tool_button(person, "Accept Glaring spot"), LEFT)
    compared(person)
    contents.append(numbers(person))
    value = layer(person, MASK).data.table.entries[-1].value
    assert layer(person, MASK).data.table.entries[-1].name == "Glaring spot"
    np.testing.assert_array_equal(contents[-1][MASK] == value, glaring)
    assert person.app.session.undo_stack.undo_title == f"Accept Glaring spot of {PROPOSAL}"

    # by brush: what is swept over is kept as it is in the mask
    person.key(Qt.Key.Key_K)
    compared(person)
    spot = person.spot(AXIAL, person.state.view.cursor_ras)
    person.choose("Reject by brush")
    person.drag(AXIAL, spot - QPoint(6, 0), spot, spot + QPoint(6, 0))
    compared(person)
    contents.append(numbers(person))
    np.testing.assert_array_equal(contents[-1][MASK], contents[-2][MASK])
    changed = contents[-1][PROPOSAL] != contents[-2][PROPOSAL]
    assert changed[layer(person, MASK).geometry.voxel_at(person.state.view.cursor_ras)]
    np.testing.assert_array_equal(contents[-1][PROPOSAL][changed], contents[-1][MASK][changed])
    assert person.app.session.undo_stack.undo_title == f"Reject painted differences of {PROPOSAL}"

    # the rest: the proposal goes with its last difference
    person.press("Reject all")
    compared(person)
    contents.append(numbers(person))
    assert list(contents[-1]) == [MASK]
    np.testing.assert_array_equal(contents[-1][MASK], contents[-2][MASK])

    for content in contents[-2::-1]:
        person.key(Qt.Key.Key_Z, CTRL)
        compared(person)
        assert same(numbers(person), content)
    assert person.app.session.undo_stack.position == start
    for content in contents[1:]:
        person.key(Qt.Key.Key_Y, CTRL)
        compared(person)
        assert same(numbers(person), content)

    # what a crash would leave is all of it
    person.key(Qt.Key.Key_Z, CTRL)
    compared(person)
    assert person.app.workflows.recovery.recorder.settle()
    shutil.copytree(person.app.workflows.recovery.recorder.folder, tmp_path / "crashed" / "one")
    (folder,) = orphans(tmp_path / "crashed")
    found = replay(folder)
    again = {x.name: x for x in found.session.state.layers}
    assert found.notes == () and list(again) == person.names
    for name, array in contents[-2].items():
        np.testing.assert_array_equal(again[name].data.array, array)
    assert again[PROPOSAL].proposal == layer(person, PROPOSAL).proposal
    assert found.session.undo_stack.titles == person.app.session.undo_stack.titles
    folder.release()
