"""What presenters ask of views: methods that take plain values, signals that carry plain values.

Each Protocol has two implementations: the Qt view of the same base name in gui, and the fake in
the presenter tests. Views never decide; they show what they are given and say what a person did.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.layers import LayerId
from medview.core.params import Param
from medview.core.plans import SlicePlan, Vector, VolumePlan
from medview.core.state import Layout, Tool
from medview.present.install_question import InstallQuestion
from medview.present.training_ports import EndedTrainingRow, LearningRow
from medview.session.models.card_page import CardCurve, CardFact, CardPage, CardTable

__all__ = ["CardCurve", "CardFact", "CardPage", "CardTable"]  # plain values that views draw as they are


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """A mouse event in a slice.

    Args:
        position_ras: Patient position on the plane.
        position_px: Widget pixels from the top left.
        button: ``"left"``, ``"middle"``, ``"right"`` or ``""`` for a move without one.
        shift: Shift is held.
        ctrl: Control (Command on a Mac) is held.
        mm_per_pixel: Scale of the pane at the moment.
    """

    position_ras: Vector
    position_px: tuple[float, float]
    button: str = "left"
    shift: bool = False
    ctrl: bool = False
    mm_per_pixel: float = 1.0


class SliceViewPort(Protocol):
    """One slice pane. Signals: what the mouse did."""

    scrolled: SignalInstance  # (steps: int, ctrl: bool, shift: bool), up is positive
    pressed: SignalInstance  # (Pointer)
    moved: SignalInstance  # (Pointer), with or without a button
    released: SignalInstance  # (Pointer)
    double_clicked: SignalInstance  # (Pointer)
    left: SignalInstance  # () the mouse left the pane

    def show(self, plan: SlicePlan) -> None:
        """Draw this plan at the next frame."""

    def set_cursor_shape(self, shape: str) -> None:
        """Show ``"cross"``, ``"arrow"``, ``"none"`` (a brush is drawn), ``"window"`` or ``"move"``."""


class VolumeViewPort(Protocol):
    """The 3-D pane; it turns its camera by itself."""

    picked: SignalInstance  # (position_ras: Vector), a double click or Shift-click on something
    maximise_asked: SignalInstance  # ()

    def show(self, plan: VolumePlan) -> None:
        """Draw this plan at the next frame."""

    def reset_camera(self) -> None:
        """Look from the front with everything in view."""

    def view_from(self, direction: str) -> None:
        """Look from a side of the patient.

        Args:
            direction: ``"anterior"``, ``"posterior"``, ``"left"``, ``"right"``, ``"superior"`` or
                ``"inferior"``.
        """


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One line of the layer list, top layer first."""

    layer_id: LayerId
    name: str
    kind: str
    is_labels: bool
    visible: bool
    opacity: float
    colormap: str
    colour: tuple[int, int, int] | None
    low: float
    high: float
    outline: bool
    surface: bool
    smoothing_mm: float
    is_unsaved: bool
    details: str  # many lines: file, grid, values, warnings, provenance
    value_step: float


