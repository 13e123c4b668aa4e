"""Label maps: the one mutable array of the program, changed by patches inside an open edit only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from medview.core.codes import NOT_CODED, Terminology
from medview.core.errors import EditOutsideCommand, LabelLocked
from medview.core.geometry import Geometry
from medview.core.label_counts import Counts, count_changes, count_labels, empty_counts
from medview.core.origin import NOT_STATED, Maker, Origin

LabelArray = NDArray[np.uint8] | NDArray[np.uint16]
Colour = tuple[int, int, int]

#: Highest number of a label.
MOST_LABELS = 65535

#: Told apart by people with the common colour blindnesses; label 1 is red, as annotators expect.
PALETTE: tuple[Colour, ...] = (
    (230, 40, 40), (0, 158, 115), (64, 132, 244), (240, 200, 40),
    (204, 121, 167), (86, 200, 233), (230, 130, 0), (150, 110, 230),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LabelEntry:
    """One label.

    Args:
        value: Its number in the array, 1 to 65535.
        name: What people call it.
        colour: Red, green, blue, 0 to 255 each.
        terms: What it is in the words of a terminology.
        locked: No tool and no model may change its voxels.
        visible: Drawn in slices and in 3-D. A hidden label is as protected, or as open, as one on show.
        note: How far the work on it is, in a person's own words.
        origin: Who or what made its voxels.
        is_reviewed: A person has looked at its voxels as they are now and found them right.
    """

    value: int
    name: str
    colour: Colour
    terms: Terminology = NOT_CODED
    locked: bool = False
    visible: bool = True
    note: str = ""
    origin: Origin = NOT_STATED
    is_reviewed: bool = False

    def touched_by(self, maker: Maker, *, was_empty: bool) -> LabelEntry:
        """The entry after somebody has changed its voxels: noted, and to be reviewed again."""
        origin = self.origin.touched_by(maker, was_empty=was_empty)
        return replace(self, origin=origin, is_reviewed=False)


@dataclass(frozen=True)
class LabelTable:
    """The labels of one map, in the order people see them; background 0 is not listed."""

    entries: tuple[LabelEntry, ...] = ()

    @classmethod
    def for_values(cls, values: NDArray[np.integer]) -> LabelTable:
        """Name and colour labels that came without a table."""
        return cls(tuple(default_entry(int(value)) for value in values if value))

    @cached_property
    def _by_value(self) -> dict[int, LabelEntry]:
        return {entry.value: entry for entry in reversed(self.entries)}

    @cached_property
    def locked_values(self) -> tuple[int, ...]:
        """Numbers of the locked labels."""
        return tuple(entry.value for entry in self.entries if entry.locked)

    @property
    def values(self) -> tuple[int, ...]:
        """Numbers of all labels, in the order of the table."""
        return tuple(entry.value for entry in self.entries)

    def find(self, value: int) -> LabelEntry | None:
        """The entry with this number, or None."""
        return self._by_value.get(value)

    def with_entry(self, entry: LabelEntry) -> LabelTable:
        """A table where this entry replaces the one of the same number, or comes last."""
        if self.find(entry.value) is None:
            return LabelTable((*self.entries, entry))
        return LabelTable(tuple(entry if old.value == entry.value else old for old in self.entries))

    def without(self, values: Collection[int]) -> LabelTable:
        """A table without these labels."""
        return LabelTable(tuple(entry for entry in self.entries if entry.value not in values))

    def moved(self, value: int, steps: int) -> LabelTable:
        """A table where one label stands so many places further down, at most at an end."""
        others = [entry for entry in self.entries if entry.value != value]
        place = self.values.index(value) + steps
        others.insert(min(max(place, 0), len(others)), self._by_value[value])
        return LabelTable(tuple(others))

    def next_value(self) -> int:
        """The smallest number that no label has yet."""
        return next(self.free_values())

    def free_values(self, highest: int = MOST_LABELS) -> Iterator[int]:
        """Numbers up to `highest` that no label has yet, ascending."""
        return (value for value in range(1, highest + 1) if value not in self._by_value)


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
        counts: Voxels of every number where they are known; else they are counted here, once.

    `revision` stands for the content: every change makes a number never used before, and undo recalls
    the number of the content that it restores, so that what is saved is known to be saved.
    `voxel_changes` counts what was applied: what is made of the voxels alone is up to date while it stays.
    """

    def __init__(
        self,
        array: LabelArray,
        geometry: Geometry,
        table: LabelTable | None = None,
        counts: Counts | None = None,
    ) -> None:
        if array.shape != geometry.shape or array.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"a uint8 or uint16 array of {geometry.shape} is needed, not {array.shape}")
        self.geometry = geometry
        self._counts = counts if counts is not None else count_labels(array)
        self.table = table if table is not None else LabelTable.for_values(np.flatnonzero(self._counts))
        self.revision = 0
        self.voxel_changes = 0
        self._newest = 0
        self._array = array
        self._view = array.view()
        self._view.flags.writeable = False
        self._is_open = False

    @classmethod
    def empty(cls, geometry: Geometry, table: LabelTable, dtype: type[np.integer] = np.uint8) -> LabelMap:
        """A map of background alone: nothing is counted, and memory is taken where it is painted.

        Its first axis runs fastest in memory, as in the scans: an axial slice is one piece, not a byte here
        and there, and colouring it takes a fifth of the time.
        """
        array = np.zeros(geometry.shape, dtype, order="F")
        return cls(array, geometry, table, empty_counts(array))

    @property
    def array(self) -> LabelArray:
        """Read-only view of the numbers."""
        return self._view

    @property
    def highest_value(self) -> int:
        """The highest number that the array can hold."""
        return int(np.iinfo(self._array.dtype).max)

    def held_values(self) -> tuple[int, ...]:
        """Numbers of the labels that have voxels now, ascending."""
        return tuple(int(value) for value in np.flatnonzero(self._counts) if value)

    def voxel_count(self, value: int) -> int:
        """How many voxels have this number now; costs nothing."""
        return int(self._counts[value]) if value < self._counts.size else 0

    def volume_ml(self, value: int) -> float:
        """Volume of a label in millilitres now; costs nothing."""
        return self.voxel_count(value) * self.geometry.voxel_ml

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

        This is the gate: what a locked label holds can neither be taken from it nor added to it, whoever
        asks. A patch that would is refused whole; `edit.permission` trims one to what is allowed.

        Raises:
            EditOutsideCommand: No edit is open.
            LabelLocked: Voxels of a locked label would change, or voxels would become locked ones.
            ValueError: The box leaves the map, or its numbers are of another type than the map's.
        """
        if not self._is_open:
            raise EditOutsideCommand("a label map was changed outside an edit")
        target = self._array[patch.box]
        if target.shape != patch.values.shape or min(patch.offset_ijk) < 0:
            raise ValueError(f"the patch at {patch.offset_ijk} leaves the map {self._array.shape}")
        if patch.values.dtype != self._array.dtype:
            raise ValueError(f"a patch of {self._array.dtype} is needed, not of {patch.values.dtype}")
        lost, won = count_changes(target, patch.values, patch.mask)
        self._refuse_locked(lost, won)
        inverse = replace(patch, values=target.copy("K"))
        np.copyto(target, patch.values, where=True if patch.mask is None else patch.mask)
        self._counts += won - lost
        self.voxel_changes += 1
        self.renew()
        return inverse

    def _refuse_locked(self, lost: Counts, won: Counts) -> None:
        for value in self.table.locked_values:
            if value < lost.size and (lost[value] or won[value]):
                entry = self.table.find(value) or default_entry(value)
                raise LabelLocked(entry.name)

    def renew(self) -> None:
        """Say that numbers or table are not what they were: a revision never used before."""
        self._newest += 1
        self.revision = self._newest

    def recall(self, revision: int) -> None:
        """Say that numbers and table are again exactly what they were at an earlier revision."""
        self.revision = revision
