"""The training wizard and the cards of trainings, against fake views and a model that learns at once."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from medview.ml import registry


@pytest.fixture
def learning(monkeypatch, tmp_path, remade):
    """A program whose only model learns without torch, with model folders of the test's own."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(registry, "BUILT_IN", ("learning_models",))
    registry.installed.cache_clear()
    yield remade()
    registry.installed.cache_clear()


@pytest.fixture
def data(tmp_path) -> Path:
    root = tmp_path / "data"
    for subject, names in (("ann", ("flair", "lesion")), ("bob", ("flair", "lesion")), ("eve", ("flair",))):
        (root / subject).mkdir(parents=True)
        for name in names:
            image = nib.Nifti1Image(np.ones((4, 4, 4), np.uint8), np.eye(4))
            nib.save(image, root / subject / f"{name}.nii.gz")
    return root


def fill_in(desk, data, out, **values):
    desk.run("model.train")
    view = desk.views.training
    view.data_chosen.emit(data)
    view.out_chosen.emit(out)
    for name, value in values.items():
        view.value_changed.emit(name, value)
    return view


def test_the_wizard_opens_with_what_is_needed_and_why_it_cannot_start(learning):
    learning.run("model.train")
    form = learning.views.training.form
    assert form.models == (("learner", "Learner"),) and form.summary == "Learns lesions."
    assert form.needs == (
        "One folder per subject with flair.nii.gz and lesion.nii.gz, and may have t1.nii.gz; "
        "or a BIDS folder."
    )
    assert form.problem == "Choose the folder that holds the subjects."
    assert form.values == {"epochs": 3, "width": "small", "broken": False}


def test_a_data_folder_shows_which_subjects_are_complete_and_what_is_missing(learning, data):
    learning.run("model.train")
    learning.views.training.data_chosen.emit(data)
    form = learning.views.training.form
    assert [(row.name, row.missing) for row in form.subjects] == [
        ("ann", ""),
        ("bob", ""),
        ("eve", "lacks lesion"),
    ]
    assert form.count == "2 of 3 subjects are complete; the others are left out"
    assert form.problem == "Choose the folder to write the model to."


def test_when_all_is_filled_in_it_says_what_will_happen(learning, data, tmp_path):
    view = fill_in(learning, data, tmp_path / "out", epochs=7)
    assert view.form.problem == "" and not view.form.is_resumed
    assert "Learns from 2 subjects" in view.form.forecast and "At most 7 epochs" in view.form.forecast


def test_a_training_runs_with_curves_and_its_model_is_offered_and_used(learning, data, tmp_path):
    view = fill_in(learning, data, tmp_path / "out")
    tools = learning.views.tools
    assert tools.models[0].reason
    view.start_asked.emit()
    assert view.closings == 1
    live = [row.learning for rows in tools.every_jobs for row in rows if row.learning and row.learning.curves]
    assert live[0].curves[0].title == "Loss" and live[0].curves[1].title == "Validation Dice"
    assert [len(row.curves[0].points) for row in live] == sorted(len(row.curves[0].points) for row in live)
    (row,) = tools.ended
    assert row.is_finished and row.title == "Trained: Learner" and "Folder: out" in row.text
    assert [(curve.title, curve.newest) for curve in row.learning.curves] == [("Validation Dice", "0.2")]
    assert live[-1].curves[0].newest == "0.333"
    tools.training_used.emit(row.job_id)
    assert tools.ended == () and tools.models[0].reason == ""
    assert "two subjects" in learning.workflows.models.card(tools.form.model_id)


def test_a_failed_training_can_go_on_from_its_card(learning, data, tmp_path):
    view = fill_in(learning, data, tmp_path / "out", broken=True, epochs=4)
    view.start_asked.emit()
    tools = learning.views.tools
    (row,) = tools.ended
    assert not row.is_finished and row.title == "Not finished: Learner"
    assert learning.window.errors[-1][0] == "Training stopped"
    tools.training_resumed.emit(row.job_id)
    (row,) = tools.ended
    assert row.is_finished
    tools.training_dismissed.emit(row.job_id)
    assert tools.ended == ()


def test_a_folder_with_a_training_is_gone_on_with_its_own_settings(learning, data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    config = {"model": "learner", "seed": 5, "epochs": 9, "width": "paper", "broken": False}
    (out / "config.json").write_text(json.dumps(config))
    (out / "history.json").write_text(json.dumps([{"loss": 1.0}] * 4))
    view = fill_in(learning, data, out)
    assert view.form.is_resumed and view.form.values["width"] == "paper"
    assert "Goes on after 4 epochs." in view.form.forecast
    view.value_changed.emit("width", "small")
    assert "begun with width = paper" in view.form.problem
    view.value_changed.emit("width", "paper")
    view.start_asked.emit()
    assert len(json.loads((out / "history.json").read_text())) == 9
    assert json.loads((out / "config.json").read_text())["seed"] == 5


def test_an_answer_that_comes_late_does_not_replace_the_folder_chosen_since(learning, data, tmp_path):
    from medview.session.models.trainings import Survey

    learning.run("model.train")
    learning.views.training.data_chosen.emit(data)
    learning.workflows.trainings.surveyed.emit(Survey(model_id="learner", folder=tmp_path, subjects=()))
    assert learning.views.training.form.data == str(data)
    assert len(learning.views.training.form.subjects) == 3


def test_a_wizard_that_was_put_away_does_not_come_back_by_itself(learning, data):
    learning.run("model.train")
    view = learning.views.training
    view.data_chosen.emit(data)
    view.closed.emit()
    shown = len(view.forms)
    learning.workflows.trainings.look_at("learner", data)
    assert len(view.forms) == shown
    learning.run("model.train")
    assert view.form.data == str(data), "what was filled in stays"


def test_start_does_nothing_while_something_is_missing(learning):
    learning.run("model.train")
    learning.views.training.start_asked.emit()
    assert learning.views.training.closings == 0 and learning.workflows.trainings.infos == ()