class LayersViewPort(Protocol):
    """The layer list and the properties of the active layer."""

    activated: SignalInstance  # (LayerId)
    changed: SignalInstance  # (LayerId, field: str, value) fields of LayerRow: visible, name, opacity ...
    window_changed: SignalInstance  # (LayerId, low: float, high: float)
    moved: SignalInstance  # (LayerId, steps: int) up is positive
    removed: SignalInstance  # (LayerId)

    def show(self, rows: tuple[LayerRow, ...], active_id: LayerId | None) -> None:
        """Show these lines; empty shows how to open a scan."""

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps."""


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


@dataclass(frozen=True, kw_only=True)
class LabelRow:
    """One label that can be painted."""

    value: int
    name: str
    colour: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class EditPlan:
    """State of the editing tools; `why_not` says why painting is off, empty where it is on."""

    tool: Tool
    radius_mm: float
    layer_name: str
    labels: tuple[LabelRow, ...]
    label_value: int
    why_not: str


class EditViewPort(Protocol):
    """Brush, eraser, sizes and labels."""

    tool_chosen: SignalInstance  # (Tool)
    radius_changed: SignalInstance  # (float, mm)
    label_chosen: SignalInstance  # (value: int)
    label_changed: SignalInstance  # (value: int, name: str, colour: tuple)
    label_added: SignalInstance  # ()
    mask_asked: SignalInstance  # () a new empty label layer over the scan

    def show(self, plan: EditPlan) -> None:
        """Show this state."""


@dataclass(frozen=True, kw_only=True)
class ActionRow:
    """One entry of menus and tool bars.

    Args:
        action_id: Such as ``"file.open"``; the part before the dot is the menu.
        title: Menu text.
        shortcuts: Key sequences, such as ``"Ctrl+O"``.
        tip: Tooltip: what it does, with mouse and key.
        why_not: Why it is off; empty where it is on.
        checked: For switches; None for plain actions.
        icon: Name of an icon in resources/icons; empty for none.
        group: Actions of one group are alternatives or stand together between separators.
    """

    action_id: str
    title: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    why_not: str = ""
    checked: bool | None = None
    icon: str = ""
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class RecentRow:
    """A recent file: the name alone is shown, the folder is the tooltip; missing ones are off."""

    path: Path
    name: str
    exists: bool


@dataclass(frozen=True, kw_only=True)
class SeriesRow:
    """One DICOM series of the picker."""

    title: str
    modality: str
    detail: str
    is_suggested: bool


class WindowViewPort(Protocol):
    """The main window: menus, title, status, questions, messages."""

    triggered: SignalInstance  # (action_id: str)
    dropped: SignalInstance  # (paths: tuple[Path, ...])
    recent_chosen: SignalInstance  # (Path)
    frame_chosen: SignalInstance  # (int)
    close_asked: SignalInstance  # ()
    preference_changed: SignalInstance  # (name: str, value)
    self_test_asked: SignalInstance  # (model_id: str)

    def show_actions(self, rows: tuple[ActionRow, ...]) -> None:
        """Build or refresh menus, tool bar and keys."""

    def show_title(self, document: str, is_unsaved: bool) -> None:
        """Show what is open; never a patient's name."""

    def show_layout(self, layout: Layout) -> None:
        """Show these panes."""

    def show_readout(self, lines: tuple[str, ...]) -> None:
        """Show position and values under the mouse."""

    def show_hint(self, text: str) -> None:
        """Show one line in the status bar: what the mouse does now, or what has just happened."""

    def show_frames(self, frame: int, count: int, text: str) -> None:
        """Show the time slider; a count of 1 hides it."""

    def show_recent(self, rows: tuple[RecentRow, ...]) -> None:
        """Fill the Recent menu and the start page."""

    def show_error(self, title: str, detail: str, hint: str) -> None:
        """Tell a failure; never blocks the program."""

    def show_warnings(self, title: str, lines: tuple[str, ...]) -> None:
        """Say what was guessed or repaired, in a bar that can be dismissed."""

    def ask_paths(self) -> tuple[Path, ...]:
        """Ask for files to open; empty on cancel."""

    def ask_folder(self) -> Path | None:
        """Ask for a DICOM folder; None on cancel."""

    def ask_series(self, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
        """Ask which series to open; empty on cancel."""

    def ask_model_file(self) -> Path | None:
        """Ask for a zip of a model; None on cancel."""

    def ask_model_folder(self) -> Path | None:
        """Ask for a model folder; None on cancel."""

    def ask_install(self, question: InstallQuestion) -> bool:
        """Show what a model is, and ask whether to install it."""

    def ask_save_path(self, suggestion: Path) -> Path | None:
        """Ask where to save; None on cancel. Overwriting has been confirmed by the dialog."""

    def ask_unsaved(self, names: tuple[str, ...], before: str) -> str:
        """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Ask for a line of text; None on cancel."""

    def set_theme(self, name: str) -> None:
        """Show ``"dark"`` or ``"light"``."""

    def toggle_full_screen(self) -> None:
        """Fill the screen, or come back."""

    def show_about(self, text: str) -> None:
        """Show version, licences and what the program is not for."""

    def show_text(self, title: str, text: str) -> None:
        """Show plain text with line breaks, such as the list of keys or a model's card."""

    def show_card(self, page: CardPage) -> None:
        """Show a model's card, beside which work goes on."""

    def show_self_test(self, text: str, is_good: bool | None) -> None:
        """Tell on the card what a self-test found; None while it runs."""

    def ask_picture_path(self) -> Path | None:
        """Ask where to save a picture of the panes; None on cancel."""

    def save_picture(self, path: Path, mark: str) -> None:
        """Save what the panes show as PNG; `mark` is written into it as text too."""

    def copy_picture(self) -> None:
        """Put what the panes show on the clipboard."""

    def show_preferences(self, params: tuple[Param, ...], values: dict[str, Any]) -> None:
        """Let the person change preferences; every change is told at once."""

    def show_guide(self) -> None:
        """Open the user guide."""

    def close(self) -> None:
        """Close the window for good."""
