"""What the placing presenter asks of the group that lays a scene upon a patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """A pair of landmarks: where it lies in the scene and in the patient, and what is left after placing."""

    scene: str
    patient: str
    residual: str


@dataclass(frozen=True, kw_only=True)
class PlacingPlan:
    """State of the group.

    Args:
        title: The scene; empty where none is open.
        warning: That nothing can be measured; empty where lengths are real.
        size: How large a unit is, and how that is known.
        scene_point: The landmark that was marked in the scene and waits for its partner; empty for none.
        why_not_mark: Why no point can be marked.
        why_not_pair: Why no pair can be added.
        rows: The pairs.
        residual: What is left over all pairs after placing; empty where it is not known.
        why_not_apply: Why the scene cannot be placed.
        start: One end of the known length; empty where it is not marked.
        end: The other end.
        distance: How far both ends are apart now.
        why_not_scale: Why the scene cannot be scaled.
    """

    title: str = ""
    warning: str = ""
    size: str = ""
    scene_point: str = ""
    why_not_mark: str = ""
    why_not_pair: str = ""
    rows: tuple[PairRow, ...] = ()
    residual: str = ""
    why_not_apply: str = ""
    start: str = ""
    end: str = ""
    distance: str = ""
    why_not_scale: str = ""


class PlacingViewPort(Protocol):
    """The group."""

    mark_asked: SignalInstance  # (which: str) "scene", "start" or "end": take the crosshair's place
    pair_asked: SignalInstance  # ()
    pair_chosen: SignalInstance  # (number: int) look at it
    pair_removed: SignalInstance  # (number: int)
    apply_asked: SignalInstance  # ()
    scale_asked: SignalInstance  # (length_mm: float)

    def show(self, plan: PlacingPlan) -> None:
        """Show this state."""
