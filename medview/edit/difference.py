"""Where two label maps on one grid differ: connected pieces, and how many voxels change from what to what.

Found slab by slab, so that memory follows what differs and not the volume. A piece is a connected set of
voxels whose numbers differ, whatever they are; voxels touch by face, edge or corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box, offset_of, slabs, tight_box, tiles, within
from medview.core.labels import LabelArray, Patch
from medview.edit.region import NOTHING, Mask, Region, Triple

_TOUCHING = np.ones((3, 3, 3), bool)
_KEY = 1 << 16
Check = Callable[[], None]
_Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Change:
    """So many voxels that have one number and are proposed to get another."""

    before: int
    after: int
    voxels: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A connected part of a difference.

    Args:
        box: Holds it.
        seed_ijk: One of its voxels: halfway through the slab that holds most of it.
        voxels: Its size.
        changes: What changes in it, the most first.
    """

    box: Box
    seed_ijk: Triple
    voxels: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference:
    """All pieces of a difference, the largest first (equal ones in the order of the grid).

    Args:
        voxels: (P,) sizes.
        boxes: (P, 3, 2) first voxel of each box and the one past its last.
        seeds: (P, 3) one voxel of each.
        changes: (C, 4) piece, number before, number after, voxels.
    """

    voxels: _Integers
    boxes: _Integers
    seeds: _Integers
    changes: _Integers

    def __len__(self) -> int:
        """How many pieces there are."""
        return int(self.voxels.size)

    @property
    def total(self) -> int:
        """How many voxels differ."""
        return int(self.voxels.sum())

    def piece(self, number: int) -> Piece:
        """One of them, from 0."""
        i, j, k = (slice(int(low), int(high)) for low, high in self.boxes[number])
        seed = self.seeds[number]
        own = self.changes[np.searchsorted(self.changes[:, 0], number) :]
        own = own[: np.searchsorted(own[:, 0], number, side="right")]
        found = [Change(before=int(b), after=int(a), voxels=int(n)) for _, b, a, n in own]
        return Piece(
            box=(i, j, k),
            seed_ijk=(int(seed[0]), int(seed[1]), int(seed[2])),
            voxels=int(self.voxels[number]),
            changes=tuple(sorted(found, key=lambda change: -change.voxels)),
        )

    def summed(self) -> tuple[Change, ...]:
        """What changes in all pieces together."""
        kinds, place = np.unique(self.changes[:, 1:3], axis=0, return_inverse=True)
        counts = np.bincount(place.ravel(), self.changes[:, 3], len(kinds))
        return tuple(
            Change(before=int(before), after=int(after), voxels=int(count))
            for (before, after), count in zip(kinds, counts, strict=True)
        )

    def pieces_with(self, value: int) -> int:
        """How many pieces take this number from a voxel, or give it to one."""
        touched = (self.changes[:, 1:3] == value).any(axis=1)
        return int(np.unique(self.changes[touched, 0]).size)

    def holding(self, ijk: Triple) -> list[int]:
        """Numbers of the pieces whose box holds a voxel, the smallest box first."""
        point = np.asarray(ijk)
        inside = ((self.boxes[:, :, 0] <= point) & (point < self.boxes[:, :, 1])).all(axis=1)
        found = np.flatnonzero(inside)
        sizes = np.prod(self.boxes[found, :, 1] - self.boxes[found, :, 0], axis=1)
        return [int(number) for number in found[np.argsort(sizes, kind="stable")]]


@dataclass(kw_only=True)
class _Gathering:
    """What the slabs have found so far, by numbers that run through all slabs."""

    count: int = 0
    links: list[_Integers] = field(default_factory=list)
    boxes: list[_Integers] = field(default_factory=list)
    seeds: list[_Integers] = field(default_factory=list)
    sizes: list[_Integers] = field(default_factory=list)
    tallies: list[_Integers] = field(default_factory=list)


