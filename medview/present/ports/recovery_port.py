"""What the recovery presenter asks of the dialog that offers lost work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance


@dataclass(frozen=True, eq=False, kw_only=True)
class RecoveryRow:
    """Work of one session.

    Args:
        offer_id: Names it.
        name: The scan's name; never a patient's.
        facts: When, how many steps, how large: one line.
        masks: Names of its masks, or what stands for them while it is being looked at.
        notes: Sentences about what is missing or damaged.
        picture: (H, W, 3) of 0-255; None while it is being made, or where there is none.
        why_not: Why it cannot be restored now; empty where it can.
    """

    offer_id: str
    name: str
    facts: str
    masks: str
    notes: tuple[str, ...]
    picture: NDArray[np.uint8] | None
    why_not: str


class RecoveryViewPort(Protocol):
    """The dialog that offers lost work."""

    restore_asked: SignalInstance  # (offer_id: str)
    discard_asked: SignalInstance  # (offer_id: str)
    closed: SignalInstance  # () everything that is left is kept for later

    def show(self, rows: tuple[RecoveryRow, ...]) -> None:
        """Show these, opening the dialog where it is not open."""

    def close(self) -> None:
        """Put it away."""

    def ask_discard(self, name: str) -> bool:
        """Ask whether this work is really to be deleted."""
