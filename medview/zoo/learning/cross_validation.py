"""Cross-validation: one training per fold, and a table of all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.ml.card import WEIGHTS_NAME, read_card, write_card
from medview.ml.context import RunContext
from medview.zoo.learning.part import part_of
from medview.zoo.learning.run_folder import write_json

TABLE = "folds.json"
TrainFold = Callable[[int, Path, RunContext], Mapping[str, float]]


def fold_folder(out: Path, fold: int) -> Path:
    """Where the training of one fold lies, counted from 1."""
    return out / f"fold-{fold}"


def cross_validate(
    train_fold: TrainFold, folds: int, out: Path, watched: str, ctx: RunContext, *, is_main: bool = True
) -> Mapping[str, float]:
    """Train every fold and leave in `out` the table, and the weights of the fold with the best score.

    Args:
        train_fold: Trains a fold into a folder; one that was trained before returns its scores at once.
        folds: How many.
        out: The folder of all.
        watched: The score that is told.
        ctx: Who hears of it.
        is_main: Whether this process writes table and weights.

    Returns:
        Mean of the watched score under its own name, its spread as ``NAME_sd``, and ``folds``.
    """
    rows = []
    for fold in range(1, folds + 1):
        part = part_of(ctx, (fold - 1) / folds, 1 / folds, f"Fold {fold} of {folds}: ", {"fold": fold})
        scores = train_fold(fold, fold_folder(out, fold), part)
        rows.append({"fold": fold, **scores})
        if is_main:
            write_json(out / TABLE, rows)
    values = np.array([row[watched] for row in rows])
    if is_main:
        _take_best(out, rows, watched)
    return {
        watched: float(values.mean()),
        f"{watched}_sd": float(values.std(ddof=1)),
        "folds": float(folds),
    }


def _take_best(out: Path, rows: Sequence[Mapping[str, Any]], watched: str) -> None:
    """The weights of the best fold, whose card tells the scores of all."""
    best = fold_folder(out, 1 + int(np.argmax([row[watched] for row in rows])))
    card = read_card(best)
    table = [
        {"data": f"fold {row['fold']}, held-back subjects", watched: round(row[watched], 4)} for row in rows
    ]
    values = [row[watched] for row in rows]
    mean = {
        "data": f"mean of {len(rows)} folds",
        watched: round(float(np.mean(values)), 4),
        f"{watched}_sd": round(float(np.std(values, ddof=1)), 4),
    }
    draft = out / f"{WEIGHTS_NAME}.part"
    shutil.copyfile(best / WEIGHTS_NAME, draft)
    draft.replace(out / WEIGHTS_NAME)
    title = f"{card.title}, {best.name} of {len(rows)}"
    write_card(out, replace(card, title=title, results=(mean, *table)))
