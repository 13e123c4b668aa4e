"""Boxes of voxels: around what is marked, and the slabs in which large arrays are gone through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]

#: Voxels of a slab: what is computed of them stays in the processor's caches.
_SLAB_VOXELS = 1 << 20
_TILE = 64


def slabs(array: NDArray[Any]) -> Iterator[Box]:
    """Parts of a (I, J, K) array along its slowest axis in memory, in order."""
    if not array.size:
        return
    axis = int(np.argmax(np.abs(array.strides)))
    thick = max(1, _SLAB_VOXELS * array.shape[axis] // array.size)
    for first in range(0, array.shape[axis], thick):
        part = [slice(0, n) for n in array.shape]
        part[axis] = slice(first, min(first + thick, array.shape[axis]))
        yield part[0], part[1], part[2]


def tiles(array: NDArray[Any]) -> Iterator[Box]:
    """Cubes of 64 voxels a side that fill a (I, J, K) array, smaller ones at its far sides."""
    firsts = (range(0, n, _TILE) for n in array.shape)
    for corner in itertools.product(*firsts):
        i, j, k = (slice(first, min(first + _TILE, n)) for first, n in zip(corner, array.shape, strict=True))
        yield i, j, k


def tight_box(marked: NDArray[np.bool_]) -> Box | None:
    """The smallest box that holds all that is marked; None where nothing is."""
    if not marked.any():
        return None
    sides: list[slice] = []
    for axis in range(3):
        line = np.flatnonzero(marked.any(axis=tuple(other for other in range(3) if other != axis)))
        sides.append(slice(int(line[0]), int(line[-1]) + 1))
    return sides[0], sides[1], sides[2]


def marked_box(box: Sequence[Sequence[float]] | NDArray[Any], shape: Sequence[int]) -> NDArray[np.bool_]:
    """The voxels of a grid that a box of index positions touches.

    Args:
        box: (2, dims) lowest and highest position; whole numbers are the middles of voxels.
        shape: Of the grid, with as many axes.
    """
    inside = np.zeros(shape, bool)
    first, last = np.floor(np.add(box[0], 0.5)).astype(int), np.ceil(np.add(box[1], 0.5)).astype(int)
    inside[tuple(slice(max(0, a), max(0, b)) for a, b in zip(first, last, strict=True))] = True
    return inside


def within(outer: Box, inner: Box) -> Box:
    """A box that is given within another one, in the array that the outer one lies in."""
    i, j, k = (
        slice(out.start + part.start, out.start + part.stop) for out, part in zip(outer, inner, strict=True)
    )
    return i, j, k


def offset_of(box: Box) -> tuple[int, int, int]:
    """The first voxel of a box."""
    return box[0].start, box[1].start, box[2].start


def value_box(array: NDArray[Any], value: int) -> Box | None:
    """The smallest box that holds all voxels of a number; None where there are none."""
    found = [within(part, box) for part in tiles(array) if (box := tight_box(array[part] == value))]
    if not found:
        return None
    i, j, k = (
        slice(min(box[axis].start for box in found), max(box[axis].stop for box in found))
        for axis in range(3)
    )
    return i, j, k
