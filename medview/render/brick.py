"""The scan in 3-D as a block of numbers small enough to be drawn: made coarser where it has to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_SLAB_VALUES = 4_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Brick:
    """Numbers (I, J, K), first axis fastest in memory, on a grid of their own.

    Args:
        voxels: int16, uint8, uint16 or float32 without not-a-number.
        geometry: Their grid.
        factors: Voxels of the scan that went into one, along each axis.
    """

    voxels: AnyArray
    geometry: Geometry
    factors: tuple[int, int, int]

    @property
    def message(self) -> str:
        """What must be said of a coarser block, such as ``"3-D shown at 1/2 resolution"``; else empty."""
        coarsest = max(self.factors)
        return f"3-D shown at 1/{coarsest} resolution" if coarsest > 1 else ""


def factors_for(geometry: Geometry, most_voxels: int) -> tuple[int, int, int]:
    """How many voxels to join along each axis: the finest axes first, until few enough are left."""
    factors = np.ones(3, int)
    shape, spacing = np.asarray(geometry.shape), np.asarray(geometry.spacing_mm)
    while np.prod(np.maximum(shape // factors, 1).astype(float)) > most_voxels:
        step = np.where(shape // (factors + 1) >= 1, spacing * factors, np.inf)
        factors[int(np.argmin(step))] += 1
    return int(factors[0]), int(factors[1]), int(factors[2])


def make_brick(voxels: AnyArray, geometry: Geometry, most_voxels: int, *, brightest: bool = False) -> Brick:
    """Join neighbouring voxels until at most `most_voxels` are left; only the result is allocated.

    Args:
        voxels: (I, J, K) numbers or (I, J, K, 3) colours, which become brightness.
        geometry: Their grid.
        most_voxels: Size limit of the block.
        brightest: Join by the maximum, so that thin vessels stay in projections; else by the mean.
    """
    factors = factors_for(geometry, most_voxels)
    shape = tuple(max(1, size // factor) for size, factor in zip(geometry.shape, factors, strict=True))
    brick = np.empty(shape, _brick_type(voxels), order="F")
    # Slabs across the slowest axis read the scan in the order in which it lies in memory.
    axis = int(np.argmax(np.abs(voxels.strides[:3])))
    slab = max(
        1, _SLAB_VALUES // max(1, voxels[..., 0].size if voxels.ndim == 4 else voxels.size // shape[axis])
    )
    for start in range(0, shape[axis], slab):
        stop = min(start + slab, shape[axis])
        cut = [slice(0, n * factor) for n, factor in zip(shape, factors, strict=True)]
        cut[axis] = slice(start * factors[axis], stop * factors[axis])
        target = [slice(None)] * 3
        target[axis] = slice(start, stop)
        brick[tuple(target)] = _joined(voxels[tuple(cut)], factors, brick.dtype, brightest)
    matrix = geometry.ras_from_ijk @ np.diag([*factors, 1.0])
    matrix[:3, 3] = geometry.ras_of((np.asarray(factors) - 1) / 2)
    return Brick(voxels=brick, geometry=Geometry(brick.shape, matrix), factors=factors)


def _brick_type(voxels: AnyArray) -> np.dtype[np.generic]:
    is_small = voxels.dtype.kind in "iu" and voxels.dtype.itemsize <= 2 and voxels.dtype != np.int8
    return np.dtype(voxels.dtype.newbyteorder("=")) if is_small else np.dtype(np.float32)


def _joined(
    voxels: AnyArray, factors: tuple[int, int, int], dtype: np.dtype[np.generic], brightest: bool
) -> NDArray[np.generic]:
    """One slab made coarser: numbers of a regular lattice are added up, which needs no second copy."""
    if voxels.ndim == 4:
        voxels = voxels.astype(np.float32) @ _LUMINANCE
    if voxels.dtype.kind == "f":
        voxels = np.nan_to_num(voxels, nan=float(np.nanmin(voxels)) if np.isfinite(voxels).any() else 0.0)
    if factors == (1, 1, 1):
        return np.asarray(voxels, dtype)
    total: AnyArray | None = None
    for offset in np.ndindex(*factors):
        lattice = voxels[tuple(slice(o, None, f) for o, f in zip(offset, factors, strict=True))]
        if total is None:
            total = lattice.astype(dtype if brightest else _sum_type(dtype))
        elif brightest:
            np.maximum(total, lattice, out=total)
        else:
            total += lattice
    assert total is not None
    return np.asarray(total if brightest else total / np.prod(factors), dtype)


def _sum_type(dtype: np.dtype[np.generic]) -> type[np.generic]:
    return np.float32 if dtype.kind == "f" else np.int32
