"""A model of one's own, whole: dropped on the window, looked at, installed, run in the model process."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

sys.path.append(str(Path(__file__).parents[1] / "foreign"))

from makers import onnx_folder, scan_file

from medview.core.labels import LabelMap
from medview.ml.registry import installed


@pytest.fixture
def person(sit_down, tmp_path, monkeypatch):
    """Someone with an oblique, flipped scan open and no models of their own yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    installed.cache_clear()
    path, _ = scan_file(tmp_path)
    someone = sit_down()
    someone.open(path)
    yield someone
    installed.cache_clear()


def answer(press):
    """Press a button of the next question, and remember what it said."""
    words: list[str] = []

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(20, look)
            return
        words.extend(item.text() for item in dialog.findChildren(QLabel))
        press(dialog)
        QTimer.singleShot(0, dialog.reject)

    QTimer.singleShot(20, look)
    return words


def yes(dialog):
    QTest.mouseClick(dialog.install, Qt.MouseButton.LeftButton)


def test_a_dropped_network_is_shown_installed_and_run(person, tmp_path, rng):
    folder = onnx_folder(tmp_path / "net", 'labels = ["Bright"]\npatch = [16, 16, 8]')
    given = rng.uniform(size=(1, 16, 16, 8)).astype(np.float32)
    np.save(folder / "test_input.npy", given)
    np.save(folder / "test_output.npy", np.concatenate([40 * (0.5 - given), 40 * (given - 0.5)]))
    words = answer(yes)
    person.drop(folder)
    person.wait_idle()
    person.wait(lambda: words, "the question")
    told = "\n".join(words)
    assert "Install Bright things?" in told and "CC0-1.0" in told and "Passed" in told
    person.settle()
    assert (tmp_path / "data" / "medview" / "models" / "bright-onnx").is_dir()
    scan = person.layers[0].data
    person.open_tab("Models")
    person.choose_model("Bright things")
    person.press("Run")
    person.wait(lambda: len(person.layers) == 2, "the result")
    made = person.layers[1].data
    assert isinstance(made, LabelMap)
    assert made.geometry.matches(scan.geometry, 1e-9)
    assert (made.array == (scan.data > 0.5)).all()


def test_what_is_refused_is_told_in_the_bar_and_nothing_is_asked(person, tmp_path):
    person.drop(onnx_folder(tmp_path / "net", location="../../outside.bin"))
    person.wait(lambda: person.message, "the message")
    assert "outside the model's folder" in person.message
    assert QApplication.activeModalWidget() is None
    assert not list((tmp_path / "data" / "medview" / "models").iterdir())
