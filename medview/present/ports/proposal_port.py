"""What the proposal presenter asks of the review panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.state import Tool
from medview.present.ports.edit_port import ToolRow

Colour = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class AmountRow:
    """How much is added, removed, or given another label: ``"1.2 mL"``; empty for none."""

    added: str
    removed: str
    relabelled: str


@dataclass(frozen=True, kw_only=True)
class ProposedLabelRow:
    """One label that takes part in the difference, and in how many pieces."""

    value: int
    name: str
    colour: Colour
    amounts: AmountRow
    pieces: int


@dataclass(frozen=True, kw_only=True)
class MatchRow:
    """What a label of the model stands for.

    Args:
        name: What the model calls it.
        value: The label of the mask; None for a new one.
        choices: Number and name of the labels of the mask.
        why_not: Why it cannot be changed; empty where it can.
    """

    name: str
    value: int | None
    choices: tuple[tuple[int, str], ...]
    why_not: str


@dataclass(frozen=True, kw_only=True)
class PieceRow:
    """One connected difference of the list: ``"0.45 mL"`` and ``"Vessel added"``."""

    volume: str
    words: str


@dataclass(frozen=True, kw_only=True)
class ProposalPlan:
    """State of the review panel.

    Args:
        title: The proposal and its mask; empty without one.
        summary: How many differences, in words.
        amounts: Of the whole difference.
        labels: The labels that differ, in the order of the mask.
        matches: What the labels of the model stand for.
        pieces: The largest connected differences, the largest first.
        left_off: Says that the list is cut, and of how many; empty where it is whole.
        at: The line of the list that was gone to last; -1 for none.
        tool: The tool in hand.
        tools: Those for judging.
        why_not: Why nothing can be judged now; empty where it can.
        why_no_doubt: Why there is no doubtful place to go to; empty where there may be one.
    """

    title: str = ""
    summary: str = ""
    amounts: AmountRow = AmountRow(added="", removed="", relabelled="")
    labels: tuple[ProposedLabelRow, ...] = ()
    matches: tuple[MatchRow, ...] = ()
    pieces: tuple[PieceRow, ...] = ()
    left_off: str = ""
    at: int = -1
    tool: Tool = Tool.NAVIGATE
    tools: tuple[ToolRow, ...] = ()
    why_not: str = ""
    why_no_doubt: str = ""


class ProposalViewPort(Protocol):
    """The review panel: what a proposal changes, and verdicts on its parts."""

    judged: SignalInstance  # (accepts: bool, value: int | None): a label, or all of it
    piece_judged: SignalInstance  # (accepts: bool, line: int)
    piece_chosen: SignalInstance  # (line: int): go there
    stepped: SignalInstance  # (steps: int)
    doubt_asked: SignalInstance  # () the next doubtful place
    match_chosen: SignalInstance  # (line: int, value: int | None)
    tool_chosen: SignalInstance  # (Tool)

    def show(self, plan: ProposalPlan) -> None:
        """Show this state."""

    def reveal(self) -> None:
        """Bring the panel to the front."""
