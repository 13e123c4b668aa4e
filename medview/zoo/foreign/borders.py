"""From class maps on a network's grid to labels on a finer one, interpolating at borders only.

Where the eight voxels around a place agree on the winner, every linear mix of them does too: there the
label is copied. Only elsewhere are all classes interpolated. Exact up to rounding, at a fraction of the
time and memory of resampling every class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.foreign.recipe import Answer

_SLAB_BYTES = 64_000_000


def decided(maps: AnyArray, answer: Answer, threshold: float) -> NDArray[np.uint16]:
    """Labels (...) of class maps (K, ...)."""
    values = np.asarray(answer.values, np.uint16)
    if answer.decide == "argmax":
        return values[np.argmax(maps, axis=0)]
    labels = np.zeros(maps.shape[1:], np.uint16)
    for value, channel in zip(values, maps, strict=True):
        labels[channel > threshold] = value
    return labels


@dataclass(frozen=True, eq=False)
class _Axis:
    """For every fine place of an axis: the two coarse voxels around it and the share of the second."""

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    share: NDArray[np.float32]

    @classmethod
    def at(cls, places: NDArray[np.float64], size: int, is_nearest: bool) -> _Axis:
        places = np.clip(places, 0, size - 1)
        if is_nearest:
            near = np.floor(places + 0.5).astype(np.intp).clip(0, size - 1)
            return cls(near, near, np.zeros(len(near), np.float32))
        low = np.floor(places).astype(np.intp)
        return cls(low, np.minimum(low + 1, size - 1), (places - low).astype(np.float32))


def labels_on(
    maps: AnyArray,
    places: Sequence[NDArray[np.float64]],
    answer: Answer,
    threshold: float,
    nearest_axis: int | None,
    ctx: RunContext,
) -> NDArray[np.uint16]:
    """Label every place of a fine grid.

    Args:
        maps: (K, x, y, z) on the coarse grid.
        places: Positions of the fine voxels along each axis, in coarse voxels.
        answer: What the channels mean.
        threshold: For answers that are decided by one.
        nearest_axis: An axis along which the nearest voxel is taken instead of a mix.
        ctx: May cancel between slabs.
    """
    axes = [
        _Axis.at(row, size, axis == nearest_axis)
        for axis, (row, size) in enumerate(zip(places, maps.shape[1:], strict=True))
    ]
    coarse = decided(maps, answer, threshold)
    settled = _settled(coarse if answer.decide == "argmax" else maps > threshold)
    shape = tuple(len(axis.low) for axis in axes)
    labels = np.empty(shape, np.uint16)
    rows = max(1, _SLAB_BYTES // (8 * shape[1] * shape[2]))
    for first in range(0, shape[0], rows):
        ctx.check_cancelled()
        slab = slice(first, first + rows)
        part = [_Axis(axes[0].low[slab], axes[0].high[slab], axes[0].share[slab]), *axes[1:]]
        labels[slab] = _slab(maps, coarse, settled, part, answer, threshold)
    return labels


def _settled(decisions: AnyArray) -> NDArray[np.bool_]:
    """Whether a voxel agrees with its seven neighbours of higher index, in every channel."""
    agreed = np.ones(decisions.shape[-3:], bool)
    for shift in product((0, 1), repeat=3):
        if any(shift):
            moved = decisions
            for axis, step in zip((-3, -2, -1), shift, strict=True):
                moved = np.take(moved, _next(moved.shape[axis], step), axis=axis)
            same = moved == decisions
            agreed &= same if same.ndim == 3 else same.all(axis=0)
    return agreed


def _next(size: int, step: int) -> NDArray[np.intp]:
    return np.minimum(np.arange(size) + step, size - 1)


def _slab(
    maps: AnyArray,
    coarse: NDArray[np.uint16],
    settled: NDArray[np.bool_],
    axes: Sequence[_Axis],
    answer: Answer,
    threshold: float,
) -> NDArray[np.uint16]:
    corner = np.ix_(*(axis.low for axis in axes))
    labels = coarse[corner]
    at = np.nonzero(~settled[corner])
    if len(at[0]):
        labels[at] = decided(_mixed(maps, axes, at), answer, threshold)
    return labels


def _mixed(maps: AnyArray, axes: Sequence[_Axis], at: tuple[AnyArray, ...]) -> NDArray[np.float32]:
    """All classes (K, n) at n fine places, mixed from their eight corners."""
    mixed = np.zeros((maps.shape[0], len(at[0])), np.float32)
    for corner in product((0, 1), repeat=3):
        share = np.ones(len(at[0]), np.float32)
        where = []
        for axis, place, side in zip(axes, at, corner, strict=True):
            where.append((axis.high if side else axis.low)[place])
            share = share * (axis.share[place] if side else 1 - axis.share[place])
        if share.any():
            mixed += maps[:, where[0], where[1], where[2]] * share
    return mixed
