"""Whole labels at once: one becomes another, goes, or is split into its pieces; as small boxes of patches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box, offset_of, tight_box, tiles, value_box, within
from medview.core.errors import InputRefused, LabelLocked
from medview.core.labels import LabelMap, Patch

_TOUCHING = np.ones((3, 3, 3), bool)
_Numbers = NDArray[Any]
_Test = Callable[[_Numbers], NDArray[np.bool_]]
_New = Callable[[_Numbers], _Numbers]


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces:
    """What a split makes.

    Args:
        patches: Give every piece but the largest its new number.
        values: Numbers of the pieces, the largest first; the first is the label that was split.
        voxel_counts: Their sizes.
    """

    patches: tuple[Patch, ...]
    values: tuple[int, ...]
    voxel_counts: tuple[int, ...]


def relabelled(labels: LabelMap, new_of: Mapping[int, int]) -> tuple[Patch, ...]:
    """Patches that give the voxels of some labels other numbers; 0 removes them.

    Args:
        labels: The map; it is not changed.
        new_of: New number by present one.

    Raises:
        LabelLocked: One of the labels, the new ones included, is locked.
    """
    for value in {*new_of, *new_of.values()}:
        entry = labels.table.find(value)
        if entry is not None and entry.locked:
            raise LabelLocked(entry.name)
    size = labels.highest_value + 1
    table = np.arange(size, dtype=labels.array.dtype)
    table[list(new_of)] = list(new_of.values())
    changes = np.zeros(size, bool)
    changes[list(new_of)] = True
    return tuple(_patches(labels.array, lambda part: changes[part], lambda part: table[part]))


def split(labels: LabelMap, value: int, free_values: Sequence[int]) -> Pieces:
    """The connected pieces of a label as labels of their own, numbered by volume.

    Voxels are connected where they touch by a face, an edge or a corner. The largest piece keeps its number.

    Args:
        labels: The map; it is not changed.
        value: The label.
        free_values: Numbers for the other pieces, in their order.

    Raises:
        InputRefused: It is in one piece or has none, or there are fewer numbers than pieces.
        LabelLocked: It is locked.
    """
    from scipy import ndimage

    name = _name(labels, value)
    found = labels.table.find(value)
    if found is not None and found.locked:
        raise LabelLocked(name)
    box = value_box(labels.array, value)
    if box is None:
        raise InputRefused(f"Cannot split {name}", "it has no voxels", "Paint it first.")
    pieces, count = ndimage.label(labels.array[box] == value, _TOUCHING)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    if count == 1:
        raise InputRefused(f"Cannot split {name}", "it is in one piece", "")
    if count - 1 > len(free_values):
        detail = f"it is in {count} pieces and the mask has room for {len(free_values)} more labels"
        raise InputRefused(f"Cannot split {name}", detail, "Remove its small pieces first.")
    order = np.argsort(-sizes, kind="stable")
    values = (value, *free_values[: count - 1])
    new = np.zeros(count + 1, labels.array.dtype)
    new[order + 1] = values
    largest = int(order[0]) + 1
    patches = _patches(pieces, lambda part: (part > 0) & (part != largest), lambda part: new[part])
    return Pieces(
        patches=tuple(_shifted(patch, box) for patch in patches),
        values=values,
        voxel_counts=tuple(int(n) for n in sizes[order]),
    )


def _patches(array: _Numbers, is_hit: _Test, new: _New) -> Iterator[Patch]:
    """The boxes around what changes, tile by tile: they cost what the label does, not what the map does."""
    for part in tiles(array):
        hits = is_hit(array[part])
        box = tight_box(hits)
        if box is not None:
            yield Patch(offset_of(within(part, box)), np.asarray(new(array[part][box])), hits[box])


def _shifted(patch: Patch, box: Box) -> Patch:
    i, j, k = (at + side.start for at, side in zip(patch.offset_ijk, box, strict=True))
    return Patch((i, j, k), patch.values, patch.mask)


def _name(labels: LabelMap, value: int) -> str:
    entry = labels.table.find(value)
    return entry.name if entry is not None else f"label {value}"
