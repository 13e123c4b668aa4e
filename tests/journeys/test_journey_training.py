"""Train in the window: wizard, live curves, stop, resume, take the model into use, run it."""

from __future__ import annotations

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from medview.bench.model import Heartbeat
from medview.gui.curve_plot import CurvePlot

LONGEST_GAP_S = 1.0
LITTLE = {
    "width": "small",
    "pixel_spacing_mm": 2.0,
    "epochs_phase1": 1,
    "epochs_phase2": 60,
    "steps_per_epoch": 2,
    "validation_fraction": 0.5,
}


@pytest.fixture
def data(head_study, tmp_path):
    """Two subjects, and one that lacks its reference."""
    root = tmp_path / "subjects"
    for name in ("sub-01", "sub-02", "sub-03"):
        (root / name).mkdir(parents=True)
        for role in ("t2", "vessels"):
            if (name, role) != ("sub-03", "vessels"):
                (root / name / f"{role}.nii.gz").write_bytes((head_study / f"{role}.nii.gz").read_bytes())
    return root


@pytest.fixture
def own_models(home):
    """Where models that a person takes into use go; emptied of this test's afterwards."""
    folder = home / "xdg_data_home" / "medview" / "models"
    yield folder
    shutil.rmtree(folder / "t2-vessels-my model", ignore_errors=True)


def type_into(person, name, text):
    field = next(
        f for f in person.app.view.training.dialog.findChildren(QLineEdit) if f.accessibleName() == name
    )
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, str(text))
    QTest.keyClick(field, Qt.Key.Key_Return)


def start_button(person):
    found = person.app.view.training.dialog.findChildren(QPushButton)
    return next(b for b in found if b.text() in ("Start", "Resume"))


def fill_in(person, data, out):
    person.choose("Train a model…")
    type_into(person, "Data folder", data)
    person.wait(lambda: "2 of 3 subjects" in person.words, "the survey", 20)
    type_into(person, "Output folder", out)


def test_a_person_trains_stops_resumes_and_uses_a_model(sit_down, data, own_models, tmp_path):
    person = sit_down()
    out, gaps = tmp_path / "my model", Heartbeat()
    trainings = person.app.workflows.trainings
    gaps.start()
    fill_in(person, data, out)
    for name, value in LITTLE.items():
        person.app.view.training.value_changed.emit(name, value)
    person.wait(lambda: "Learns from 2 subjects, 1 of which is held back" in person.words, "the plan", 10)
    QTest.mouseClick(start_button(person), Qt.MouseButton.LeftButton)
    person.wait(lambda: trainings.infos and "validation_dice" in trainings.infos[0].curves, "curves", 90)
    person.settle()
    assert [plot for plot in person.window.findChildren(CurvePlot) if plot.isVisible()]
    assert trainings.infos[0].picture is not None
    person.press("Cancel")
    person.wait(lambda: not person.app.workflows.running, "the end", 10)
    done = len(json.loads((out / "history.json").read_text()))
    assert 2 <= done < 61

    fill_in(person, data, out)
    assert start_button(person).text() == "Resume"
    person.app.view.training.value_changed.emit("epochs_phase2", done + 2)
    QTest.mouseClick(start_button(person), Qt.MouseButton.LeftButton)
    person.wait(lambda: any(info.state == "done" for info in trainings.infos), "the model", 90)
    gaps.stop()
    assert len(json.loads((out / "history.json").read_text())) == done + 3
    person.press("Use it")
    assert (own_models / "t2-vessels-my model" / "weights.safetensors").is_file()
    card = person.app.workflows.models.card("t2-vessels")
    assert "of the person who trained it" in card
    gap_s = max(gaps.gaps_ms) / 1000
    assert gap_s < LONGEST_GAP_S, f"the window stood still for {gap_s:.2f} s"
