"""Installing a model: what a person is shown, and that only a yes installs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from medview.ml.registry import installed

sys.path.append(str(Path(__file__).parents[1] / "foreign"))

from makers import card_text, onnx_folder


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    installed.cache_clear()
    yield tmp_path / "data" / "medview" / "models"
    installed.cache_clear()


@pytest.fixture
def desk(own_models, remade):
    return remade()


def facts(desk):
    (question,) = desk.window.install_questions
    return question, {fact.name: fact for fact in question.facts}


def model_ids(desk):
    return [row.model_id for row in desk.views.tools.models]


def test_a_dropped_folder_is_shown_and_installed_after_a_yes(desk, own_models, tmp_path):
    desk.window.answers["install"] = True
    desk.window.dropped.emit((onnx_folder(tmp_path / "net"),))
    question, told = facts(desk)
    assert question.title == "Bright things"
    assert not question.warning and not question.needs_trust
    assert told["Kind"].text == "ONNX network"
    assert told["Licence"].text == "CC0-1.0" and not told["Licence"].is_alarm
    assert "image" in told["Reads"].text and "Bright" in told["Makes"].text
    assert len(told["SHA-256"].text.replace(" ", "")) == 64
    assert "bright-onnx" in model_ids(desk)
    assert desk.views.tools.form.model_id == "bright-onnx"
    assert (own_models / "bright-onnx" / "net.onnx").is_file()
    assert not desk.window.errors


def test_a_no_leaves_nothing_behind(desk, own_models, tmp_path):
    desk.window.dropped.emit((onnx_folder(tmp_path / "net"),))
    assert len(desk.window.install_questions) == 1
    assert not list(own_models.iterdir())
    assert "bright-onnx" not in model_ids(desk)


@pytest.mark.parametrize("action", ["file.install_model", "file.install_model_folder"])
def test_the_menu_installs_a_zip_or_a_folder(desk, own_models, tmp_path, action):
    folder = onnx_folder(tmp_path / "net")
    archive = Path(shutil.make_archive(str(tmp_path / "net"), "zip", folder))
    desk.window.answers |= {"model": archive if action.endswith("model") else folder, "install": True}
    desk.run(action)
    assert "bright-onnx" in model_ids(desk)


def test_choosing_nothing_asks_nothing(desk):
    desk.run("file.install_model")
    assert not desk.window.install_questions and not desk.window.errors


def test_a_missing_licence_is_an_alarm(desk, tmp_path):
    folder = onnx_folder(tmp_path / "net")
    card = folder / "card.toml"
    card.write_text(card.read_text().replace('licence = "CC0-1.0"', ""))
    desk.window.dropped.emit((folder,))
    _, told = facts(desk)
    assert told["Licence"].is_alarm and told["Licence"].text.startswith("MISSING")


@pytest.mark.parametrize(("shift", "passed"), [(0.0, True), (0.5, False)])
def test_the_self_test_runs_before_the_question(desk, tmp_path, rng, shift, passed):
    folder = onnx_folder(tmp_path / "net")
    given = rng.uniform(size=(1, 6, 6, 6)).astype(np.float32)
    np.save(folder / "test_input.npy", given)
    made = np.concatenate([40 * (0.5 - given), 40 * (given - 0.5)])
    np.save(folder / "test_output.npy", made + np.float32(shift))
    desk.window.dropped.emit((folder,))
    _, told = facts(desk)
    assert told["Self-test"].text.startswith("Passed" if passed else "FAILED")
    assert told["Self-test"].is_alarm is not passed


def test_a_self_test_that_cannot_be_read_is_told_not_raised(desk, tmp_path):
    folder = onnx_folder(tmp_path / "net")
    for name in ("test_input.npy", "test_output.npy"):
        (folder / name).write_bytes(b"no numbers")
    desk.window.dropped.emit((folder,))
    _, told = facts(desk)
    assert told["Self-test"].is_alarm


def test_a_program_is_asked_about_in_red_and_not_run(desk, own_models, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    sentinel = tmp_path / "executed"
    (folder / "entry.py").write_text(f"open({str(sentinel)!r}, 'w')\n")
    card = card_text("code", "entry.py", 'labels = ["Bright"]', "program")
    (folder / "card.toml").write_text(card)
    desk.window.answers["install"] = True
    desk.window.dropped.emit((folder,))
    question, told = facts(desk)
    assert question.needs_trust and "anything that you can do" in question.warning
    assert told["Kind"].is_alarm
    assert "code" in model_ids(desk)
    assert next(row.reason for row in desk.views.tools.models if row.model_id == "code") == ""
    assert not sentinel.exists()


def test_a_refusal_is_one_message(desk, own_models, tmp_path):
    folder = onnx_folder(tmp_path / "net", location="../outside.bin")
    desk.window.dropped.emit((folder,))
    assert not desk.window.install_questions
    ((title, detail, _hint),) = desk.window.errors
    assert "Cannot use the model" in title and "outside" in detail
    assert not list(own_models.iterdir())


def test_scans_and_models_dropped_together_go_their_own_ways(desk, tmp_path):
    from medview.present.install_presenter import split_models

    model, scan = onnx_folder(tmp_path / "net"), tmp_path / "t2.nii.gz"
    scan.write_bytes(b"")
    (tmp_path / "dicom").mkdir()
    assert split_models((scan, model, tmp_path / "dicom")) == ((model,), (scan, tmp_path / "dicom"))


def test_nothing_is_listed_as_running_while_the_question_stands(desk, own_models, tmp_path, monkeypatch):
    running = []
    monkeypatch.setattr(
        desk.window, "ask_install", lambda _question: running.append(desk.workflows.running) or False
    )
    desk.window.dropped.emit((onnx_folder(tmp_path / "net"),))
    assert running == [()]
