"""Resampling along the axes, one after another: splines as matrices.

A spline of any order on a regular grid is a linear map, and separable. For each axis it is one matrix,
measured by resampling unit vectors with `scipy.ndimage`, so that it equals scikit-image's ``resize``
(mode edge, no smoothing) to rounding, at a tenth of the work of the 64 products per voxel of a 3-D spline.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medview.core.volume import AnyArray
from medview.ml.foreign.recipe import Respace

COARSE = 3.0
"""nnU-Net's limit: an axis this much coarser than the finest is resampled apart."""


@dataclass(frozen=True, kw_only=True)
class GridChange:
    """From one grid to another along three axes.

    Args:
        shape: Before.
        new_shape: After.
        ratios: Size of a new voxel in old voxels, along each axis.
        keeps: ``"edges"`` or ``"centres"``.
        apart: The axis that is resampled apart; None: none is.
    """

    shape: tuple[int, ...]
    new_shape: tuple[int, ...]
    ratios: tuple[float, ...]
    keeps: str
    apart: int | None


def grid_change(step: Respace, shape: Sequence[int], spacing_mm: Sequence[float]) -> GridChange:
    """What a step does to a grid."""
    wanted = [new if new > 0 else old for new, old in zip(step.spacing_mm, spacing_mm, strict=True)]
    ratios = [new / old for new, old in zip(wanted, spacing_mm, strict=True)]
    if step.keeps == "edges":
        new_shape = [max(1, round(size / ratio)) for size, ratio in zip(shape, ratios, strict=True)]
        ratios = [size / new for size, new in zip(shape, new_shape, strict=True)]
    else:
        new_shape = [int(np.round((size - 1) / ratio)) + 1 for size, ratio in zip(shape, ratios, strict=True)]
    return GridChange(
        shape=tuple(shape),
        new_shape=tuple(new_shape),
        ratios=tuple(ratios),
        keeps=step.keeps,
        apart=_apart_axis(step, spacing_mm, wanted),
    )


def _apart_axis(step: Respace, old_mm: Sequence[float], new_mm: Sequence[float]) -> int | None:
    """nnU-Net's rule: the coarse axis of the old grid, else of the new one, if it is the only coarse one."""
    if step.is_across_apart is False:
        return None
    for spacing in (old_mm, new_mm):
        if step.is_across_apart or max(spacing) / min(spacing) > COARSE:
            coarsest = [axis for axis, size in enumerate(spacing) if size == max(spacing)]
            return coarsest[0] if len(coarsest) == 1 else None
    return None


def positions(change: GridChange, axis: int) -> NDArray[np.float64]:
    """Where the new voxels of an axis lie, in old voxels."""
    steps = np.arange(change.new_shape[axis], dtype=np.float64)
    if change.keeps == "edges":
        return (steps + 0.5) * change.ratios[axis] - 0.5
    return steps * change.ratios[axis]


def positions_back(change: GridChange, axis: int) -> NDArray[np.float64]:
    """Where the old voxels of an axis lie, in new voxels."""
    steps = np.arange(change.shape[axis], dtype=np.float64)
    if change.keeps == "edges":
        return (steps + 0.5) / change.ratios[axis] - 0.5
    return steps / change.ratios[axis]


def resample(array: AnyArray, change: GridChange, order: int, order_across: int) -> NDArray[np.float32]:
    """Bring an array (C, X, Y, Z) to the new grid; splines above linear never leave the old range."""
    within = [axis for axis in range(3) if axis != change.apart]
    made = np.asarray(array, np.float32)
    kept = (0,) if change.apart is None else (0, change.apart + 1)
    limits = _limits(made, kept) if order > 1 and change.shape != change.new_shape else None
    for axis in within:
        made = _along(made, axis + 1, positions(change, axis), order)
    if limits is not None:
        made = np.clip(made, *limits)
    if change.apart is not None:
        made = _along(made, change.apart + 1, positions(change, change.apart), order_across)
    return np.ascontiguousarray(made, np.float32)


def resample_back(array: AnyArray, change: GridChange) -> NDArray[np.float32]:
    """Bring an image (C, X, Y, Z) on the new grid back to the old one, linearly."""
    made = np.asarray(array, np.float32)
    for axis in range(3):
        made = _along(made, axis + 1, positions_back(change, axis), 1)
    return np.ascontiguousarray(made)


def _limits(array: AnyArray, kept: tuple[int, ...]) -> tuple[AnyArray, AnyArray]:
    axes = tuple(axis for axis in range(4) if axis not in kept)
    return array.min(axis=axes, keepdims=True), array.max(axis=axes, keepdims=True)


def _along(array: AnyArray, axis: int, places: NDArray[np.float64], order: int) -> NDArray[np.float32]:
    size = array.shape[axis]
    if len(places) == size and np.allclose(places, np.arange(size), atol=1e-9):
        return array
    matrix = _matrix(size, places.tobytes(), order)
    moved = np.moveaxis(array, axis, -1) @ matrix.T
    return np.moveaxis(moved, -1, axis)


@functools.lru_cache(maxsize=64)
def _matrix(size: int, places: bytes, order: int) -> NDArray[np.float32]:
    """Rows: new voxels; columns: old ones."""
    at = np.frombuffer(places, np.float64)[None]
    columns = [
        ndimage.map_coordinates(unit, at, order=order, mode="nearest")
        for unit in np.eye(size, dtype=np.float64)
    ]
    matrix: NDArray[np.float32] = np.stack(columns, axis=1).astype(np.float32)
    return matrix
