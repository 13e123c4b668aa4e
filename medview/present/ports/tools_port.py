"""What the tools presenter asks of the tools panel: models, a form, jobs, outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.layers import LayerId
from medview.core.params import Param
from medview.present.ports.training_port import EndedTrainingRow, LearningRow


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One model of the tools panel; `reason` says why it cannot run, empty where it can."""

    model_id: str
    title: str
    task: str
    summary: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RoleRow:
    """One input of a model: the layers that fit best come first in `candidates` (id, name)."""

    role: str
    title: str
    required: bool
    candidates: tuple[tuple[LayerId, str], ...]
    chosen: LayerId | None


@dataclass(frozen=True, kw_only=True)
class ModelForm:
    """The form of the chosen model."""

    model_id: str
    title: str
    note: str
    roles: tuple[RoleRow, ...]
    params: tuple[Param, ...]
    values: dict[str, Any]
    problem: str  # why Run is off; empty where it is on
    warnings: tuple[str, ...]  # what about the inputs is unlike the scans of the training
    forecast: str  # memory and time in words
    masks: tuple[tuple[LayerId, str], ...] = ()  # id and name of those that the labels can be proposed for
    target: LayerId | None = None  # the chosen one; None: the result is a layer of its own


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job on show: fraction 0-1 or None where unknown, and whether it can be cancelled."""

    job_id: str
    title: str
    message: str
    fraction: float | None
    time_left: str
    can_cancel: bool
    learning: LearningRow | None = None  # of a training


class ToolsViewPort(Protocol):
    """The tools panel: models, the form of one, running jobs and what came of them."""

    model_chosen: SignalInstance  # (model_id: str)
    role_chosen: SignalInstance  # (role: str, LayerId | None)
    value_changed: SignalInstance  # (name: str, value)
    target_chosen: SignalInstance  # (LayerId | None) the mask that the result is proposed for
    run_asked: SignalInstance  # ()
    cancel_asked: SignalInstance  # (job_id: str)
    training_used: SignalInstance  # (job_id: str) the finished model is to be used
    training_resumed: SignalInstance  # (job_id: str)
    training_dismissed: SignalInstance  # (job_id: str)
    card_asked: SignalInstance  # () the chosen model's
    doubt_asked: SignalInstance  # () the next doubtful place

    def show_doubt(self, text: str, why_not: str) -> None:
        """Show where the walk through doubtful places stands, and why it is off (empty where it is on)."""

    def show_models(self, rows: tuple[ModelRow, ...], chosen: str) -> None:
        """List the models."""

    def show_form(self, form: ModelForm | None) -> None:
        """Show the form of the chosen model, keeping the keyboard focus."""

    def show_jobs(self, rows: tuple[JobRow, ...]) -> None:
        """Show the running jobs with progress and Cancel."""

    def show_outcome(self, text: str, is_error: bool) -> None:
        """Say what came of the last run, in the panel."""

    def show_ended_trainings(self, rows: tuple[EndedTrainingRow, ...]) -> None:
        """Offer what ended trainings have made, or to go on with them."""
