"""What the work list presenter asks of the panel of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from psygnal import SignalInstance

#: A place on the screen; what it means is nobody's business but the question whether it has changed.
Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case: its state (``"to do"``, ``"in work"``, ``"done"``, ``"checked"``) and its time in words."""

    case_id: str
    state: str
    time: str
    tip: str


@dataclass(frozen=True, kw_only=True)
class RaterRow:
    """An annotator of the open case who can be compared with others."""

    name: str
    state: str
    is_picked: bool


@dataclass(frozen=True, kw_only=True)
class WorklistPlan:
    """What the panel shows.

    Args:
        title: Name of the folder; empty where no list is open.
        tip: Where it lies, and where masks and states go.
        notes: What a person must know of it.
        rule: Where the masks on show are saved.
        progress: Such as ``"12 of 40 done"``.
        part: The part done, 0 to 1.
        pace: Mean time and time left, in words.
        annotators: Whose masks can be shown, the person's own first.
        whose: Whose are shown.
        is_own: Whether these are the person's own.
        shown: State that the rows are limited to; empty for all.
        search: Words that the rows are limited to.
        rows: The cases that fit.
        nothing: What to say where none fits.
        current: The open case; empty for none.
        raters: Annotators of the open case.
        why_not: By action, why it is off; those that are on are left out.
    """

    title: str = ""
    tip: str = ""
    notes: tuple[str, ...] = ()
    rule: str = ""
    progress: str = ""
    part: float = 0.0
    pace: str = ""
    annotators: tuple[str, ...] = ()
    whose: str = ""
    is_own: bool = True
    shown: str = ""
    search: str = ""
    rows: tuple[CaseRow, ...] = ()
    nothing: str = ""
    current: str = ""
    raters: tuple[RaterRow, ...] = ()
    why_not: Mapping[str, str] = field(default_factory=dict)


class WorklistViewPort(Protocol):
    """The panel of cases."""

    triggered: SignalInstance  # (action_id: str)
    case_chosen: SignalInstance  # (case_id: str)
    whose_chosen: SignalInstance  # (annotator: str)
    filtered: SignalInstance  # (state: str, search: str)
    left_out: SignalInstance  # (annotators: tuple[str, ...]) not to be compared

    def show(self, plan: WorklistPlan) -> None:
        """Show this state."""

    def reveal(self) -> None:
        """Bring the panel to the front."""

    def ask_folder(self) -> Path | None:
        """Ask for the folder of a work list; None on cancel."""

    def presence(self) -> Place | None:
        """Where the mouse is; None where another program has the keyboard."""
