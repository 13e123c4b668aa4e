"""What the field presenter asks of the bar over the 3-D pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.radiance import FieldMode


@dataclass(frozen=True, kw_only=True)
class FieldBarPlan:
    """What the bar shows.

    Args:
        mode: What is shown of the field.
        is_flying: The hand flies the camera.
        view_count: How many real views there are.
        view: Number of the view that was jumped to; None before the first.
        view_text: Such as ``"12 / 40"``.
        is_held_out: That view was not trained on.
        is_framed: The real picture of that view lies over the pane.
        share: Part of the real picture, 0 to 1.
        is_swipe: It covers its left part, instead of being blended.
        cameras: Whether the cameras are drawn.
        path: Whether their course is drawn.
        points: Whether known surface points are drawn; None where there are none.
        time: 0 to 1; None for a scene at rest.
    """

    mode: FieldMode = FieldMode.COLOUR
    is_flying: bool = False
    view_count: int = 0
    view: int | None = None
    view_text: str = ""
    is_held_out: bool = False
    is_framed: bool = False
    share: float = 0.5
    is_swipe: bool = False
    cameras: bool = True
    path: bool = False
    points: bool | None = None
    time: float | None = None


class FieldBarPort(Protocol):
    """The bar over the 3-D pane; hidden while there is no field."""

    changed: SignalInstance  # (field name of FieldDisplay, value)
    stepped: SignalInstance  # (steps: int), to the next or previous real view
    jumped: SignalInstance  # (number: int), to a real view
    framed: SignalInstance  # (is_framed: bool), lay the real picture over the view or take it away
    flown: SignalInstance  # (is_flying: bool)

    def show(self, plan: FieldBarPlan | None) -> None:
        """Show this; None hides the bar."""
