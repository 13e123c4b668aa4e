"""Keeping patches for undo: many small ones of a stroke become one, compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from medview.core.boxes import offset_of, tight_box, tiles, within
from medview.core.labels import Patch

_LEAST_BOX_VOXELS = 1 << 18
_MOST_WASTE = 4


@dataclass(frozen=True, kw_only=True)
class PackedPatch:
    """A patch whose numbers and mask are compressed, first axis first: as scans and masks lie in memory.

    Where all voxels that change get the same number, `values` holds that number once.
    """

    offset_ijk: tuple[int, int, int]
    shape: tuple[int, ...]
    dtype: str
    values: bytes
    mask: bytes | None

    @classmethod
    def pack(cls, patch: Patch) -> PackedPatch:
        """Compress a patch."""
        mask = None if patch.mask is None else zlib.compress(np.packbits(patch.mask.ravel("F")).tobytes(), 1)
        return cls(
            offset_ijk=patch.offset_ijk,
            shape=patch.values.shape,
            dtype=patch.values.dtype.str,
            values=_packed_values(patch),
            mask=mask,
        )

    def with_values_of(self, patch: Patch) -> PackedPatch:
        """The same voxels with other numbers; the mask is not compressed again."""
        return replace(self, values=_packed_values(patch))

    def unpack(self) -> Patch:
        """Undo `pack`."""
        numbers = np.frombuffer(zlib.decompress(self.values), self.dtype)
        is_one = numbers.size == 1
        values = np.broadcast_to(numbers, self.shape) if is_one else numbers.reshape(self.shape, order="F")
        if self.mask is None:
            return Patch(self.offset_ijk, values)
        bits = np.unpackbits(np.frombuffer(zlib.decompress(self.mask), np.uint8), count=values.size)
        return Patch(self.offset_ijk, values, bits.view(bool).reshape(self.shape, order="F"))

    @property
    def nbytes(self) -> int:
        """Compressed bytes."""
        return len(self.values) + len(self.mask or b"")


def _packed_values(patch: Patch) -> bytes:
    values, place = patch.values, 0
    if patch.mask is not None:
        place = int(patch.mask.ravel("F").argmax())
    first = values[np.unravel_index(place, values.shape, order="F")]
    differs = values != first
    if patch.mask is not None:
        differs &= patch.mask
    return zlib.compress(values.tobytes("F") if differs.any() else first.tobytes(), 1)


def in_tiles(patch: Patch) -> Iterator[Patch]:
    """The parts of a patch that change something, 64 voxels a side at most, disjoint.

    What is kept and done again of them costs what changes, not the box that holds it all.
    """
    changes = patch.mask if patch.mask is not None else np.broadcast_to(np.True_, patch.values.shape)
    for tile in tiles(patch.values):
        box = tight_box(changes[tile])
        if box is not None:
            inner = within(tile, box)
            mask = None if patch.mask is None else patch.mask[inner]
            yield Patch(offset_of(within(patch.box, inner)), patch.values[inner], mask)


def combined(inverses: Sequence[Patch]) -> list[Patch]:
    """One patch that takes back a whole stroke, where its box is not mostly empty.

    Args:
        inverses: What takes back each dab, in the order of painting.

    Returns:
        Patches in the order of painting: one, or the given ones where their common box would hold
        over four times their voxels (a stroke across an oblique plane, say).
    """
    if len(inverses) < 2:
        return list(inverses)
    lower = np.min([patch.offset_ijk for patch in inverses], axis=0)
    upper = np.max([np.add(patch.offset_ijk, patch.values.shape) for patch in inverses], axis=0)
    shape = tuple(int(n) for n in upper - lower)
    touched = sum(patch.values.size for patch in inverses)
    if np.prod(shape) > max(_MOST_WASTE * touched, _LEAST_BOX_VOXELS):
        return list(inverses)
    values = np.zeros(shape, inverses[0].values.dtype, order="F")
    mask = np.zeros(shape, bool, order="F")
    for patch in reversed(inverses):
        box = tuple(
            slice(o, o + n) for o, n in zip(patch.offset_ijk - lower, patch.values.shape, strict=True)
        )
        where = True if patch.mask is None else patch.mask
        np.copyto(values[box], patch.values, where=where)
        np.copyto(mask[box], True, where=where)
    i, j, k = (int(n) for n in lower)
    return [Patch((i, j, k), values, mask)]
