"""Counts of overlap that a Dice hides: what was found in excess and what was missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.measure.surfaces import Mask


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How a found mask covers a reference, in voxels.

    Args:
        hit: In both.
        excess: Found, not in the reference.
        missed: In the reference, not found.
    """

    hit: int
    excess: int
    missed: int

    @property
    def is_shown(self) -> bool:
        """Whether the reference holds anything."""
        return self.hit + self.missed > 0

    @property
    def dice(self) -> float | None:
        """2 TP / (2 TP + FP + FN); None where both are empty."""
        total = 2 * self.hit + self.excess + self.missed
        return 2 * self.hit / total if total else None

    @property
    def missed_part(self) -> float | None:
        """FN / reference; None where that is empty."""
        return _part(self.missed, self.hit + self.missed)

    @property
    def excess_per_reference(self) -> float | None:
        """FP / reference: may exceed 1; None where the reference is empty."""
        return _part(self.excess, self.hit + self.missed)

    @property
    def excess_part(self) -> float | None:
        """FP / found; None where nothing is found."""
        return _part(self.excess, self.hit + self.excess)


def overlap_of(reference: Mask, found: Mask) -> Overlap:
    """Count the overlap of two masks of one grid."""
    return Overlap(
        hit=int(np.count_nonzero(reference & found)),
        excess=int(np.count_nonzero(~reference & found)),
        missed=int(np.count_nonzero(reference & ~found)),
    )


def _part(count: int, of: int) -> float | None:
    return count / of if of else None
