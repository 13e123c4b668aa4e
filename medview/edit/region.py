"""Regions: the voxels that an act of editing means, in the smallest box that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box, offset_of, tight_box, value_box
from medview.core.labels import LabelArray, LabelMap, Patch

Triple = tuple[int, int, int]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Region:
    """A set of voxels of a grid. Empty regions have an empty mask and no place.

    Args:
        offset_ijk: First voxel of the box.
        mask: (I, J, K) of the box: which of its voxels belong.
    """

    offset_ijk: Triple
    mask: Mask

    @classmethod
    def of(cls, mask: Mask, offset_ijk: Triple = (0, 0, 0)) -> Region:
        """The voxels set in a mask whose first voxel lies at `offset_ijk`, in their smallest box."""
        box = tight_box(mask)
        if box is None:
            return NOTHING
        i, j, k = (o + part.start for o, part in zip(offset_ijk, box, strict=True))
        return cls((i, j, k), mask[box])

    @classmethod
    def of_voxels(cls, voxels: NDArray[np.int64]) -> Region:
        """The voxels of a list (N, 3) of indices; repeated ones count once."""
        if voxels.size == 0:
            return NOTHING
        lower = voxels.min(axis=0)
        mask = np.zeros(voxels.max(axis=0) - lower + 1, bool)
        mask[tuple((voxels - lower).T)] = True
        return cls((int(lower[0]), int(lower[1]), int(lower[2])), mask)

    @property
    def is_empty(self) -> bool:
        """Whether no voxel belongs."""
        return self.mask.size == 0

    @property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def box(self) -> Box:
        """The box as slices into the grid."""
        i, j, k = (slice(o, o + n) for o, n in zip(self.offset_ijk, self.mask.shape, strict=True))
        return i, j, k

    def in_box(self, box: Box) -> Mask:
        """The part of the region in another box of the grid, as a mask of that box."""
        found = np.zeros([part.stop - part.start for part in box], bool, order="F")
        if self.is_empty:
            return found
        shared = [
            slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, self.box, strict=True)
        ]
        if any(part.start >= part.stop for part in shared):
            return found
        inside = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(shared, box, strict=True))
        own = tuple(slice(s.start - o, s.stop - o) for s, o in zip(shared, self.offset_ijk, strict=True))
        found[inside] = self.mask[own]
        return found

    def __or__(self, other: Region) -> Region:
        """Voxels of either."""
        box = united_box(self, other)
        return Region.of(self.in_box(box) | other.in_box(box), offset_of(box))

    def __and__(self, other: Region) -> Region:
        """Voxels of both."""
        return Region.of(self.mask & other.in_box(self.box), self.offset_ijk)

    def __sub__(self, other: Region) -> Region:
        """Voxels of this one that the other lacks."""
        return Region.of(self.mask & ~other.in_box(self.box), self.offset_ijk)


NOTHING = Region((0, 0, 0), np.zeros((0, 0, 0), bool))


def united_box(*regions: Region) -> Box:
    """The smallest box around all regions; of no size where all are empty."""
    boxes = [region.box for region in regions if not region.is_empty]
    if not boxes:
        return NOTHING.box
    i, j, k = (
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes))
        for axis in range(3)
    )
    return i, j, k


def roomy_box(region: Region, margin_ijk: Triple, shape: Triple) -> Box:
    """The region's box with so many voxels more on each side, as far as the grid goes."""
    i, j, k = (
        slice(max(part.start - m, 0), min(part.stop + m, n))
        for part, m, n in zip(region.box, margin_ijk, shape, strict=True)
    )
    return i, j, k


def whole_box(shape: Triple) -> Box:
    """The box of the whole grid."""
    return slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])


def label_region(labels: LabelMap, value: int) -> Region:
    """All voxels of one label."""
    box = value_box(labels.array, value)
    return NOTHING if box is None else Region(offset_of(box), labels.array[box] == value)


def painted(labels: LabelMap, region: Region, value: int) -> Patch | None:
    """The patch that gives a label to a region (0 erases); None where nothing would change."""
    changed = Region.of(region.mask & (labels.array[region.box] != value), region.offset_ijk)
    if changed.is_empty:
        return None
    return Patch(changed.offset_ijk, _filled(labels, np.ones_like(changed.mask), value), changed.mask)


def becoming(labels: LabelMap, region: Region, value: int) -> Patch | None:
    """The patch after which a label holds exactly a region: what it loses becomes background."""
    now = label_region(labels, value)
    box = united_box(now, region)
    wanted, present = region.in_box(box), now.in_box(box)
    changed = Region.of(wanted != present, offset_of(box))
    if changed.is_empty:
        return None
    return Patch(changed.offset_ijk, _filled(labels, region.in_box(changed.box), value), changed.mask)


def _filled(labels: LabelMap, mask: Mask, value: int) -> LabelArray:
    """The label where a mask is set, else background; as the mask lies in memory."""
    found = np.zeros_like(mask, labels.array.dtype)
    found[mask] = value
    return cast(LabelArray, found)


def as_numbers(labels: LabelMap, array: NDArray[Any]) -> LabelArray:
    """Numbers of labels in the type of a map."""
    return cast(LabelArray, array.astype(labels.array.dtype))
