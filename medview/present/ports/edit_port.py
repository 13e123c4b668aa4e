"""What the edit presenter asks of the paint panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.hand import HandOptions
from medview.core.state import Tool


@dataclass(frozen=True, kw_only=True)
class ToolRow:
    """One tool of the hand; `why_not` says why it is off, empty where it is on."""

    tool: Tool
    tip: str
    why_not: str


@dataclass(frozen=True, kw_only=True)
class EditPlan:
    """State of the editing tools.

    Args:
        tool: In the hand.
        tools: All of them, in order.
        radius_mm: Of brush and eraser.
        hand: How the tools are set.
        value_unit: Of the scan whose values can limit the painting.
        value_step: A sensible step of such values.
        why_not: Why painting is off; empty where it is on.
        why_no_click_model: Why no model answers smart clicks; empty where one does, and for other tools.
    """

    tool: Tool
    tools: tuple[ToolRow, ...]
    radius_mm: float
    hand: HandOptions
    value_unit: str
    value_step: float
    why_not: str
    why_no_click_model: str = ""


class EditViewPort(Protocol):
    """The tools of the hand and how they are set."""

    tool_chosen: SignalInstance  # (Tool)
    radius_changed: SignalInstance  # (float, mm)
    hand_changed: SignalInstance  # (HandOptions)
    mask_asked: SignalInstance  # () a new empty label layer over the scan

    def show(self, plan: EditPlan) -> None:
        """Show this state."""
