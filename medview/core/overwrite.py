"""What a tool may overwrite, as people choose it in the paint panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Overwrite(Enum):
    """Which voxels may get another label. Locked labels are protected whatever is chosen."""

    UNLOCKED = "everything not locked"
    BACKGROUND = "background only"
    CHOSEN = "chosen labels"


@dataclass(frozen=True, kw_only=True)
class OverwriteRule:
    """The choice, and for `Overwrite.CHOSEN` the numbers of the labels; 0 stands for the background.

    Hidden labels are under the same rule as those on show.
    """

    kind: Overwrite = Overwrite.UNLOCKED
    chosen: frozenset[int] = frozenset({0})

    def numbers(self) -> frozenset[int] | None:
        """Numbers that may be overwritten; None where all may be."""
        if self.kind is Overwrite.UNLOCKED:
            return None
        return frozenset({0}) if self.kind is Overwrite.BACKGROUND else self.chosen


UNLOCKED = OverwriteRule()
