"""The paper's study on synthetic films: views × methods × mask, and pose method × frames.

P09 (Nguyen et al., MLMI 2023) compared NerfAcc and Instant-NGP on five sets of views of one private film, and
three ways to find its cameras. Here the films are synthetic, so that truth is known: fields are trained on
the abdomen of ellipsoids, cameras are searched on the film of the richer abdomen. Every finished run is kept
in a folder; a study that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import medview
from medview.bench.nerf_study_fields import field_row
from medview.bench.nerf_study_poses import pose_row
from medview.bench.nerf_study_settings import FieldRun, PoseRun, planned
from medview.core.volume import AnyArray
from medview.io.atomic_file import write_text
from medview.ml.context import Listener
from medview.ml.registry import Registry, installed

RESULT_NAME = "result.json"


def run_study(
    values: Mapping[str, object],
    folder: Path,
    listener: Listener,
    tell: Callable[[str], None],
    seed: int = 0,
    device: str = "cpu",
    registry: Registry | None = None,
) -> dict[str, Any]:
    """Run what is not done yet.

    Args:
        values: Settings (`medview.bench.nerf_study_settings.PARAMS`); those not named have their defaults.
        folder: Where trainings, the film and results are kept.
        listener: Hears of the progress, 0 to 1 over the whole study, and may cancel.
        tell: Hears a line about every run.
        seed: Of trainings; the film is of seed 1 more.
        device: ``"cpu"`` or ``"cuda"``.
        registry: Where methods are found; None for those of this installation.

    Returns:
        ``machine``, ``plan``, ``fields`` and ``poses``: a row for every run, in the plan's order; plain JSON.

    Raises:
        InputRefused: A setting does not fit.
        RunFailed: A training failed.
        Cancelled: What was finished stays.
    """
    plan, known = planned(values, seed, device), registry or installed()
    for method in {run.method for run in plan.fields}:
        known.find(method)
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {"fields": [], "poses": []}
    runs: list[FieldRun | PoseRun] = [*plan.fields, *plan.poses]
    for number, run in enumerate(runs):
        part = _Part(listener, number / len(runs), 1 / len(runs))
        is_field = isinstance(run, FieldRun)

        def make(place: Path, run: FieldRun | PoseRun = run, part: _Part = part) -> dict[str, Any]:
            if isinstance(run, FieldRun):
                return field_row(run, place, part, known)
            return pose_row(run, place, part, known)

        row = _kept(folder / run.key, make)
        tell(f"{number + 1} of {len(runs)}: {run.key}, {row.get('seconds', 0.0):.0f} s")
        rows["fields" if is_field else "poses"].append(row)
    return {"machine": _machine(device), "plan": plan.as_json(), **rows}


@dataclass(frozen=True)
class _Part:
    """One run's share of the study's progress."""

    listener: Listener
    first: float
    share: float

    def progress(self, fraction: float, message: str) -> None:
        self.listener.progress(self.first + self.share * fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Nobody looks."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        self.listener.report(step, values)

    def is_cancelled(self) -> bool:
        return self.listener.is_cancelled()


def _kept(folder: Path, make: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """The row of an earlier run of the same words, or a new one."""
    path = folder / RESULT_NAME
    if path.is_file():
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return row
    started_s = time.monotonic()
    row = make(folder)
    row["whole_seconds"] = time.monotonic() - started_s
    folder.mkdir(exist_ok=True)
    write_text(path, json.dumps(row, indent=1))
    return row


def _machine(device: str) -> dict[str, Any]:
    return {
        "medview": medview.__version__,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "device": device,
    }
