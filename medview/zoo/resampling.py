"""From class probabilities on a network's grid to labels on a scan's grid, interpolated only at borders.

The label of a voxel is the arg-max of the linearly interpolated probabilities. Where all corners of the
cell around it agree on the likeliest class, every mixture of them does too, so the label is copied; only
where corners differ are the probabilities of that voxel interpolated. Planes are made one at a time:
beyond the input and the labels, memory for a few planes is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]
_ROWS = 65536
"""Voxels that are interpolated at once."""


def pixel_edges(have: int, want: int) -> Coordinates:
    """Where `want` voxels lie in a row of `have`, if the outer edges of both rows coincide."""
    return (np.arange(want) + 0.5) * have / want - 0.5


def pixel_centres(have: int, want: int) -> Coordinates:
    """Where `want` voxels lie in a row of `have`, if the centres of the outermost coincide (scipy's zoom)."""
    return np.linspace(0, have - 1, want) if want > 1 else np.zeros(1)


def labels_on_axes(
    probabilities: NDArray[np.floating],
    axes: Sequence[Coordinates],
    values: Sequence[int] | None = None,
    check_cancelled: Callable[[], None] = lambda: None,
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The likeliest class at every point of a grid of points.

    Args:
        probabilities: (C, A, B, D), probabilities or logits of C classes; read plane by plane, so a
            memory-mapped array will do.
        axes: For each of the last three axes, where the grid's points lie along it, in voxels of
            `probabilities`; points outside are moved to the border.
        values: The label value of every class; None: its number.
        check_cancelled: Called once per plane; may raise.

    Returns:
        Labels (len(axes[0]), len(axes[1]), len(axes[2])), uint8, or uint16 where a value is above 255.
    """
    table = np.asarray(range(len(probabilities)) if values is None else values)
    table = table.astype(np.uint8 if table.max() < 256 else np.uint16)
    (low, high, part), *plane_axes = [
        _corners(points, size) for points, size in zip(axes, probabilities.shape[1:], strict=True)
    ]
    cells = _Cells(probabilities, plane_axes, check_cancelled)
    labels = np.empty([len(points) for points in axes], table.dtype)
    for plane in range(len(low)):
        check_cancelled()
        labels[plane] = table[cells.plane(int(low[plane]), int(high[plane]), float(part[plane]))]
    return labels


def _corners(points: Coordinates, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Coordinates]:
    """Index below and above each point, and its part of the way between them."""
    inside = np.clip(points, 0, size - 1)
    low = np.floor(inside).astype(np.intp)
    return low, np.minimum(low + 1, size - 1), inside - low


class _Cells:
    """Planes of labels across the first axis; keeps what neighbouring planes share."""

    def __init__(
        self,
        probabilities: NDArray[np.floating],
        axes: Sequence[tuple[NDArray[np.intp], NDArray[np.intp], Coordinates]],
        check_cancelled: Callable[[], None],
    ) -> None:
        self._probabilities = probabilities
        (self._b, self._b_next, self._b_part), (self._d, self._d_next, self._d_part) = axes
        self._check_cancelled = check_cancelled
        self._planes: dict[int, tuple[NDArray[np.float32], NDArray[np.intp]]] = {}

    def plane(self, low: int, high: int, part: float) -> NDArray[np.intp]:
        """The likeliest class (B, D) at `part` of the way from plane `low` to plane `high`."""
        if not part:
            high = low
        self._planes = {n: self._planes.get(n) or self._ranked(n) for n in {low, high}}
        (below, first), (above, second) = self._planes[low], self._planes[high]
        labels: NDArray[np.intp] = first[self._b[:, None], self._d]
        mixed = _differing(first, second)[self._b[:, None], self._d]
        rows, columns = np.nonzero(mixed)
        for start in range(0, len(rows), _ROWS):
            self._check_cancelled()
            chosen = slice(start, start + _ROWS)
            at = rows[chosen], columns[chosen]
            scores = self._at(below, *at)
            if part:
                scores += np.float32(part) * (self._at(above, *at) - scores)
            labels[at] = scores.argmax(axis=1)
        return labels

    def _ranked(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """A plane with its classes last (B, D, C), and the likeliest of them (B, D)."""
        plane = self._probabilities[:, number]
        ranked = np.zeros(plane.shape[1:], np.intp)
        best = plane[0].copy()
        for value in range(1, len(plane)):
            better = plane[value] > best
            ranked[better] = value
            best = np.maximum(best, plane[value])
        return np.ascontiguousarray(np.moveaxis(plane, 0, -1), np.float32), ranked

    def _at(
        self, plane: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Linearly interpolated scores (n, C) of points of the new plane."""
        b, b_next, d, d_next = self._b[rows], self._b_next[rows], self._d[columns], self._d_next[columns]
        along_b, along_d = (
            part[:, None].astype(np.float32) for part in (self._b_part[rows], self._d_part[columns])
        )
        near, far = plane[b, d], plane[b_next, d]
        near += along_d * (plane[b, d_next] - near)
        far += along_d * (plane[b_next, d_next] - far)
        near += along_b * (far - near)
        return near


def _differing(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.bool_]:
    """For every cell, named by its lowest corner: whether its eight corners differ."""
    mixed = first != second
    for plane in (first, second) if second is not first else (first,):
        mixed[:-1] |= plane[1:] != plane[:-1]
        mixed[:, :-1] |= plane[:, 1:] != plane[:, :-1]
        # the fourth corner differs from the first only if one on the way does: from its neighbours, here
        mixed[:-1, :-1] |= plane[1:, 1:] != plane[:-1, :-1]
    return mixed
