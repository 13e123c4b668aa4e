"""Where the network's pixels lie in the slices of a scan, and the way there and back.

Slices are the canonical k planes of the scan, with rows along i and columns along j. Pixel edges, not
centres, of both grids coincide, so that going there and back moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from medview.core.volume import AnyArray
from medview.zoo.blocks import grid_multiple
from medview.zoo.resampling import labels_on_axes, pixel_edges
from medview.zoo.slicewise.intensity import Normaliser

BLOCK = 4
"""Pixels along the sides of the squares that are averaged, against noise, to find the head."""

Span = tuple[int, int]
"""First and past-the-end index."""


def head_box(volume: AnyArray, air: float) -> tuple[Span, Span]:
    """First and past-the-end index along i and j of what rises above twice the level of air.

    A row counts where it holds at least 1 % as much of the head as the fullest row: specks do not.
    """
    step = max(1, volume.shape[2] // 64)
    i, j = (size // BLOCK * BLOCK for size in volume.shape[:2])
    if not i or not j:
        return (0, volume.shape[0]), (0, volume.shape[1])
    part = np.nan_to_num(np.asarray(volume[:i, :j, ::step], np.float32), posinf=0, neginf=0)
    blocks = part.reshape(i // BLOCK, BLOCK, j // BLOCK, BLOCK, -1).mean(axis=(1, 3))
    head = blocks > 2 * air
    return _extent(head.sum(axis=(1, 2)), i), _extent(head.sum(axis=(0, 2)), j)


def _extent(counts: NDArray[np.integer], whole: int) -> Span:
    """First and past-the-end pixel of the rows of blocks that count."""
    rows = np.flatnonzero(counts > 0.01 * counts.max())
    return (int(rows[0]) * BLOCK, int(rows[-1] + 1) * BLOCK) if rows.size else (0, whole)


@dataclass(frozen=True, kw_only=True)
class SliceGrid:
    """Where the network's pixels lie in the scan's slices.

    Args:
        shape: Rows and columns of a whole slice of the scan (I, J).
        box: First and past-the-end index of the part that is read, along i and j.
        size: Rows and columns of that part in the network's pixels.
        padded: Rows and columns that the network sees.
        offset: Where the part begins in what the network sees; negative: so much of it is cut off.
            None: the part lies in the middle.
    """

    shape: tuple[int, int]
    box: tuple[Span, Span]
    size: tuple[int, int]
    padded: tuple[int, int]
    offset: tuple[int, int] | None = None

    @classmethod
    def around(
        cls,
        shape: tuple[int, int],
        box: tuple[Span, Span],
        spacing_mm: Sequence[float],
        pixel_mm: float,
        factor: int,
    ) -> SliceGrid:
        """Cover a box with pixels of `pixel_mm`, padded to multiples of `factor`."""
        rows, columns = _pixels(box, spacing_mm, pixel_mm)
        padded = grid_multiple(rows, factor), grid_multiple(columns, factor)
        return cls(shape=shape, box=box, size=(rows, columns), padded=padded)

    @classmethod
    def window(
        cls,
        shape: tuple[int, int],
        spacing_mm: Sequence[float],
        pixel_mm: float,
        size: tuple[int, int],
        centre_ij: tuple[float, float] | None = None,
    ) -> SliceGrid:
        """A window of fixed size with pixels of `pixel_mm`; what it shows beyond the slice is 0.

        Args:
            shape: Rows and columns of a whole slice (I, J).
            spacing_mm: Of the scan, along i and j.
            pixel_mm: Of the network.
            size: Rows and columns of the window.
            centre_ij: Voxel at the window's middle; None: the middle of the slice.
        """
        box = ((0, shape[0]), (0, shape[1]))
        part = _pixels(box, spacing_mm, pixel_mm)
        middle = centre_ij or ((shape[0] - 1) / 2, (shape[1] - 1) / 2)
        offset = [
            floor(wanted / 2 - (at + 0.5) / whole * pixels + 0.5)
            for wanted, at, whole, pixels in zip(size, middle, shape, part, strict=True)
        ]
        return cls(shape=shape, box=box, size=part, padded=size, offset=(offset[0], offset[1]))

    @classmethod
    def stretched(cls, shape: tuple[int, int], size: tuple[int, int]) -> SliceGrid:
        """The whole slice as an image of fixed size, whatever its pixels are."""
        return cls(shape=shape, box=((0, shape[0]), (0, shape[1])), size=size, padded=size)

    def pixel_ml(self, voxel_ml: float) -> float:
        """Volume of one pixel of a slice as thick as the scan's, given that of the scan's voxels."""
        (i0, i1), (j0, j1) = self.box
        return voxel_ml * (i1 - i0) * (j1 - j0) / (self.size[0] * self.size[1])

    def to_network(self, slices: Tensor) -> Tensor:
        """Take (N, M, I, J) to (N, M, H, W): cut, resample with averaging, pad with zeros or cut to size."""
        (i0, i1), (j0, j1) = self.box
        part = slices[..., i0:i1, j0:j1]
        if part.shape[-2:] != self.size:
            part = functional.interpolate(part, self.size, mode="bilinear", antialias=True)
        return self._shifted(part, self.padded, 1)

    def from_network(self, maps: Tensor) -> Tensor:
        """Take (N, C, H, W) back to (N, C, I, J), linearly; 0 outside the box.

        Maps of another size, as those of a deeper level, are first brought to the network's pixels.
        """
        (i0, i1), (j0, j1) = self.box
        part = self.part_of(maps)
        if part.shape[-2:] != (i1 - i0, j1 - j0):
            part = functional.interpolate(part, (i1 - i0, j1 - j0), mode="bilinear", antialias=True)
        i_size, j_size = self.shape
        return functional.pad(part, (j0, j_size - j1, i0, i_size - i1))

    def labels_from_network(self, maps: Tensor) -> NDArray[np.uint8]:
        """The likeliest class (N, I, J) of class probabilities (N, C, H, W); 0 outside the box.

        As the arg-max of `from_network`, up to the averaging that it does where the scan is coarser, but
        interpolated only where classes meet; see `medview.zoo.resampling`.
        """
        part = self.part_of(maps).float().cpu().numpy()
        # where the network saw nothing all classes are 0, and labels are too
        rows, columns = (self._seen(axis) for axis in (0, 1))
        seen = part.transpose(1, 0, 2, 3)[:, :, rows.pixels, columns.pixels]
        axes = [np.arange(len(part), dtype=np.float64), rows.points, columns.points]
        labels = np.zeros((len(part), *self.shape), np.uint8)
        labels[:, rows.voxels, columns.voxels] = labels_on_axes(seen, axes)
        return labels

    def _seen(self, axis: int) -> _Seen:
        (start, stop), size, padded = self.box[axis], self.size[axis], self.padded[axis]
        offset = _half(padded - size) if self.offset is None else self.offset[axis]
        first, last = max(-offset - 1, 0), min(padded - offset + 1, size)
        points = pixel_edges(size, stop - start)
        near = np.flatnonzero((points > -offset - 1) & (points < padded - offset))
        voxels = slice(start + int(near[0]), start + int(near[-1]) + 1) if near.size else slice(0, 0)
        return _Seen(pixels=slice(first, last), voxels=voxels, points=points[near] - first)

    def part_of(self, maps: Tensor) -> Tensor:
        """What of the maps (N, C, H, W) shows the box, as (N, C, rows, columns) of `size`."""
        if maps.shape[-2:] != self.padded:
            maps = functional.interpolate(maps, self.padded, mode="bilinear", align_corners=False)
        return self._shifted(maps, self.size, -1)

    def _shifted(self, maps: Tensor, size: tuple[int, int], sign: int) -> Tensor:
        """Pad with zeros, or cut, so that the part lies where it belongs."""
        rows, columns = (wanted - have for wanted, have in zip(size, maps.shape[-2:], strict=True))
        top, left = (_half(rows), _half(columns)) if self.offset is None else (sign * n for n in self.offset)
        return functional.pad(maps, (left, columns - left, top, rows - top))


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the network sees along one axis, with the pixel beyond either end, which is zero.

    Args:
        pixels: Of the part that is read, in the network's size of pixels.
        voxels: Of the scan that lie within.
        points: Where these lie, in pixels from the first.
    """

    pixels: slice
    voxels: slice
    points: NDArray[np.float64]


def _pixels(box: tuple[Span, Span], spacing_mm: Sequence[float], pixel_mm: float) -> tuple[int, int]:
    rows, columns = (
        max(1, round((stop - start) * step / pixel_mm))
        for (start, stop), step in zip(box, spacing_mm, strict=False)
    )
    return rows, columns


def _half(difference: int) -> int:
    return difference // 2 if difference >= 0 else -(-difference // 2)


def slices_of(
    volumes: Sequence[AnyArray], normalisers: Sequence[Normaliser], first: int, stop: int
) -> Tensor:
    """Normalised slices first ... stop-1 of all volumes (I, J, K) as (N, M, I, J)."""
    stacked = [
        normalise(volume[:, :, first:stop]) for volume, normalise in zip(volumes, normalisers, strict=True)
    ]
    return torch.from_numpy(np.ascontiguousarray(np.stack(stacked).transpose(3, 0, 1, 2)))
