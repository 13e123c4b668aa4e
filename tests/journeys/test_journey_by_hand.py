"""A real T2 of a patient with a stroke, by hand: open, run, correct, take back, save, open again, compare."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL, CTRL, LEFT, SHIFT
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QListWidget, QPlainTextEdit

pytestmark = pytest.mark.usefixtures("shipped_models")

_RUN_S = 280


@pytest.fixture
def scan(shared_data):
    path = shared_data / "brain_multimodal" / "stroke_cstar" / "T2.nii.gz"
    if not path.is_file():
        pytest.skip(f"the real T2 ({path.name} of stroke_cstar) is not beside this checkout")
    return path


def click_layer(person, name):
    """Take a layer with the mouse."""
    rows = next(b for b in person.window.findChildren(QListWidget) if b.accessibleName() == "Layers")
    rows.scrollToItem(rows.item(place_of(person, name)))
    QTest.mouseClick(
        rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(place_of(person, name))).center()
    )
    person.settle()
    assert person.state.active.name == name


def place_of(person, name):
    return [layer.name for layer in reversed(person.layers)].index(name)


def stroke(person, *shifts):
    middle = person.canvas(AXIAL).rect().center()
    person.drag(AXIAL, *(middle + QPoint(*shift) for shift in shifts))


def compared(person):
    """What the comparison of two results says; the window that says it is closed again."""
    person.choose("Compare two results")
    person.wait_idle()
    page = next(d for d in person.window.findChildren(QDialog) if d.windowTitle() == "Two results")
    text = page.findChild(QPlainTextEdit).toPlainText()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    person.settle()
    return text


@pytest.mark.timeout(420)
def test_a_result_on_a_real_scan_is_corrected_saved_opened_and_compared(
    sit_down, scan, tmp_path, monkeypatch
):
    person = sit_down()
    person.open(scan)
    source = nib.load(scan)
    person.choose_model("Brain vessels from T2")
    person.press("Run")
    person.wait(lambda: len(person.layers) == 2, "the result", _RUN_S)
    person.wait_idle()
    mask = person.layers[-1]
    assert mask.is_labels and mask.is_unsaved and "INFERRED" in mask_words(person)
    found = mask.data.array.copy()
    assert found.any()

    person.key(Qt.Key.Key_B)
    stroke(person, (20, 10), (35, 14), (50, 10))
    corrected = mask.data.array.copy()
    assert corrected.sum() > found.sum() and (corrected[found != 0] == found[found != 0]).all()
    person.key(Qt.Key.Key_Z, CTRL)
    assert np.array_equal(mask.data.array, found)
    person.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert np.array_equal(mask.data.array, corrected)

    out = tmp_path / "vessels.nii.gz"
    monkeypatch.setattr(person.app.view, "ask_save_path", lambda _suggestion: out)
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    assert not person.layers[-1].is_unsaved
    written = nib.load(out)
    assert written.shape == source.shape and np.allclose(written.affine, source.affine, atol=1e-5)

    person.open(out)
    again = person.layers[-1]
    assert again.is_labels and np.array_equal(again.data.array, corrected)
    assert f"{mask.name} against" in (text := compared(person)) or f"against {mask.name}" in text
    assert ": 0 voxels differ." in text and "Dice 1.000" in text

    click_layer(person, mask.name)
    person.key(Qt.Key.Key_B)
    stroke(person, (-50, 30), (-35, 34))
    differing = int((mask.data.array != corrected).sum())
    assert differing > 0
    assert f": {differing} voxels differ." in compared(person)
    assert int((person.layers[-1].data.array != 0).sum()) == differing


def mask_words(person):
    """The marks that the panes and their pictures carry."""
    from medview.present.slice_texts import mark_text

    return mark_text(person.state)
