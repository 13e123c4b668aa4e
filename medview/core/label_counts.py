"""How many voxels each label has: counted once, then kept up to date from what patches change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import slabs

Counts = NDArray[np.int64]


def count_labels(array: NDArray[Any]) -> Counts:
    """Voxels of every number that an array's type (uint8 or uint16) can hold; index is the number."""
    counts = _zeros(array)
    for part in slabs(array):
        counts += np.bincount(array[part].ravel(order="K"), minlength=counts.size)
    return counts


def count_changes(
    before: NDArray[Any], after: NDArray[Any], mask: NDArray[np.bool_] | None
) -> tuple[Counts, Counts]:
    """What a box of voxels loses and wins where it changes.

    Args:
        before: (I, J, K) numbers now.
        after: (I, J, K) numbers to come, of the same type.
        mask: Which voxels are to take them; all where None.

    Returns:
        Voxels lost and voxels won by every number; unchanged voxels are in neither.
    """
    lost, won = _zeros(before), _zeros(before)
    for part in slabs(before):
        changed = before[part] != after[part]
        if mask is not None:
            changed &= mask[part]
        how_many = int(np.count_nonzero(changed))
        if how_many:
            _tally(lost, before[part], changed, how_many)
            _tally(won, after[part], changed, how_many)
    return lost, won


def _tally(counts: Counts, numbers: NDArray[Any], changed: NDArray[np.bool_], how_many: int) -> None:
    """Count in what changes; most boxes hold one label before or after, which is told without a histogram."""
    if numbers.min() != numbers.max():
        numbers = numbers[changed]
    if numbers.min() == numbers.max():
        counts[numbers.flat[0]] += how_many
    else:
        counts += np.bincount(numbers, minlength=counts.size)


def empty_counts(array: NDArray[Any]) -> Counts:
    """The counts of an array that is known to be all background."""
    counts = _zeros(array)
    counts[0] = array.size
    return counts


def _zeros(array: NDArray[Any]) -> Counts:
    return np.zeros(1 << 8 * array.dtype.itemsize, np.int64)
