"""Stages of a demo script are done once, and go on where they were broken off."""

from __future__ import annotations

import json

import pytest
from learning_parts import SPEC

from medview.zoo.learning import stages
from medview.zoo.learning.demonstration import wins
from medview.zoo.learning.stages import FINISHED, made_once, train_once


@pytest.fixture
def trainings(monkeypatch):
    """What was asked of the trainer, which does nothing."""
    asked = []

    def learn(spec, subjects, out, params, *, is_resumed):
        asked.append((out.name, list(subjects), dict(params), is_resumed))
        out.mkdir(exist_ok=True)
        return {"validation_dice": 0.5}

    monkeypatch.setattr(stages, "learn", learn)
    return asked


def test_a_finished_training_is_not_repeated_nor_are_its_subjects_made(tmp_path, trainings):
    train_once(SPEC, lambda: ["subject"], tmp_path / "full", {"epochs": 2})
    train_once(SPEC, lambda: pytest.fail("subjects were made again"), tmp_path / "full", {"epochs": 2})
    assert trainings == [("full", ["subject"], {"epochs": 2}, False)]
    assert json.loads((tmp_path / "full" / FINISHED).read_text()) == {"validation_dice": 0.5}


def test_a_training_that_was_broken_off_goes_on(tmp_path, trainings):
    checkpoint = tmp_path / "full" / "checkpoint"
    checkpoint.mkdir(parents=True)
    (checkpoint / "state.json").write_text("{}")
    train_once(SPEC, list, tmp_path / "full", {})
    assert [is_resumed for *_, is_resumed in trainings] == [True]


def test_plain_data_is_made_once(tmp_path):
    path = tmp_path / "scores" / "7.json"
    assert made_once(path, lambda: {"all": (0.5, 1.0)}) == {"all": [0.5, 1.0]}
    assert made_once(path, lambda: pytest.fail("made again")) == {"all": [0.5, 1.0]}


def test_wins_are_counted_subject_by_subject():
    assert wins([0.8, 0.6, 0.7], {"A": [0.7, 0.7, 0.7], "B": [0.1, 0.2, 0.3]}) == "A on 1, B on 3"
