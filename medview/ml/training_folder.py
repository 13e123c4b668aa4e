"""The folder of a training as the program reads it, without torch: what was asked for, how far it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIG = "config.json"
HISTORY = "history.json"
VERSIONS = "versions.json"
CHECKPOINT = "checkpoint"
PICTURES = "pictures"
LOGS = "tensorboard"
SCORE = "validation_"
"""Begins the names of the scores that go into a card."""


@dataclass(frozen=True, kw_only=True)
class TrainingStanding:
    """How far the training in a folder has come.

    Args:
        model_id: Of the model that is trained.
        params: What was asked for.
        seed: Start of its random numbers.
        epochs: Epochs that are done, over all folds.
    """

    model_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    epochs: int = 0


def read_standing(out: Path) -> TrainingStanding | None:
    """What lies in a folder; None where no training has begun in it or its files are damaged."""
    config = _read(out / CONFIG)
    if not isinstance(config, dict) or not isinstance(config.get("model"), str):
        return None
    histories = [_read(path) for path in (out / HISTORY, *sorted(out.glob(f"fold-*/{HISTORY}")))]
    return TrainingStanding(
        model_id=config["model"],
        params={name: value for name, value in config.items() if name not in ("model", "version", "seed")},
        seed=int(config.get("seed", 0)),
        epochs=sum(len(rows) for rows in histories if isinstance(rows, list)),
    )


def newest_picture(out: Path) -> Path | None:
    """The validation picture that was written last, in the folder or those of its folds."""
    there = [*out.glob(f"{PICTURES}/*.png"), *out.glob(f"fold-*/{PICTURES}/*.png")]
    return max(there, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def _read(path: Path) -> object:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        return None
