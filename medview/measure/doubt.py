"""Where a model doubts: connected regions of high values in an image of entropy or spread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)
MOST_PLACES = 200
LEAST_VOXELS = 2


@dataclass(frozen=True, kw_only=True)
class DoubtfulPlace:
    """One region.

    Args:
        peak_ijk: Its voxel with the highest value: to look at first, and always inside.
        peak: That value.
        mean: Over the region.
        voxels: Its size.
        is_first: It touches what was to come first.
    """

    peak_ijk: tuple[int, int, int]
    peak: float
    mean: float
    voxels: int
    is_first: bool = False

    @property
    def weight(self) -> float:
        """What regions are ordered by: mean times size."""
        return self.mean * self.voxels


def doubtful_places(
    values: NDArray[Any],
    least: float,
    most: int = MOST_PLACES,
    first: NDArray[np.bool_] | None = None,
) -> tuple[tuple[DoubtfulPlace, ...], int]:
    """Find regions (26 neighbours) of at least two voxels whose values are at least `least`.

    Args:
        values: (I, J, K).
        least: Smallest value that counts.
        most: How many regions to return.
        first: (I, J, K) voxels whose regions come before all others; None prefers none.

    Returns:
        The regions, the greatest mean times size first, and how many there are in all.
    """
    from scipy import ndimage

    pieces, count = ndimage.label(values >= least, _ALL_NEIGHBOURS)
    if not count:
        return (), 0
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    sums = np.bincount(pieces.ravel(), weights=values.ravel(), minlength=count + 1)[1:]
    kept = np.flatnonzero(sizes >= LEAST_VOXELS)
    is_first = np.zeros(count, bool)
    if first is not None:
        is_first[np.unique(pieces[first & (pieces > 0)]) - 1] = True
    ordered = kept[np.lexsort((-sums[kept], ~is_first[kept]))][:most]
    if not ordered.size:
        return (), 0
    boxes = ndimage.find_objects(pieces)
    places = (_place(values, pieces, int(number), boxes[number], sizes, sums) for number in ordered)
    marks = (bool(is_first[number]) for number in ordered)
    return tuple(replace(p, is_first=mark) for p, mark in zip(places, marks, strict=True)), int(kept.size)


def _place(
    values: NDArray[Any], pieces: NDArray[Any], number: int, box: Any, sizes: NDArray[Any], sums: NDArray[Any]
) -> DoubtfulPlace:
    inside = np.where(pieces[box] == number + 1, values[box], -np.inf)
    i, j, k = (
        int(at) + part.start
        for at, part in zip(np.unravel_index(inside.argmax(), inside.shape), box, strict=True)
    )
    return DoubtfulPlace(
        peak_ijk=(i, j, k),
        peak=float(values[i, j, k]),
        mean=float(sums[number] / sizes[number]),
        voxels=int(sizes[number]),
    )


def entropy_of_probability(probability: NDArray[Any]) -> NDArray[np.float32]:
    """Normalised entropy, 0 to 1, of an image of one structure's probability."""
    kept = np.clip(probability, 1e-7, 1 - 1e-7).astype(np.float64)
    entropy = -(kept * np.log2(kept) + (1 - kept) * np.log2(1 - kept))
    clipped: NDArray[np.float32] = np.clip(entropy, 0, 1).astype(np.float32)
    return clipped
