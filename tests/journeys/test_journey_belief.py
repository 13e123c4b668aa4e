"""Is it to be believed? Entropy, the walk through doubtful places, the card and its self-test."""

from __future__ import annotations

import numpy as np
import pytest
from person import AXIAL, pixels_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QLabel, QPushButton, QTextBrowser

from medview.cli.main import main
from medview.core.layers import ImageDisplay, LayerKind

pytestmark = pytest.mark.usefixtures("shipped_models")


@pytest.fixture
def person(sit_down, head_study):
    someone = sit_down()
    someone.open(head_study / "t2.nii.gz")
    return someone


def card_of(person):
    return next(
        dialog
        for dialog in person.window.findChildren(QDialog)
        if dialog.isVisible() and dialog.windowTitle() == "Model card"
    )


def test_a_doubtful_result_is_walked_through_place_by_place(sit_down, tmp_path):
    # fine enough for the shipped weights to find, and to doubt
    assert main(["sample", "head-mr", str(tmp_path / "fine"), "--spacing", "1.6", "--seed", "3"]) == 0
    person = sit_down()
    person.open(tmp_path / "fine" / "t2.nii.gz")
    person.choose_model("Brain vessels from T2")
    box = next(b for b in person.window.findChildren(QCheckBox) if "entropy" in b.accessibleName().lower()
               or "entropy" in b.text().lower())  # fmt: skip
    box.click()
    person.press("Run")
    person.wait(lambda: len(person.layers) == 3, "the result", 120)
    person.wait_idle()
    entropy = next(layer for layer in person.layers if (layer.provenance or {}).get("output") == "entropy")
    assert entropy.kind is LayerKind.SYNTHESIZED
    assert entropy.display == ImageDisplay(low=0.1, high=1.0, colormap="magma")
    before = person.state.view.cursor_ras
    person.press("Next doubtful place")
    person.wait_idle()
    first = person.state.view.cursor_ras
    assert first != before
    assert person.button_beginning("Next doubtful place").text().startswith("Next doubtful place  (1 of ")
    place = tuple(int(n) for n in np.rint(entropy.geometry.ijk_of(first)))
    assert entropy.data.data[place] >= 0.5
    person.key(Qt.Key.Key_J)
    person.wait_idle()
    count = int(person.button_beginning("Next doubtful place").text().split(" of ")[1].rstrip(")"))
    assert (person.state.view.cursor_ras == first) is (count == 1)
    told = f"({min(2, count)} of {count})"
    assert told in person.button_beginning("Next doubtful place").text()


def test_the_card_is_read_beside_the_work_and_the_self_test_passes(person):
    person.choose_model("Brain vessels from T2")
    person.press("Model card…")
    card = card_of(person)
    text = card.findChild(QTextBrowser).toPlainText()
    for words in ("Known failures", "Apache-2.0", "Measured results", "The paper's ordering", "SHA-256"):
        assert words in text
    button = next(b for b in card.findChildren(QPushButton) if b.text() == "Self-test")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    told = lambda: [part.text() for part in card.findChildren(QLabel)]  # noqa: E731
    person.wait(lambda: any(t.startswith("Self-test ") for t in told()), "the finding", 120)
    person.wait_idle()
    assert any(t.startswith("Self-test passed: vessels: ") for t in told()), told()
    person.wait(card.isActiveWindow, "the active card", 10)
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_saved_and_copied_pictures_show_the_panes_with_the_mark_of_what_was_never_measured(
    person, tmp_path, monkeypatch
):
    assert person.layers[0].kind is LayerKind.SYNTHESIZED, "the study was written with its mark"
    path = tmp_path / "panes.png"
    monkeypatch.setattr("medview.gui.dialogs.ask_picture_path", lambda _parent: path)
    person.choose("Save picture…")
    saved = QImage(str(path))
    assert saved.text("Description") == "SYNTHESIZED – not measured"
    shown = person.picture(AXIAL)
    place = person.canvas(AXIAL).mapTo(person.app.view._grid, QPoint(0, 0))
    height, width = shown.shape[:2]
    cut = pixels_of(saved)[place.y() : place.y() + height, place.x() : place.x() + width]
    # the corner where the mark is written
    corner = np.s_[: height // 4, width // 2 :]
    assert np.abs(cut[corner].astype(int) - shown[corner]).mean() < 2
    assert (cut[corner].min(axis=2) > 190).sum() > 100
    person.choose("Copy picture")
    assert QApplication.clipboard().image().size() == saved.size()
