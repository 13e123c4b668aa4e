"""From frames to a scene: masked, trained in the real child in two parts, undone, opened again from disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from medview.core.layers import LayerKind
from medview.gui.circle_editor import CircleEditor
from medview.phantoms.studies import make_capture
from medview.session.fields.synthetic import write_synthetic
from medview.session.fields.trainings import TrainingState

FOX = Path("../shared/data/nerf/fox")
LITTLE = {"steps": 400, "rays": 64, "samples": 16, "cells": 16}


@pytest.fixture(scope="module")
def abdomen(tmp_path_factory):
    """The 40 views of the method file's synthetic abdomen, 64 x 64 pixels with a black rim."""
    folder = tmp_path_factory.mktemp("captures") / "abdomen"
    write_synthetic(make_capture("abdomen"), folder)
    return folder


@pytest.fixture
def scenes(person):
    return person.app.workflows.scenes


def press(person, text):
    found = [b for b in person.app.view.scene.widget.findChildren(QPushButton) if b.text() == text]
    shown = [button for button in found if button.isVisible()]
    assert len(shown) == 1, f"{text}: {len(shown)} buttons"
    QTest.mouseClick(shown[0], Qt.MouseButton.LeftButton)


def look_at(person, scenes, capture):
    person.drop(capture)
    person.wait(lambda: scenes.draft.sight is not None, "the capture", 20)
    person.settle()


def set_little(scenes, **changes):
    for name, value in {**LITTLE, **changes}.items():
        scenes.set_param(name, value)


def start(person, scenes):
    person.app.view.scene.open_step("train")
    person.settle()
    press(person, "Train")
    person.wait(lambda: scenes.trainings.training.curves.get("loss"), "the first steps", 60)


def test_a_person_trains_a_scene_in_two_parts_and_opens_it_again(person, scenes, abdomen):
    look_at(person, scenes, abdomen)
    assert "40 of 40" in person.words
    circle = scenes.draft.circle
    assert abs(circle.cx - 32) < 1.5
    assert abs(circle.cy - 32) < 1.5
    assert abs(circle.radius - 0.46 * 64 * 0.98) < 1.5
    drag_the_rim(person, scenes)
    scenes.set_reading("circle", "auto")
    set_little(scenes)
    start(person, scenes)
    press(person, "Pause")
    trainings = scenes.trainings
    person.wait(lambda: trainings.training.state is TrainingState.PAUSED, "the pause", 20)
    paused_at = trainings.training.step
    assert 0 < paused_at < LITTLE["steps"]
    assert person.layers == ()
    assert f"Paused after step {paused_at}" in person.words
    press(person, "Go on")
    person.wait(lambda: trainings.training.state in (TrainingState.DONE, TrainingState.FAILED), "the end", 90)
    person.wait(lambda: person.layers, "the layer", 20)
    (layer,) = person.layers
    assert (layer.name, layer.kind) == ("abdomen", LayerKind.FIELD)
    assert layer.data.held_out
    assert not layer.is_unsaved
    assert trainings.training.scores["psnr_circle"] > 12
    steps = [step for step, _ in trainings.training.curves["loss"]]
    assert steps == sorted(set(steps)), "the curves go on where they were"
    assert steps[0] <= paused_at < steps[-1] == LITTLE["steps"]
    person.wait(lambda: "dB in the circle" in person.words, "the numbers of its views", 10)
    person.app.session.undo()
    assert person.layers == ()
    person.drop(layer.data.folder)
    person.wait(lambda: person.layers or person.message, "the scene from the disk", 10)
    assert (person.message, person.names) == ("", ["abdomen"])


def drag_the_rim(person, scenes):
    editor = person.app.view.scene.widget.findChild(CircleEditor)
    circle = scenes.draft.circle
    scale = editor.height() / 64
    left = (editor.width() - 64 * scale) / 2
    rim = QPoint(round(left + (circle.cx + circle.radius) * scale), round(circle.cy * scale))
    QTest.mousePress(editor, Qt.MouseButton.LeftButton, pos=rim)
    QTest.mouseMove(editor, rim - QPoint(round(6 * scale), 0))
    QTest.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=rim - QPoint(round(6 * scale), 0))
    person.settle()
    drawn = scenes.draft.circle
    assert scenes.draft.reading["circle"] == "given"
    assert abs(drawn.radius - (circle.radius - 6)) < 1.5
    assert drawn.cx == circle.cx


def test_a_cancelled_training_leaves_nothing_behind(person, scenes, abdomen):
    look_at(person, scenes, abdomen)
    set_little(scenes, steps=5000)
    out = scenes.draft.out
    start(person, scenes)
    assert out.is_dir()
    person.app.view.scene.ask_discard = lambda _name: True
    press(person, "Cancel")
    person.wait(lambda: scenes.trainings.training is None, "the end", 20)
    person.wait(lambda: not out.exists(), "an empty disk", 10)
    assert person.layers == ()
    assert person.message == ""


def test_the_real_fox_is_read_with_its_cameras(person, scenes):
    if not FOX.is_dir():
        pytest.skip("the fox is not here")
    look_at(person, scenes, FOX)
    assert "16 of 16" in person.words
    assert scenes.draft.circle is None
    assert "the whole picture is used" in person.words
    assert scenes.why_not_train() == ""


def test_a_broken_capture_is_one_sentence(person, scenes, abdomen, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    table = json.loads((abdomen / "transforms.json").read_text())
    table["frames"][0]["transform_matrix"] = [[1, 2], [3]]
    (broken / "transforms.json").write_text(json.dumps(table))
    person.drop(broken)
    person.wait(lambda: person.message, "the refusal", 20)
    assert "transforms.json" in person.message
    assert "Traceback" not in person.message
    assert scenes.draft.look is None
    assert person.layers == ()
