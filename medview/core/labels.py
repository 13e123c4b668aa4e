"""Label maps: the one mutable array of the program, changed by patches inside an open edit only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import EditOutsideCommand
from medview.core.geometry import Geometry

LabelArray = NDArray[np.uint8] | NDArray[np.uint16]
Colour = tuple[int, int, int]

#: Told apart by people with the common colour blindnesses; label 1 is red, as annotators expect.
PALETTE: tuple[Colour, ...] = (
    (230, 40, 40), (0, 158, 115), (64, 132, 244), (240, 200, 40),
    (204, 121, 167), (86, 200, 233), (230, 130, 0), (150, 110, 230),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LabelEntry:
    """One label: its number in the array (1-65535), name, colour (0-255 each) and code."""

    value: int
    name: str
    colour: Colour
    code: str = ""
    locked: bool = False


@dataclass(frozen=True)
class LabelTable:
    """The labels of one map, in the order people see them; background 0 is not listed."""

    entries: tuple[LabelEntry, ...] = ()

    @classmethod
    def for_values(cls, values: NDArray[np.integer]) -> LabelTable:
        """Name and colour labels that came without a table."""
        return cls(tuple(default_entry(int(value)) for value in values if value))

    def find(self, value: int) -> LabelEntry | None:
        """The entry with this number, or None."""
        return next((entry for entry in self.entries if entry.value == value), None)

    def with_entry(self, entry: LabelEntry) -> LabelTable:
        """A table where this entry replaces the one of the same number, or comes last."""
        if self.find(entry.value) is None:
            return LabelTable((*self.entries, entry))
        return LabelTable(tuple(entry if old.value == entry.value else old for old in self.entries))

    def next_value(self) -> int:
        """The smallest number that no label has yet."""
        taken = {entry.value for entry in self.entries}
        return next(value for value in range(1, 65536) if value not in taken)


def default_entry(value: int) -> LabelEntry:
    """A label known by its number only."""
    return LabelEntry(value=value, name=f"Label {value}", colour=PALETTE[(value - 1) % len(PALETTE)])


@dataclass(frozen=True, eq=False)
class Patch:
    """New numbers for a box of voxels.

    Args:
        offset_ijk: First voxel of the box.
        values: Box of numbers, in the label map's type.
        mask: Which voxels of the box change; all where None.
    """

    offset_ijk: tuple[int, int, int]
    values: LabelArray
    mask: NDArray[np.bool_] | None = None

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The box as slices into the map."""
        i, j, k = (slice(o, o + n) for o, n in zip(self.offset_ijk, self.values.shape, strict=True))
        return i, j, k

    @property
    def nbytes(self) -> int:
        """Bytes that keeping this patch costs."""
        return self.values.nbytes + (0 if self.mask is None else self.mask.nbytes)


class LabelMap:
    """Numbers of labels on a grid.

    Args:
        array: (I, J, K) uint8 or uint16, RAS+ axes. Owned by the map from here on.
        geometry: Its grid.
        table: What the numbers mean; made from the array where left out.

    `revision` stands for the content: every change makes a number never used before, and undo recalls
    the number of the content that it restores, so that what is saved is known to be saved.
    """

    def __init__(self, array: LabelArray, geometry: Geometry, table: LabelTable | None = None) -> None:
        if array.shape != geometry.shape or array.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"a uint8 or uint16 array of {geometry.shape} is needed, not {array.shape}")
        self.geometry = geometry
        self.table = table if table is not None else LabelTable.for_values(np.unique(array))
        self.revision = 0
        self._newest = 0
        self._array = array
        self._view = array.view()
        self._view.flags.writeable = False
        self._is_open = False

    @property
    def array(self) -> LabelArray:
        """Read-only view of the numbers."""
        return self._view

    @contextmanager
    def edit(self) -> Iterator[None]:
        """Open the map for `apply`; closed again on leaving, also by an error."""
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False

    def apply(self, patch: Patch) -> Patch:
        """Change a box and return the patch that undoes it.

        Raises:
            EditOutsideCommand: No edit is open.
            ValueError: The box leaves the map.
        """
        if not self._is_open:
            raise EditOutsideCommand("a label map was changed outside an edit")
        target = self._array[patch.box]
        if target.shape != patch.values.shape or min(patch.offset_ijk) < 0:
            raise ValueError(f"the patch at {patch.offset_ijk} leaves the map {self._array.shape}")
        inverse = replace(patch, values=target.copy())
        if patch.mask is None:
            target[...] = patch.values
        else:
            np.copyto(target, patch.values, where=patch.mask)
        self.renew()
        return inverse

    def renew(self) -> None:
        """Say that numbers or table are not what they were: a revision never used before."""
        self._newest += 1
        self.revision = self._newest

    def recall(self, revision: int) -> None:
        """Say that numbers and table are again exactly what they were at an earlier revision."""
        self.revision = revision
