"""Islands: the connected parts of a region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.edit.region import NOTHING, Region

_TOUCHING = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, eq=False)
class Islands:
    """The connected parts of a region, largest first (equal ones in the order of the grid).

    Voxels are connected where they touch by face, edge or corner.

    Args:
        region: The whole.
        numbers: Box of the region: 0 outside, else the number of the island, from 1.
        counts: Voxels of island 1, 2, ….
    """

    region: Region
    numbers: NDArray[np.int32]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, region: Region) -> Islands:
        """Find them."""
        from scipy import ndimage

        if region.is_empty:
            return cls(NOTHING, np.zeros((0, 0, 0), np.int32), np.zeros(0, np.int64))
        numbers, found = ndimage.label(region.mask, _TOUCHING)
        counts = np.bincount(numbers.ravel(), minlength=found + 1)[1:]
        order = np.argsort(-counts, kind="stable")
        rank = np.zeros(found + 1, np.int32)
        rank[order + 1] = np.arange(1, found + 1)
        return cls(region, rank[numbers], counts[order].astype(np.int64))

    def __len__(self) -> int:
        """How many there are."""
        return int(self.counts.size)

    def largest(self, how_many: int = 1) -> Region:
        """The so many largest."""
        return Region.of((self.numbers > 0) & (self.numbers <= how_many), self.region.offset_ijk)

    def at_least(self, voxels: int) -> Region:
        """Those of at least so many voxels."""
        return self.largest(int(np.count_nonzero(self.counts >= voxels)))
