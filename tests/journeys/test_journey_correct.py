"""Correct a mask with brush and eraser, take back, save, open again; nothing is lost on leaving."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL, CTRL, SHIFT
from PySide6.QtCore import QPoint, Qt

SFORM_CODE, QFORM_CODE = 2, 1


@pytest.fixture
def scan(tmp_path):
    """An oblique scan with stored axes P, L, S and codes of its own."""
    turn = np.eye(4)
    angle = np.radians(12)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    stored = np.array([[0, -1.5, 0, 40], [-1.5, 0, 0, 50], [0, 0, 2.5, -30], [0, 0, 0, 1.0]])
    image = nib.Nifti1Image(
        np.random.default_rng(1).integers(0, 900, (60, 56, 24)).astype(np.int16), turn @ stored
    )
    image.set_sform(turn @ stored, SFORM_CODE)
    image.set_qform(turn @ stored, QFORM_CODE)
    path = tmp_path / "oblique T2.nii.gz"
    nib.save(image, path)
    return path


@pytest.fixture
def person(sit_down, scan):
    """Someone with the scan open and a new mask over it, brush in hand."""
    someone = sit_down()
    someone.open(scan)
    someone.choose("New mask")
    someone.choose("Brush")
    return someone


def stroke(person, *shifts):
    middle = person.canvas(AXIAL).rect().center()
    person.drag(AXIAL, *(middle + QPoint(*shift) for shift in shifts))


def mask(person):
    return person.layers[-1].data.array


def answer(monkeypatch, person, name, value):
    """Answer one question of the window; everything else stays as it is."""
    asked = []
    monkeypatch.setattr(person.app.view, name, lambda *words: asked.append(words) or value)
    return asked


def test_brush_eraser_undo_and_redo_by_mouse_and_keys(person):
    stroke(person, (0, 0), (15, 5), (30, 5))
    painted = mask(person).copy()
    assert painted.sum() > 20
    stroke(person, (0, 0), (0, 20))
    more = mask(person).copy()
    assert more.sum() > painted.sum()
    person.key(Qt.Key.Key_Z, CTRL)
    assert np.array_equal(mask(person), painted)
    person.key(Qt.Key.Key_Z, CTRL | SHIFT)
    assert np.array_equal(mask(person), more)
    person.choose("Eraser")
    stroke(person, (-5, 0), (35, 5))
    assert mask(person).sum() < more.sum()
    for _ in range(3):
        person.key(Qt.Key.Key_Z, CTRL)
    assert not mask(person).any()


def test_what_is_painted_lies_under_the_mouse(person):
    middle = person.canvas(AXIAL).rect().center()
    spot = middle + QPoint(40, -30)
    person.drag(AXIAL, spot, spot)
    ras = np.array(person.app.view.slices[AXIAL].scene.ras_at(spot.x(), spot.y()))
    geometry = person.layers[-1].geometry
    ijk = np.argwhere(mask(person)).mean(0)
    centre = (geometry.ras_from_ijk @ (*ijk, 1))[:3]
    assert np.linalg.norm((centre - ras)[:2]) < max(geometry.spacing_mm)


def test_escape_takes_the_stroke_under_way_back(person):
    from PySide6.QtTest import QTest

    canvas = person.canvas(AXIAL)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    person.settle()
    assert mask(person).any()
    person.key(Qt.Key.Key_Escape)
    assert not mask(person).any()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle)
    person.settle()
    assert not mask(person).any()


def test_a_saved_mask_lies_on_the_grid_of_the_scan(person, scan, tmp_path, monkeypatch):
    stroke(person, (0, 0), (30, 10))
    kept, out = mask(person).copy(), tmp_path / "mask of Zoë.nii.gz"
    asked = answer(monkeypatch, person, "ask_save_path", out)
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    assert len(asked) == 1
    assert not person.layers[-1].is_unsaved
    written, source = nib.load(out), nib.load(scan)
    assert written.shape == source.shape
    assert np.allclose(written.affine, source.affine, atol=1e-5)
    assert int(written.header["sform_code"]) == SFORM_CODE
    assert int(written.header["qform_code"]) == QFORM_CODE
    assert np.allclose(written.header.get_qform(), source.header.get_qform(), atol=1e-4)
    assert np.asanyarray(written.dataobj).sum() == kept.sum()

    person.open(out)
    again = person.layers[-1]
    assert again.is_labels
    assert np.array_equal(again.data.array, kept)
    assert again.geometry.matches(person.layers[0].geometry)


def test_a_second_save_asks_no_more_and_keeps_what_is_new(person, tmp_path, monkeypatch):
    out = tmp_path / "mask.nii.gz"
    asked = answer(monkeypatch, person, "ask_save_path", out)
    stroke(person, (0, 0), (10, 0))
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    stroke(person, (0, 10), (30, 10))
    assert person.layers[-1].is_unsaved
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    assert len(asked) == 1
    assert np.asanyarray(nib.load(out).dataobj).sum() == mask(person).sum()


def test_a_save_that_fails_is_told_and_the_mask_stays_unsaved(person, tmp_path, monkeypatch):
    answer(monkeypatch, person, "ask_save_path", tmp_path / "no such folder" / "mask.nii.gz")
    stroke(person, (0, 0), (10, 0))
    person.key(Qt.Key.Key_S, CTRL)
    person.wait_idle()
    assert "mask.nii.gz" in person.message
    assert person.layers[-1].is_unsaved
    assert mask(person).any()


@pytest.mark.parametrize(("reply", "stays"), [("cancel", True), ("discard", False), ("save", False)])
def test_unsaved_work_is_asked_about_before_the_window_closes(person, tmp_path, monkeypatch, reply, stays):
    out = tmp_path / "saved.nii.gz"
    stroke(person, (0, 0), (10, 0))
    asked = answer(monkeypatch, person, "ask_unsaved", reply)
    answer(monkeypatch, person, "ask_save_path", out)
    person.window.close()
    person.wait(lambda: asked, "the question", 5)
    person.wait_idle()
    person.wait(lambda: person.is_there == stays, "the window's decision", 10)
    assert out.exists() == (reply == "save")
    assert len(asked) == 1


def test_without_unsaved_work_the_window_closes_at_once(sit_down, scan, monkeypatch):
    person = sit_down()
    person.open(scan)
    asked = answer(monkeypatch, person, "ask_unsaved", "cancel")
    person.key(Qt.Key.Key_Q, CTRL)
    person.wait(lambda: not person.is_there, "the end", 5)
    assert asked == []
