"""What a press in a slice has at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from medview.core.plans import SlicePlan, Vector
from medview.core.state import Orientation, SessionState
from medview.edit.operation import Operation
from medview.present.hand.clicks import Clicks
from medview.present.hand.outlines import Outlines
from medview.present.stroke import Strokes
from medview.session.journeys.proposing import Proposing
from medview.session.session import Session

Grow = Callable[[Operation, Mapping[str, Any], Vector], None]


@dataclass(frozen=True, kw_only=True)
class Hand:
    """What is under way, at most one of each in the whole program.

    Args:
        strokes: The stroke.
        outlines: The outline.
        clicks: The smart clicks.
    """

    strokes: Strokes
    outlines: Outlines
    clicks: Clicks


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What tools of the hand can set going beside strokes and outlines.

    Args:
        grow: Starts an operation at a position of the active mask, with values for its parameters.
        proposing: Accepts and rejects parts of a proposal.
    """

    grow: Grow
    proposing: Proposing


@dataclass(frozen=True, kw_only=True)
class Grip:
    """The pane that was pressed, and what its tools work with.

    Args:
        session: What is open.
        hand: What is under way.
        pane: Which pane.
        plan: What it shows.
        reach: What can be set going.
        told: Told a sentence when a press could do nothing.
    """

    session: Session
    hand: Hand
    pane: Orientation
    plan: SlicePlan
    reach: Reach
    told: Callable[[str], None]

    @property
    def strokes(self) -> Strokes:
        """The stroke under way."""
        return self.hand.strokes

    @property
    def outlines(self) -> Outlines:
        """The outline under way."""
        return self.hand.outlines

    @property
    def clicks(self) -> Clicks:
        """The smart clicks."""
        return self.hand.clicks

    @property
    def state(self) -> SessionState:
        """The present state."""
        return self.session.state
