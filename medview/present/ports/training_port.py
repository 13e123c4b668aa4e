"""What presenters ask of the views of trainings: the wizard, live curves, offers of what was trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.params import Param


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """One learning curve: points (epoch or step, value), the newest value in words, and what is counted."""

    title: str
    points: tuple[tuple[int, float], ...]
    newest: str
    counted: str = "epoch"


@dataclass(frozen=True, kw_only=True)
class LearningRow:
    """How a training gets on: its curves, and the newest validation picture where there is one."""

    curves: tuple[CurveRow, ...]
    picture: Path | None = None


@dataclass(frozen=True, kw_only=True)
class EndedTrainingRow:
    """A training that has ended: what came of it, and what can be done with it now."""

    job_id: str
    title: str
    text: str
    is_finished: bool  # its model can be used; otherwise it can go on
    learning: LearningRow


@dataclass(frozen=True, kw_only=True)
class SubjectRow:
    """One subject of a data folder: `missing` says what it lacks, empty where it is complete."""

    name: str
    missing: str


@dataclass(frozen=True, kw_only=True)
class TrainingForm:
    """The training wizard.

    Args:
        models: Id and title of the methods that learn.
        model_id: The chosen one.
        summary: What it does.
        needs: Which files each subject must have.
        data: The data folder, empty where none is chosen.
        subjects: What lies in it.
        count: How many are complete, in words.
        params: What can be set.
        values: By name.
        out: The folder to write, empty where none is chosen.
        forecast: What will happen, in words.
        problem: Why it cannot start; empty where it can.
        is_resumed: The folder holds a training, which goes on.
    """

    models: tuple[tuple[str, str], ...]
    model_id: str
    summary: str
    needs: str
    data: str
    subjects: tuple[SubjectRow, ...]
    count: str
    params: tuple[Param, ...]
    values: dict[str, Any]
    out: str
    forecast: str
    problem: str
    is_resumed: bool


class TrainingViewPort(Protocol):
    """The training wizard: method, data, settings, place; then it starts and goes away."""

    model_chosen: SignalInstance  # (model_id: str)
    data_chosen: SignalInstance  # (folder: Path)
    out_chosen: SignalInstance  # (folder: Path)
    value_changed: SignalInstance  # (name: str, value)
    start_asked: SignalInstance  # ()
    closed: SignalInstance  # () it was put away

    def show(self, form: TrainingForm) -> None:
        """Show this state, opening the wizard where it is not open."""

    def close(self) -> None:
        """Put it away."""
