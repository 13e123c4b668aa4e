"""What the edit presenter asks of the paint panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.state import Tool


@dataclass(frozen=True, kw_only=True)
class EditPlan:
    """State of the editing tools; `why_not` says why painting is off, empty where it is on."""

    tool: Tool
    radius_mm: float
    layer_name: str
    why_not: str


class EditViewPort(Protocol):
    """Brush, eraser and their size."""

    tool_chosen: SignalInstance  # (Tool)
    radius_changed: SignalInstance  # (float, mm)
    mask_asked: SignalInstance  # () a new empty label layer over the scan

    def show(self, plan: EditPlan) -> None:
        """Show this state."""
