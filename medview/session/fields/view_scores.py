"""What a training says of the views of its scene: ``views.json`` in its folder, and its curves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.ml.training_folder import HISTORY

VIEWS_NAME = "views.json"
MEASURES = ("psnr_circle", "psnr_frame", "ssim_circle", "ssim_frame")
_MOST_BYTES = 64 * 2**20

Scores = Mapping[int, Mapping[str, float]]


def read_scores(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[Scores, Mapping[str, AnyArray]]:
    """Job target: numbers of the views of the scene in ``folder``, by number of the view.

    Nothing where the folder tells none or what it tells is damaged.
    """
    rows = _list_in(Path(payload["folder"]) / VIEWS_NAME)
    found = {number: _numbers(row, MEASURES) for number, row in enumerate(rows)}
    return {number: values for number, values in found.items() if values}, {}


def read_curves(out: Path) -> dict[str, tuple[tuple[int, float], ...]]:
    """The curves that a training has kept in its folder; empty where there are none."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for row in _list_in(out / HISTORY):
        numbers = _numbers(row, ("step", "loss", "psnr", "held_out_psnr"))
        step = round(numbers.pop("step", 0))
        for name, value in numbers.items():
            curves.setdefault(name, []).append((step, value))
    return {name: tuple(points) for name, points in curves.items()}


def _list_in(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return []
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []


def _numbers(row: Any, names: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(row, dict):
        return {}
    known = {name: row.get(name) for name in names}
    return {name: float(value) for name, value in known.items() if isinstance(value, int | float)}
