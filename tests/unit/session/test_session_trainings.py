"""A training from the look into its data to the model in use, and the ways it can stop and go on."""

from __future__ import annotations

import json

import pytest

from medview.core.errors import InputRefused
from medview.ml.preflight import Speeds
from medview.session.models.training_plan import TrainingWish, plan_training
from medview.session.models.trainings import DONE, STOPPED, with_point


@pytest.fixture
def data(tmp_path, scan_file):
    """Two complete subjects and one without its reference."""
    root = tmp_path / "data"
    for name in ("ann", "bob", "eve"):
        (root / name).mkdir(parents=True)
        scan_file(name=f"data/{name}/t2.nii.gz")
        if name != "eve":
            scan_file(name=f"data/{name}/bright.nii.gz")
    return root


@pytest.fixture
def trainings(workflows):
    return workflows.trainings


@pytest.fixture
def wish(data, tmp_path):
    def make(**params):
        return TrainingWish(model_id="bright", data=data, out=tmp_path / "out", params=params)

    return make


def surveyed(trainings, folder):
    found = []
    trainings.surveyed.connect(found.append)
    trainings.look_at("bright", folder)
    return found[-1]


def test_a_data_folder_is_surveyed_in_the_background(trainings, data, tmp_path):
    found = surveyed(trainings, data)
    assert [(s.id, s.missing) for s in found.subjects] == [("ann", ()), ("bob", ()), ("eve", ("bright",))]
    assert "no such folder" in surveyed(trainings, tmp_path / "none").problem


def test_what_will_happen_is_told_in_words(trainings, data, wish):
    found = surveyed(trainings, data)
    plan = trainings.plan(wish(epochs=20), found)
    assert plan.problem == ""
    assert plan.forecast.startswith("Learns from 2 subjects, 1 of which is held back to judge it.")
    assert "At most 20 epochs." in plan.forecast and "after the first epoch" in plan.forecast
    assert "2 trainings, one per fold" in trainings.plan(wish(epochs=20, folds=2), found).forecast
    assert "fold 1 of 2" in trainings.plan(wish(epochs=20, folds=2, fold=1), found).forecast


def test_the_time_is_told_once_such_a_training_was_done(trainings, data, wish):
    trainings.start(wish(epochs=3), complete=2)
    plan = trainings.plan(wish(epochs=30), surveyed(trainings, data))
    assert "With these settings that took about 60 s here before." in plan.forecast
    assert "Goes on after 3 epochs." in plan.forecast


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": ""}, "holds the subjects"),
        ({"out": ""}, "write the model to"),
        ({"params": {"epochs": 0}}, "between"),
        ({"params": {"epochs": 5000}}, "between"),
    ],
)
def test_why_it_cannot_start_is_told(trainings, data, wish, change, words):
    from dataclasses import replace
    from pathlib import Path

    known = {name: Path(value) if name != "params" else value for name, value in change.items()}
    plan = trainings.plan(replace(wish(epochs=3), **known), surveyed(trainings, data))
    assert words in plan.problem and not plan.forecast


def test_folders_that_hold_something_else_are_not_written_to(trainings, data, wish, tmp_path):
    found, out = surveyed(trainings, data), tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    assert "not empty" in trainings.plan(wish(epochs=3), found).problem
    (out / "config.json").write_text(json.dumps({"model": "other"}))
    assert "holds a training of other" in trainings.plan(wish(epochs=3), found).problem
    with pytest.raises(InputRefused, match="training of other"):
        trainings.start(wish(epochs=3))


def test_a_training_shows_its_curves_and_newest_picture_and_ends_with_a_model(
    trainings, heard, wish, tmp_path
):
    seen = []
    trainings.changed.connect(seen.append)
    trainings.start(wish(epochs=3), complete=2)
    (info,) = trainings.infos
    assert info.state == DONE and "dice 0.8" in info.sentence
    assert info.curves["loss"] == ((1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3)))
    assert info.picture == tmp_path / "out" / "pictures" / "epoch-0003.png"
    assert {len(infos[0].curves.get("loss", ())) for infos in seen if infos} >= {1, 2, 3}
    assert heard.told[-1] == "The training of Bright things has finished."


def test_a_finished_model_is_taken_into_use(trainings, workflows, wish, tmp_path):
    taken = []
    trainings.taken.connect(taken.append)
    job_id = trainings.start(wish(epochs=2))
    folder = trainings.use(job_id)
    assert sorted(path.name for path in folder.iterdir()) == ["card.toml", "weights.safetensors"]
    assert taken == ["bright"] and trainings.infos == ()
    assert folder.is_relative_to(tmp_path / "xdg_data_home")


def test_damaged_weights_are_not_taken_into_use(trainings, wish, tmp_path):
    job_id = trainings.start(wish(epochs=2))
    (tmp_path / "out" / "weights.safetensors").write_bytes(b"other")
    with pytest.raises(InputRefused, match="not the file that its card describes"):
        trainings.use(job_id)
    assert len(trainings.infos) == 1


def test_a_failed_training_stays_and_goes_on(trainings, heard, wish):
    job_id = trainings.start(wish(epochs=4, broken=True))
    (info,) = trainings.infos
    assert info.state == STOPPED and "it was asked to" in info.sentence
    assert heard.failed
    trainings.go_on(job_id)
    (again,) = trainings.infos
    assert again.state == DONE and again.sentence.endswith("epochs 4")
    trainings.dismiss(again.job_id)
    assert trainings.infos == ()


def test_a_training_goes_on_with_the_settings_it_was_begun_with(trainings, data, wish):
    trainings.start(wish(epochs=2, folds=0))
    found = surveyed(trainings, data)
    assert "begun with folds = 0" in trainings.plan(wish(epochs=9, folds=2), found).problem
    assert trainings.plan(wish(epochs=9, folds=0), found).problem == ""


def test_curves_begin_anew_with_each_fold():
    curves = {}
    for fold, loss in ((1, 0.5), (1, 0.4), (2, 0.6)):
        curves = with_point(curves, {"loss": loss, "fold": fold})
    assert curves["loss"] == ((1, 0.6),)


def test_sessions_of_one_person_are_told_apart_from_people(tmp_path, wish, data):
    import session_models

    from medview.session.files.subjects import SubjectFiles

    visits = [SubjectFiles(id=f"sub-1/ses-{n}", files={}) for n in (1, 2)]
    plan = plan_training(session_models.SPEC, visits, wish(epochs=1), Speeds(tmp_path / "speeds.json"))
    assert "the only subject" in plan.forecast
