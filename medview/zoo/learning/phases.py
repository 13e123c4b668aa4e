"""How long a training takes and how its learning rate runs, as plain data. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Course = Literal["constant", "cosine", "exponential", "warmup_cosine"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The course of the learning rate over one phase, as a factor of its base.

    Args:
        course: ``constant``; ``cosine`` from 1 to `floor`; ``exponential`` from 1 in the first epoch to
            `floor` in the last, the same factor after each epoch; ``warmup_cosine``: linearly from 0 to 1
            over `warm_up_epochs`, then along a cosine to `floor`.
        floor: What is left at the end; above 0 for ``exponential``.
        warm_up_epochs: See there.
    """

    course: Course = "constant"
    floor: float = 0.0
    warm_up_epochs: float = 0.0

    def factor(self, position: float, epochs: int) -> float:
        """The factor at a position in epochs, 0 to `epochs`, whose fraction counts batches."""
        if self.course == "constant":
            return 1.0
        if self.course == "exponential":
            return float(self.floor ** (math.floor(position) / max(1, epochs - 1)))
        warm = self.warm_up_epochs if self.course == "warmup_cosine" else 0.0
        if position < warm:
            return position / warm
        done = (position - warm) / max(epochs - warm, 1e-9)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a training.

    Args:
        name: Given to the method's step.
        epochs: The most epochs.
        schedule: Of the learning rate; begins anew with the phase.
        stop_below: The phase ends once the loss falls by less than this part in five epochs.
        is_judged: Whether validation follows each epoch, and the best weights are kept.
        patience: The phase ends after this many epochs without a better score; 0: never early.
    """

    name: str = "training"
    epochs: int
    schedule: Schedule = Schedule()
    stop_below: float | None = None
    is_judged: bool = True
    patience: int = 0


def relative_fall(losses: Sequence[float], window: int = 5) -> float:
    """How much a loss fell over the last `window` steps, as a part of where it was; infinite if unknown."""
    if len(losses) <= window:
        return float("inf")
    before, now = losses[-window - 1], losses[-1]
    return (before - now) / before if before > 0 else 0.0
