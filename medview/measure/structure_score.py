"""How well one structure is found in many subjects: the one rule behind every table of Dice values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from medview.measure.overlap import Overlap


@dataclass(frozen=True, kw_only=True)
class StructureScore:
    """Dice where there is something to find, and false findings where there is nothing.

    A subject without the structure has no Dice worth the name: it would be 0 for a single false voxel and
    undefined without any. Such subjects stay out of the mean and are counted apart.

    Args:
        dice: Of the subjects whose reference shows the structure, 0 to 1, in their order.
        false_ml: Of the subjects whose reference lacks it: the volume that was found all the same, in mL;
            0 where rightly nothing was found.
    """

    dice: tuple[float, ...]
    false_ml: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        """Subjects that show the structure: those in the mean."""
        return len(self.dice)

    @property
    def mean(self) -> float | None:
        """Of the Dice values; None where no subject shows the structure."""
        return float(np.mean(self.dice)) if self.dice else None

    @property
    def spread(self) -> float | None:
        """Standard deviation of the Dice values (n - 1); None for fewer than two."""
        return float(np.std(self.dice, ddof=1)) if self.n > 1 else None

    @property
    def without(self) -> int:
        """Subjects whose reference lacks the structure."""
        return len(self.false_ml)

    @property
    def false_findings(self) -> int:
        """Of the subjects without the structure: in how many it was found."""
        return sum(volume > 0 for volume in self.false_ml)

    @property
    def false_finding_ml(self) -> float | None:
        """Mean volume of the false findings; None where there is none."""
        found = [volume for volume in self.false_ml if volume > 0]
        return float(np.mean(found)) if found else None

    def as_row(self, data: str, name: str = "dice") -> dict[str, Any]:
        """A row of a card's results table.

        Args:
            data: What was measured on.
            name: Of the columns of the score.

        Returns:
            ``data``, ``n``; ``dice`` with ``_sd``, ``_min`` and ``_max`` as far as there are; and, where
            subjects lack the structure, ``without``, ``false_findings`` and ``false_finding_ml``.
        """
        row: dict[str, float | None] = {name: self.mean, f"{name}_sd": self.spread}
        row |= {f"{name}_min": min(self.dice, default=None), f"{name}_max": max(self.dice, default=None)}
        known = {key: round(value, 3) for key, value in row.items() if value is not None}
        return {"data": data, "n": self.n, **known, **self.false_findings_row()}

    def false_findings_row(self) -> dict[str, Any]:
        """The part of a row on subjects without the structure; empty where there are none."""
        if not self.without:
            return {}
        volume = self.false_finding_ml
        told = {} if volume is None else {"false_finding_ml": round(volume, 3)}
        return {"without": self.without, "false_findings": self.false_findings, **told}


def structure_score(subjects: Iterable[tuple[Overlap, float]]) -> StructureScore:
    """Gather the overlaps of one structure in many subjects.

    Args:
        subjects: For each, the overlap of reference and finding, and the volume of a voxel in mL.
    """
    dice: list[float] = []
    false_ml: list[float] = []
    for overlap, voxel_ml in subjects:
        if overlap.is_shown:
            dice.append(overlap.dice or 0.0)
        else:
            false_ml.append(overlap.excess * voxel_ml)
    return StructureScore(dice=tuple(dice), false_ml=tuple(false_ml))
