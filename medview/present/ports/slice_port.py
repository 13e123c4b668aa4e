"""What the slice presenter asks of a slice pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.plans import SlicePlan, Vector


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
