"""What the refine presenter asks of the panel of operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from psygnal import SignalInstance

from medview.core.layers import LayerId
from medview.core.params import Param


@dataclass(frozen=True, kw_only=True)
class OperationRow:
    """One operation of the list."""

    operation_id: str
    title: str
    help: str


@dataclass(frozen=True, kw_only=True)
class RefinePlan:
    """State of the panel.

    Args:
        operations: All of them, in order.
        operation_id: The chosen one.
        help: What it does.
        params: What can be set.
        values: By name.
        masks: Id and name of the other masks.
        target: Label and mask that are worked on; empty without one.
        why_not: Why it cannot start now; empty where it can.
    """

    operations: tuple[OperationRow, ...]
    operation_id: str
    help: str
    params: tuple[Param, ...]
    values: dict[str, Any]
    masks: tuple[tuple[LayerId, str], ...]
    target: str
    why_not: str


class RefineViewPort(Protocol):
    """Operations on whole labels."""

    chosen: SignalInstance  # (operation_id: str)
    value_changed: SignalInstance  # (name: str, value)
    apply_asked: SignalInstance  # ()

    def show(self, plan: RefinePlan) -> None:
        """Show this state."""
