"""What the presenter of exports asks of the group that writes scenes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance


@dataclass(frozen=True, kw_only=True)
class SceneOutPlan:
    """State of the group.

    Args:
        warning: That files will not be in millimetres; empty where they will.
        keys: The keyed cameras, a line each.
        why_not: Why nothing can be written.
        why_not_film: Why no film can be.
        width: Of pictures and films, in pixels.
        height: In pixels.
        duration_s: Of the film.
        fps: Its frames per second.
        cells: Of surfaces and volumes, along the longest side.
        with_frames: The real pictures go along with a copy of the folder.
        frames: How many frames the film will have, in words.
    """

    warning: str = ""
    keys: tuple[str, ...] = ()
    why_not: str = ""
    why_not_film: str = ""
    width: int = 1280
    height: int = 720
    duration_s: float = 10.0
    fps: float = 25.0
    cells: int = 128
    with_frames: bool = True
    frames: str = ""


class SceneOutViewPort(Protocol):
    """The group."""

    key_added: SignalInstance  # ()
    key_removed: SignalInstance  # (number: int)
    key_moved: SignalInstance  # (number: int, steps: int)
    key_shown: SignalInstance  # (number: int) stand there
    value_changed: SignalInstance  # (name: str, value) of a field of the plan
    export_asked: SignalInstance  # (kind: str), see `medview.present.scene_out_presenter.KINDS`

    def show(self, plan: SceneOutPlan) -> None:
        """Show this state."""
