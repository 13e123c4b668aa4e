"""Between a scan's own axial slices and what the network reads: intensities, head box, pixels.

Slices are the canonical k planes of the scan, with rows along i and columns along j. Pixel edges, not
centres, of both grids coincide, so that going there and back moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.zoo.blocks import grid_multiple

SAMPLE_VOXELS = 2_000_000
AIR_FRACTION = 0.05
"""Of the brightest values: what is darker is air."""
BLOCK = 4
"""Pixels along the sides of the squares that are averaged, against noise, to find the head."""


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """What turns a scan's values into [0, 1].

    Args:
        low: The 0.5 % quantile of the head's voxels; becomes 0.
        high: The 99.5 % quantile of the head's voxels; becomes 1.
        air: Values up to this are air.
    """

    low: float
    high: float
    air: float

    def normalised(self, values: AnyArray) -> NDArray[np.float32]:
        """Clip to the quantiles and scale to [0, 1]; what is not finite becomes 0."""
        finite = np.nan_to_num(
            np.asarray(values, np.float32), nan=self.low, posinf=self.high, neginf=self.low
        )
        scaled: NDArray[np.float32] = np.clip((finite - self.low) / (self.high - self.low), 0, 1)
        return scaled


def measure_intensity(volume: AnyArray) -> Intensity:
    """Measure a scan (I, J, K) on a strided sample of at most two million voxels.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    step = max(1, int(np.ceil((volume.size / SAMPLE_VOXELS) ** (1 / 3))))
    sample = np.asarray(volume[::step, ::step, ::step], np.float32)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0 or sample.min() == sample.max():
        raise InputRefused(
            "Cannot find a head in the scan", "all of its values are the same", "Choose another scan."
        )
    # not the extremes: resampled scans undershoot, and single voxels shine
    darkest, brightest = (float(q) for q in np.quantile(sample, [0.02, 0.999]))
    if darkest == brightest:
        darkest, brightest = float(sample.min()), float(sample.max())
    air = darkest + AIR_FRACTION * (brightest - darkest)
    head = sample[sample > air]
    low, high = (float(q) for q in np.quantile(head, [0.005, 0.995])) if head.size else (darkest, brightest)
    if high <= low:
        low, high = darkest, brightest
    return Intensity(low=low, high=high, air=air)


def head_box(volume: AnyArray, air: float) -> tuple[tuple[int, int], tuple[int, int]]:
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


def _extent(counts: NDArray[np.integer], whole: int) -> tuple[int, int]:
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
        padded: Rows and columns that the network sees; the part lies in the middle.
    """

    shape: tuple[int, int]
    box: tuple[tuple[int, int], tuple[int, int]]
    size: tuple[int, int]
    padded: tuple[int, int]

    @classmethod
    def around(
        cls,
        shape: tuple[int, int],
        box: tuple[tuple[int, int], tuple[int, int]],
        spacing_mm: Sequence[float],
        pixel_mm: float,
        factor: int,
    ) -> SliceGrid:
        """Cover a box with pixels of `pixel_mm`, padded to multiples of `factor`."""
        rows, columns = (
            max(1, round((stop - start) * step / pixel_mm))
            for (start, stop), step in zip(box, spacing_mm, strict=False)
        )
        padded = grid_multiple(rows, factor), grid_multiple(columns, factor)
        return cls(shape=shape, box=box, size=(rows, columns), padded=padded)

    def to_network(self, slices: Tensor) -> Tensor:
        """Take (N, M, I, J) to (N, M, H, W): cut, resample with averaging, pad with zeros or cut to size."""
        (i0, i1), (j0, j1) = self.box
        part = slices[..., i0:i1, j0:j1]
        if part.shape[-2:] != self.size:
            part = functional.interpolate(part, self.size, mode="bilinear", antialias=True)
        return _centred(part, self.padded)

    def from_network(self, maps: Tensor) -> Tensor:
        """Take (N, M, H, W) back to (N, M, I, J), linearly; 0 outside the box."""
        (i0, i1), (j0, j1) = self.box
        part = _centred(maps, self.size)
        if part.shape[-2:] != (i1 - i0, j1 - j0):
            part = functional.interpolate(part, (i1 - i0, j1 - j0), mode="bilinear", antialias=True)
        i_size, j_size = self.shape
        return functional.pad(part, (j0, j_size - j1, i0, i_size - i1))


def _centred(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Pad with zeros, or cut, around the middle of the last two axes."""
    rows, columns = (wanted - have for wanted, have in zip(size, maps.shape[-2:], strict=True))
    top, left = _half(rows), _half(columns)
    return functional.pad(maps, (left, columns - left, top, rows - top))


def _half(difference: int) -> int:
    return difference // 2 if difference >= 0 else -(-difference // 2)


def slices_of(volumes: Sequence[AnyArray], intensities: Sequence[Intensity], first: int, stop: int) -> Tensor:
    """Normalised slices first ... stop-1 of all modalities as (N, M, I, J)."""
    stacked = [
        intensity.normalised(volume[:, :, first:stop])
        for volume, intensity in zip(volumes, intensities, strict=True)
    ]
    return torch.from_numpy(np.ascontiguousarray(np.stack(stacked).transpose(3, 0, 1, 2)))
