"""The folder of one training: what was asked for, with which programs, how it went, and the best weights."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import accelerate
import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor

import medview
from medview.core.disk import room_words
from medview.core.errors import InputRefused, RunFailed
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.spec import ModelSpec
from medview.ml.training_folder import CHECKPOINT, CONFIG, SCORE, VERSIONS
from medview.zoo.inference import save_weights
from medview.zoo.learning.checkpoint import STATE


def write_json(path: Path, value: object) -> None:
    """Write a file of JSON, replaced in one step."""
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.write_text(json.dumps(value, indent=1), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def told_of_lack_of_room(out: Path) -> Iterator[None]:
    """Tell in one sentence that a training could not write; other failures pass through.

    Raises:
        RunFailed: The disk is full, or what was to be written larger than it may be.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        room = room_words(error)
        if room is None:
            raise
        has_any = any(out.rglob(f"{CHECKPOINT}/{STATE}"))
        hint = "Free some space, then resume: the last checkpoint is whole." if has_any else room[1]
        raise RunFailed(f"The training in {out.name} stopped", room[0], hint) from error


def write_config(out: Path, config: Mapping[str, Any]) -> None:
    """Write what the training was asked for, and the programs that it is done with."""
    write_json(out / CONFIG, dict(config))
    write_json(out / VERSIONS, versions())


def versions() -> dict[str, str]:
    """The versions of all that the numbers of a training depend on."""
    return {
        "medview": medview.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "accelerate": accelerate.__version__,
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def demand_same_config(out: Path, config: Mapping[str, Any], may_change: Sequence[str]) -> None:
    """Refuse to resume a training that was asked for differently.

    Args:
        out: The run's folder.
        config: What is asked for now.
        may_change: Names of what may differ, such as the number of epochs.

    Raises:
        InputRefused: With the first setting that differs.
    """
    title = f"Cannot resume the training in {out.name}"
    try:
        stored = json.loads((out / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputRefused(title, f"{CONFIG} is missing or damaged", "Start anew.") from None
    # as JSON gives it back: lists for tuples
    for name, value in json.loads(json.dumps(dict(config))).items():
        if name not in may_change and stored.get(name) != value:
            raise InputRefused(
                title, f"{name} was {stored.get(name)} and is {value} now", "Set it as it was."
            )


def cpu_copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy of a state dictionary in main memory."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in state.items()}


def keep_weights(out: Path, state: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write weights and their card, whose hash is filled in."""
    save_weights(cpu_copy(state), out / WEIGHTS_NAME)
    facts = {name: getattr(card, name) for name in card.__dataclass_fields__}
    write_card(out, ModelCard(**{**facts, "sha256": file_sha256(out / WEIGHTS_NAME)}))


def draft_card(
    spec: ModelSpec, settings: Mapping[str, Any], facts: Mapping[str, Any], trained_as: str = ""
) -> ModelCard:
    """A card that says what is known of weights that a person trained.

    Args:
        spec: The method.
        settings: What its code must know to run the weights.
        facts: ``learned`` and ``held`` (numbers of subjects), ``epoch``, and scores.
        trained_as: The variant, where it is not the full method.
    """
    learned, held = facts["learned"], facts["held"]
    scores = {name.removeprefix(SCORE): value for name, value in facts.items() if name.startswith(SCORE)}
    variant = f", variant {trained_as}" if trained_as else ""
    return ModelCard(
        model_id=spec.id,
        version=spec.version,
        title=f"{spec.title}, trained on {learned} subjects{variant}",
        sha256="0" * 64,
        trained_on=f"{learned} subjects of the person who trained it",
        intended_use=spec.note,
        not_for="Clinical use. Scans unlike those that it was trained on.",
        results=({"data": f"{held} validation subjects", **scores, "epoch": facts["epoch"]},),
        settings=settings,
        citation=spec.citation,
    )
