"""What the history presenter asks of the list of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance


@dataclass(frozen=True, eq=False, kw_only=True)
class HistoryPlan:
    """All steps that can be gone to.

    Args:
        titles: Of the rows: the place before the oldest step first, then the steps, oldest first.
        tip: What a row is and costs, in some lines; made when asked for, as a few of thousands are seen.
        position: The row of the present; those behind it are undone.
        dropped: How many steps were let go in front of them.
        summary: How many steps and bytes, for the head of the list.
        summary_tip: The same at length.
    """

    titles: tuple[str, ...]
    tip: Callable[[int], str]
    position: int
    dropped: int
    summary: str
    summary_tip: str


class HistoryViewPort(Protocol):
    """The list of steps."""

    chosen: SignalInstance  # (position: int) the row to go to

    def show(self, plan: HistoryPlan) -> None:
        """Show these steps and the present among them."""

    def reveal(self) -> None:
        """Bring the list to the front and give it the keyboard."""
