"""What the edit presenter asks of the paint panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.state import Tool


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
