"""The part of a slice or region that the network looks at, and the way there and back.

Ours (after Sofiuk et al., RITM, 2022): a wide view of the object, with room around it, and never less than
twice as many pixels of the slice as the grid has; a smaller slice is seen whole. (Closer views were tried and
made Dice worse: a network that sees little but the object takes its inside for the surroundings.) Everything
is a pure function of what is asked. Places are index positions; pixel 0 reaches from -0.5 to 0.5. Sampling is
linear; where it becomes coarser, over as many pixels as one covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from medview.zoo.interactive.pe_med.shapes import Floats, Mask

ROOM = 1.4
"""Sides of the part, in sides of what is in it."""
LEAST_GRID = 96
LEAST_REGION_GRID = 32
GRID_STEP = 32
LEAST_VIEW = 2.0
"""Sides of the smallest part, in grids: so much is seen of a slice that is larger."""


@dataclass(frozen=True)
class Focus:
    """A box of a slice or region, and the grid that it is sampled on.

    Args:
        low: Index position of its lower edges.
        sides: Its extent along each axis, in pixels of the slice; alike in millimetres.
        grid: Pixels of the network's grid along each axis.
    """

    low: tuple[float, ...]
    sides: tuple[float, ...]
    grid: int

    def seen(self, array: Floats, beyond: float) -> Floats:
        """The array (*S) on the grid; beyond its border lies a constant."""
        rows = [
            _weights(self.grid, size, low, side / self.grid)
            for size, low, side in zip(array.shape, self.low, self.sides, strict=True)
        ]
        return _sampled(array, rows, beyond)

    def put_back(self, found: Floats, shape: Sequence[int], beyond: float) -> Floats:
        """What was found on the grid, on the array's own pixels; outside of the box lies a constant."""
        rows = []
        for size, low, side in zip(shape, self.low, self.sides, strict=True):
            step = self.grid / side
            rows.append(_weights(size, self.grid, (-0.5 - low) * step - 0.5, step))
        return _sampled(found, rows, beyond)

    def places(self, clicks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Index positions (N, D) in the array as index positions in the grid."""
        step = self.grid / np.array(self.sides)
        made: NDArray[np.float64] = (clicks - np.array(self.low)) * step - 0.5
        return made


def _weights(count: int, size: int, low: float, step: float) -> Floats:
    """How much each of `size` pixels counts for `count` samples, `step` apart from the edge `low` on."""
    centres = low + (np.arange(count) + 0.5) * step
    width = max(step, 1.0)
    reach = int(np.ceil(width))
    near = np.arange(-reach, size + reach)
    tent = np.clip(1 - np.abs(near[None] - centres[:, None]) / width, 0, None)
    tent /= np.maximum(tent.sum(1, keepdims=True), 1e-9)
    return np.ascontiguousarray(tent[:, reach : reach + size], np.float32)


def _sampled(array: Floats, rows: Sequence[Floats], beyond: float) -> Floats:
    made = torch.from_numpy(np.ascontiguousarray(array, np.float32)) - beyond
    for axis, weights in enumerate(rows):
        if not _is_identity(weights):
            first = made.movedim(axis, 0)
            mixed = torch.from_numpy(weights) @ first.reshape(first.shape[0], -1)
            made = mixed.view(-1, *first.shape[1:]).movedim(0, axis)
    found: Floats = (made + beyond).contiguous().numpy()
    return found


def _is_identity(weights: Floats) -> bool:
    rows, columns = weights.shape
    return rows == columns and bool((weights == np.eye(rows, dtype=np.float32)).all())


def whole(shape: Sequence[int], spacing_mm: Sequence[float], largest_grid: int) -> Focus:
    """All of a slice or region."""
    low, high = np.full(len(shape), -0.5), np.array(shape) - 0.5
    return _focus(low, high, spacing_mm, largest_grid)


def around(
    mask: Mask,
    clicks: NDArray[np.float64],
    spacing_mm: Sequence[float],
    largest_grid: int,
) -> Focus:
    """What a mask and clicks (N, D) fill, and room around; all of it where there are neither.

    Args:
        mask: Of the slice or region.
        clicks: Index positions.
        spacing_mm: Of the pixels.
        largest_grid: Of the network.
    """
    corners = [clicks.min(0), clicks.max(0)] if len(clicks) else []
    if mask.any():
        ends = [np.flatnonzero(mask.any(_others(axis, mask.ndim)))[[0, -1]] for axis in range(mask.ndim)]
        corners += list(np.array(ends, float).T)
    if not corners:
        return whole(mask.shape, spacing_mm, largest_grid)
    low, high = np.min(corners, 0) - 0.5, np.max(corners, 0) + 0.5
    middle, spacing, size = (low + high) / 2, np.array(spacing_mm), np.array(mask.shape)
    half_mm = ROOM * float(((high - low) * spacing).max()) / 2
    smallest_mm = LEAST_VIEW * largest_grid * float(spacing.min()) / 2
    half = min(max(half_mm, smallest_mm), float((size * spacing).max()) / 2) / spacing
    # more of the slice rather than what lies beyond its border
    first, last = half - 0.5, size - 0.5 - half
    middle = np.where(first <= last, np.clip(middle, first, last), (first + last) / 2)
    return _focus(middle - half, middle + half, spacing_mm, largest_grid)


def _others(axis: int, dims: int) -> tuple[int, ...]:
    return tuple(other for other in range(dims) if other != axis)


def _least(dims: int) -> int:
    return LEAST_GRID if dims == 2 else LEAST_REGION_GRID


def _focus(
    low: NDArray[np.float64], high: NDArray[np.float64], spacing_mm: Iterable[float], largest_grid: int
) -> Focus:
    spacing = np.array(list(spacing_mm))
    side_mm = float(((high - low) * spacing).max())
    sides = side_mm / spacing
    middle = (low + high) / 2
    finest = int(np.ceil(side_mm / spacing.min() / GRID_STEP - 1e-6)) * GRID_STEP
    grid = int(np.clip(finest, min(_least(len(spacing)), largest_grid), largest_grid))
    return Focus(tuple(map(float, middle - sides / 2)), tuple(map(float, sides)), grid)
