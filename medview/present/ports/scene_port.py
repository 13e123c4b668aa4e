"""What the scene presenter asks of the Scene tab: a checklist from frames to a trained scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.params import Param
from medview.core.plans import Shared
from medview.present.ports.training_port import CurveRow


class StepState(Enum):
    """Where a step of the checklist stands."""

    DONE = "done"
    TODO = "to do"
    BUSY = "busy"
    WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step: its name, where it stands, and a few words on it."""

    name: str  # "frames", "mask", "poses", "train", "view"
    title: str
    state: StepState
    words: str


@dataclass(frozen=True, kw_only=True)
class FormPlan:
    """Parameters with their values; `why_not` switches the form off and says why."""

    params: tuple[Param, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgressPlan:
    """A job under way: part done (None where unknown), and what it does with the time left."""

    fraction: float | None
    words: str


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """One frame of the strip; `mark` is empty, or why people may want to leave it out."""

    name: str
    picture: Shared
    is_excluded: bool
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class FramesPlan:
    """The frames: what was chosen, and its pictures.

    Args:
        title: Of the capture; empty where none is chosen.
        facts: What it is, a line each.
        warnings: What its user should know.
        rows: The strip.
        summary: How many take part.
        form: What is cut off, scaled, and, for a video, taken out.
        why_not_extract: Why no frames can be taken out; None where nothing is to be.
        progress: Of reading or taking out.
    """

    title: str = ""
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    rows: tuple[FrameRow, ...] = ()
    summary: str = ""
    form: FormPlan = field(default_factory=FormPlan)
    why_not_extract: str | None = None
    progress: ProgressPlan | None = None


@dataclass(frozen=True, kw_only=True)
class MaskPlan:
    """A frame with the circle and the instruments that are left out.

    Args:
        picture: (h, w, 3) uint8 of the frame; None where there is none.
        frame: Its number.
        frame_name: What it is called.
        size: Width and height of the frame that circle and strokes are told in.
        circle: Centre and radius in pixels of the frame; None: the whole frame.
        tools: (h, w) bool on the picture: what is left out; None for nothing.
        form: Which circle, which masks.
        share: Part of the picture that is learned from, in words.
        why_not: Why nothing can be corrected.
        why_not_paint: Why instruments cannot be painted.
    """

    picture: Shared | None = None
    frame: int = 0
    frame_name: str = ""
    size: tuple[int, int] = (0, 0)
    circle: tuple[float, float, float] | None = None
    tools: Shared | None = None
    form: FormPlan = field(default_factory=FormPlan)
    share: str = ""
    why_not: str = ""
    why_not_paint: str = ""


@dataclass(frozen=True, kw_only=True)
class PosesPlan:
    """Where the cameras were.

    Args:
        summary: Who found them, and of how many frames.
        warnings: What their user should know.
        points: (N, 6) surface points x, y, z and red, green, blue (0-255); None where none are known.
        cameras: (n, 4, 4) camera to capture; None where none are known.
        why_not_find: Why they cannot be computed; empty where they can.
        progress: Of the computation.
    """

    summary: str = ""
    warnings: tuple[str, ...] = ()
    points: Shared | None = None
    cameras: Shared | None = None
    why_not_find: str = ""
    progress: ProgressPlan | None = None


@dataclass(frozen=True, kw_only=True)
class UnfinishedRow:
    """A training that was begun earlier and can go on."""

    folder: Path
    title: str
    words: str


@dataclass(frozen=True, kw_only=True)
class TrainPlan:
    """The training.

    Args:
        methods: Id and title of the methods.
        method: The chosen one.
        summary: What it does.
        form: Its parameters.
        out: Where the scene will lie.
        problem: Why it cannot start; empty where it can.
        state: ``"idle"``, ``"running"``, ``"stopping"``, ``"paused"``, ``"failed"`` or ``"done"``.
        progress: While it runs.
        curves: Loss and held-out PSNR.
        preview: (H, W, 3) uint8: a held-out view as the field sees it.
        truth: (H, W, 3) uint8: the real frame of that view.
        sentence: What came of it.
        unfinished: Earlier ones.
    """

    methods: tuple[tuple[str, str], ...] = ()
    method: str = ""
    summary: str = ""
    form: FormPlan = field(default_factory=FormPlan)
    out: str = ""
    problem: str = ""
    state: str = "idle"
    progress: ProgressPlan | None = None
    curves: tuple[CurveRow, ...] = ()
    preview: Shared | None = None
    truth: Shared | None = None
    sentence: str = ""
    unfinished: tuple[UnfinishedRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ViewRow:
    """One view of a scene: its frame, whether it was held out, and its numbers where measured (dB, 0-1)."""

    frame: int
    name: str
    is_held_out: bool
    psnr_circle: float | None = None
    psnr_frame: float | None = None
    ssim_circle: float | None = None
    ssim_frame: float | None = None


@dataclass(frozen=True, kw_only=True)
class LookPlan:
    """A trained scene that is open.

    Args:
        title: Its name; empty where none is open.
        rows: Its views.
        summary: Mean of the held-out ones.
        frame: The view that is looked through; None: freely.
        count: Number of views.
        form: How it is shown.
        why_not_anew: Why it cannot be trained anew; empty where it can.
        bad: Views that agree much worse than the others.
    """

    title: str = ""
    rows: tuple[ViewRow, ...] = ()
    summary: str = ""
    frame: int | None = None
    count: int = 0
    form: FormPlan = field(default_factory=FormPlan)
    why_not_anew: str = ""
    bad: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScenePlan:
    """The whole tab; `banner` is what must be said of every scene."""

    steps: tuple[StepRow, ...]
    banner: str
    frames: FramesPlan = field(default_factory=FramesPlan)
    mask: MaskPlan = field(default_factory=MaskPlan)
    poses: PosesPlan = field(default_factory=PosesPlan)
    train: TrainPlan = field(default_factory=TrainPlan)
    look: LookPlan = field(default_factory=LookPlan)


class SceneViewPort(Protocol):
    """The Scene tab."""

    capture_asked: SignalInstance  # (kind: str) "file", "folder" or "sample"
    value_changed: SignalInstance  # (name: str, value) of the frames' and the mask's forms
    frame_chosen: SignalInstance  # (frame: int) whose mask is shown
    frame_excluded: SignalInstance  # (frame: int, is_excluded: bool)
    circle_moved: SignalInstance  # (cx: float, cy: float, radius: float) in pixels of the frame
    stroke_painted: SignalInstance  # (points: (N, 2) pixels of the frame, radius_px: float, hides: bool)
    deed_asked: SignalInstance  # (name: str) "extract", "find_poses", "stop", "train", "pause", "resume" …
    method_chosen: SignalInstance  # (model_id: str)
    param_changed: SignalInstance  # (name: str, value)
    out_chosen: SignalInstance  # (folder: Path)
    continue_asked: SignalInstance  # (folder: Path)
    forget_asked: SignalInstance  # (folder: Path)
    look_chosen: SignalInstance  # (frame: int | None)
    look_changed: SignalInstance  # (name: str, value) of a `FieldDisplay` field

    def show(self, plan: ScenePlan) -> None:
        """Show this state."""

    def reveal(self) -> None:
        """Bring the tab to the front."""

    def open_step(self, name: str) -> None:
        """Unfold one step and fold the others."""

    def ask_capture(self, kind: str) -> Path | None:
        """Ask for a video or poses file, or for a folder; None on cancel."""

    def ask_discard(self, name: str) -> bool:
        """Ask whether an unfinished training may be removed from the disk."""