def difference(
    present: LabelArray, proposed: LabelArray, check_cancelled: Check = lambda: None
) -> Difference:
    """Find where a proposal differs from what is present.

    Args:
        present: (I, J, K) numbers of the mask.
        proposed: (I, J, K) numbers that are proposed instead.
        check_cancelled: Called now and then; raises to stop.
    """
    # slowest axis first: slabs are whole pieces of memory
    order = np.argsort(-np.abs(present.strides), kind="stable")
    now, then = present.transpose(order), proposed.transpose(order)
    found, rim = _Gathering(), None
    for part in slabs(now):
        check_cancelled()
        rim = _take_slab(found, now, then, part, rim)
    back = np.argsort(order)
    joined = _joined(found)
    return replace(joined, boxes=joined.boxes[:, back], seeds=joined.seeds[:, back])


def _take_slab(
    found: _Gathering, now: LabelArray, then: LabelArray, part: Box, rim: _Integers | None
) -> _Integers | None:
    """Number the pieces of a slab and link them with those of the slab before.

    Args:
        found: Gets the pieces.
        now: The mask.
        then: The proposal.
        part: The slab, along the first axis.
        rim: (J, K) numbers from 1 in the last plane of the slab before; None where nothing differs there.

    Returns:
        The same of this slab.
    """
    from scipy import ndimage

    first = part[0].start - (rim is not None)
    wide = (slice(first, part[0].stop), part[1], part[2])
    box = tight_box(now[wide] != then[wide])
    if box is None:
        return None
    box = within(wide, box)
    differs = now[box] != then[box]
    numbers, count = ndimage.label(differs, _TOUCHING)
    own = numbers
    if rim is not None and box[0].start == first:
        _link(found, rim[box[1:]], numbers[0])
        own = numbers[1:]
    _note_places(found, numbers, count, box)
    inner = (slice(box[0].stop - len(own), box[0].stop), box[1], box[2])
    here = np.flatnonzero(own)
    tally = _tally(*(array.ravel()[here] for array in (own, now[inner], then[inner])))
    tally[:, 0] += found.count - 1
    found.tallies.append(tally)
    rim = _rim(numbers[-1], found.count, box, now.shape) if box[0].stop == part[0].stop else None
    found.count += count
    return rim


def _rim(last: NDArray[Any], count: int, box: Box, shape: tuple[int, ...]) -> _Integers:
    rim = np.zeros(shape[1:], np.int64)
    rim[box[1:]] = np.where(last > 0, last.astype(np.int64) + count, 0)
    return rim


def _link(found: _Gathering, before: _Integers, now: NDArray[Any]) -> None:
    """The plane that both slabs have: what is one piece there is one piece."""
    here = now > 0
    pairs = np.stack([before[here] - 1, now[here].astype(np.int64) + found.count - 1], axis=1)
    found.links.append(np.unique(pairs, axis=0))


def _note_places(found: _Gathering, numbers: NDArray[Any], count: int, box: Box) -> None:
    from scipy import ndimage

    inner = [within(box, sides) for sides in ndimage.find_objects(numbers)]
    found.boxes.append(np.array([[(side.start, side.stop) for side in sides] for sides in inner], np.int64))
    hits = np.flatnonzero(numbers)
    own = numbers.ravel()[hits]
    sizes = np.bincount(own, minlength=count + 1)[1:]
    halfway = np.cumsum(sizes) - sizes + sizes // 2
    middles = hits[np.argsort(own, kind="stable")[halfway]]
    places = np.stack(np.unravel_index(middles, numbers.shape), axis=1)
    found.seeds.append(places + np.asarray(offset_of(box)))
    found.sizes.append(sizes)


def _tally(numbers: NDArray[Any], before: LabelArray, after: LabelArray) -> _Integers:
    """(C, 4) piece, number before, number after, voxels: each combination once."""
    # a voxel that continues the one before it in memory, in all three, is counted with it
    turns = (numbers[1:] != numbers[:-1]) | (before[1:] != before[:-1]) | (after[1:] != after[:-1])
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, numbers.size), bool), turns]))
    lengths = np.diff(np.append(starts, numbers.size))
    keys = (numbers[starts].astype(np.int64) * _KEY + before[starts]) * _KEY + after[starts]
    return _summed(keys, lengths)


