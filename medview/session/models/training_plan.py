"""What a training will do, in words, before it is started: from names of files and from earlier trainings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medview.core.errors import MedviewError
from medview.core.params import validate
from medview.ml.preflight import Speeds, time_words
from medview.ml.spec import ModelSpec
from medview.ml.training_folder import TrainingStanding, read_standing
from medview.session.files.subjects import SubjectFiles

_FREE = ("epochs", "epochs_phase1", "epochs_phase2", "patience", "folds", "fold", "validation_fraction")
"""Parameters on which the time of one epoch and subject does not depend."""


@dataclass(frozen=True, kw_only=True)
class TrainingWish:
    """What a person asks for.

    Args:
        model_id: The method.
        data: The data folder.
        out: The folder to write.
        params: Training parameters.
        seed: Start of the random numbers.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
    """

    model_id: str
    data: Path
    out: Path
    params: Mapping[str, Any]
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """What will come of a wish: `forecast` in words, `problem` where it cannot start, whether it goes on."""

    forecast: str = ""
    problem: str = ""
    standing: TrainingStanding | None = None


def plan_training(
    spec: ModelSpec, subjects: Sequence[SubjectFiles], wish: TrainingWish, speeds: Speeds
) -> TrainingPlan:
    """Say what a training will do, or why it cannot start."""
    complete = [subject for subject in subjects if not subject.missing]
    standing = read_standing(wish.out) if str(wish.out) != "." else None
    problem = _problem(spec, len(complete), wish, standing)
    if problem:
        return TrainingPlan(problem=problem, standing=standing)
    people = {subject.id.partition("/")[0] for subject in complete}
    sentences = [_parts_words(len(people), len(complete), wish.params), _length_words(spec, wish.params)]
    if standing is not None:
        sentences.append(f"Goes on after {standing.epochs} epochs.")
    sentences.append(_time_words(spec, len(complete), wish, speeds))
    return TrainingPlan(forecast=" ".join(filter(None, sentences)), standing=standing)


def _problem(spec: ModelSpec, complete: int, wish: TrainingWish, standing: TrainingStanding | None) -> str:
    if str(wish.data) == ".":
        return "Choose the folder that holds the subjects."
    if not complete:
        return "No subject in this folder is complete."
    place = _place_problem(spec, wish, standing)
    if place:
        return place
    try:
        validate(spec.train_params, wish.params)
    except MedviewError as refusal:
        return str(refusal)
    return ""


def _place_problem(spec: ModelSpec, wish: TrainingWish, standing: TrainingStanding | None) -> str:
    """Why the model cannot be written where the person wants it."""
    if str(wish.out) == ".":
        return "Choose the folder to write the model to."
    if wish.out.is_file():
        return "The place to write to is a file; choose a folder."
    if wish.out.resolve() == wish.data.resolve():
        return "The model cannot be written among the subjects; choose another folder."
    if standing is not None and standing.model_id != spec.id:
        return f"This folder holds a training of {standing.model_id}; choose another one."
    if standing is None and wish.out.is_dir() and any(wish.out.iterdir()):
        return "The folder to write to is not empty; choose another one."
    return _change_problem(wish, standing)


def _change_problem(wish: TrainingWish, standing: TrainingStanding | None) -> str:
    """Why a training cannot go on with other settings than it was begun with; its length may differ."""
    for name, value in (standing.params if standing is not None else {}).items():
        is_length = name.startswith("epochs") or name in ("patience", "record")
        if not is_length and wish.params.get(name, value) != value:
            return f"This training was begun with {name} = {value}; set it so, or choose another folder."
    return ""


def _parts_words(people: int, subjects: int, params: Mapping[str, Any]) -> str:
    whom = f"{people} subjects" if people == subjects else f"{subjects} sessions of {people} subjects"
    folds = int(params.get("folds", 0))
    if folds:
        which = (
            f"fold {params['fold']} of {folds}" if params.get("fold") else f"{folds} trainings, one per fold"
        )
        return f"Learns from {whom}: {which}."
    held = min(max(1, round(people * float(params.get("validation_fraction", 0.1)))), people - 1)
    if not held:
        return "Learns from the only subject and validates on it too, which says little."
    return f"Learns from {whom}, {held} of which {'is' if held == 1 else 'are'} held back to judge it."


def _length_words(spec: ModelSpec, params: Mapping[str, Any]) -> str:
    return f"At most {most_epochs(spec, params)} epochs."


def most_epochs(spec: ModelSpec, params: Mapping[str, Any]) -> int:
    """The most epochs of all phases of one training."""
    names = [param.name for param in spec.train_params if param.name.startswith("epochs")]
    return sum(int(params.get(name, 0)) for name in names)


def _time_words(spec: ModelSpec, subjects: int, wish: TrainingWish, speeds: Speeds) -> str:
    seconds = speeds.known(training_key(spec, wish))
    if seconds is None:
        return "How long it takes is told after the first epoch."
    trainings = int(wish.params.get("folds", 0)) if not wish.params.get("fold") else 1
    whole = seconds * subjects * most_epochs(spec, wish.params) * max(1, trainings)
    return f"With these settings that took about {time_words(whole)} here before."


def training_key(spec: ModelSpec, wish: TrainingWish) -> str:
    """Under which name the seconds per epoch and subject of a training like this are remembered."""
    facts = {name: value for name, value in sorted(wish.params.items()) if name not in _FREE}
    digest = hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:12]
    return f"train {spec.id} {spec.version} {wish.device} {digest}"