def _joined(found: _Gathering) -> Difference:
    """Pieces of slabs that are linked become one."""
    if not found.count:
        none = np.zeros(0, np.int64)
        return Difference(
            voxels=none,
            boxes=none.reshape(0, 3, 2),
            seeds=none.reshape(0, 3),
            changes=none.reshape(0, 4),
        )
    whole_of, count = _groups(found)
    boxes, seeds, tallies = (np.concatenate(part) for part in (found.boxes, found.seeds, found.tallies))
    lows = np.full((count, 3), np.iinfo(np.int64).max)
    highs = np.zeros((count, 3), np.int64)
    np.minimum.at(lows, whole_of, boxes[:, :, 0])
    np.maximum.at(highs, whole_of, boxes[:, :, 1])
    voxels = np.bincount(whole_of[tallies[:, 0]], tallies[:, 3], count).astype(np.int64)
    by_size = np.lexsort((-np.concatenate(found.sizes), whole_of))
    first = by_size[np.unique(whole_of[by_size], return_index=True)[1]]
    order = np.argsort(-voxels, kind="stable")
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    pieces = rank[whole_of[tallies[:, 0]]]
    return Difference(
        voxels=voxels[order],
        boxes=np.stack([lows, highs], axis=2)[order],
        seeds=seeds[first][order],
        changes=_summed((pieces * _KEY + tallies[:, 1]) * _KEY + tallies[:, 2], tallies[:, 3]),
    )


def _groups(found: _Gathering) -> tuple[_Integers, int]:
    """The whole that each piece of a slab belongs to, numbered in the order of the grid."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = np.concatenate(found.links) if found.links else np.zeros((0, 2), np.int64)
    shape = (found.count, found.count)
    graph = coo_array((np.ones(len(links), bool), (links[:, 0], links[:, 1])), shape)
    count, whole_of = connected_components(graph, directed=False)
    return whole_of.astype(np.int64), int(count)


def _summed(keys: _Integers, counts: _Integers) -> _Integers:
    """Counts of equal keys together, and the keys taken apart."""
    kinds, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place.ravel(), counts, kinds.size).astype(np.int64)
    return np.stack([kinds // _KEY // _KEY, kinds // _KEY % _KEY, kinds % _KEY, sums], axis=1)


def piece_region(present: LabelArray, proposed: LabelArray, box: Box, seed_ijk: Triple) -> Region:
    """The voxels of a piece, found again in its box; nothing where its seed differs no more."""
    from scipy import ndimage

    differs = present[box] != proposed[box]
    i, j, k = (at - side.start for at, side in zip(seed_ijk, box, strict=True))
    if not differs[i, j, k]:
        return NOTHING
    numbers, _ = ndimage.label(differs, _TOUCHING)
    return Region.of(numbers == numbers[i, j, k], offset_of(box))


def count_differing(present: LabelArray, proposed: LabelArray) -> int:
    """How many voxels differ."""
    return sum(int(np.count_nonzero(present[part] != proposed[part])) for part in slabs(present))


def changes_in(
    present: LabelArray, proposed: LabelArray, value: int | None = None, region: Region | None = None
) -> Iterator[tuple[Box, Mask]]:
    """The boxes of what differs, tile by tile, and which of their voxels do.

    Args:
        present: Numbers of the mask.
        proposed: Numbers of the proposal.
        value: Only voxels that have this number or are proposed to get it; None: any.
        region: Only voxels of it; None: everywhere.
    """
    if region is not None and region.is_empty:
        return
    outer = tuple(slice(0, n) for n in present.shape) if region is None else region.box
    now, then = present[outer], proposed[outer]
    for part in tiles(now):
        differs = now[part] != then[part]
        if region is not None:
            differs &= region.mask[part]
        if value is not None:
            differs &= (now[part] == value) | (then[part] == value)
        box = tight_box(differs)
        if box is not None:
            i, j, k = within(part, box)
            yield within((outer[0], outer[1], outer[2]), (i, j, k)), differs[box]


def taking(numbers: LabelArray, box: Box, mask: Mask) -> Patch:
    """The patch that gives the voxels of a mask what another map holds there."""
    return Patch(offset_of(box), numbers[box].copy("K"), mask)
