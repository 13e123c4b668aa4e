"""Outlines of a mask in a slice, and the mask within outlines: exact inverses of each other.

Outlines run along the edges of voxels, so that the centre of every voxel lies clearly inside or outside. A
hole is joined to its outline by a channel without width (PS3.3 C.8.8.6.3, "keyhole"): one closed contour then
says the same to readers that fill contours by parity and to those that unite them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

#: From one corner of the voxel grid to the next: along x, along y, back, and back.
_STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
_RIGHT, _STRAIGHT, _LEFT = 1, 0, 3
#: Where in the height of a voxel a channel runs: neither along an edge nor through a centre.
_CHANNEL = 0.25


def outlines(mask: Mask) -> list[Points]:
    """Closed outlines of all pieces of a mask that hang together by their edges.

    Args:
        mask: (X, Y) voxels of one slice.

    Returns:
        (N, 2) corners each, in voxel indices (centres at integers), the first not repeated at the end.
    """
    if not mask.any():
        return []
    x, y = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    part = mask[x[0] : x[-1] + 1, y[0] : y[-1] + 1]
    corner = np.array((x[0], y[0]))
    return [points + corner for points in _Tracing(part).contours()]


class _Tracing:
    """The edges between inside and outside, by number: ``(x * (Y + 1) + y) * 4 + direction``.

    The inside is to the right (y runs down). Where two voxels touch by a corner only, the outline turns
    right: they are two pieces.
    """

    def __init__(self, mask: Mask) -> None:
        inside = np.pad(mask, 1)
        beyond = (inside[1:-1, :-2], inside[2:, 1:-1], inside[1:-1, 2:], inside[:-2, 1:-1])
        self._shape = (mask.shape[0] + 1, mask.shape[1] + 1, 4)
        edges = np.zeros(self._shape, bool)
        for way, (outside, (x, y)) in enumerate(zip(beyond, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True)):
            edges[x : x + mask.shape[0], y : y + mask.shape[1], way] = mask & ~outside
        self._following = _following(edges)
        #: First column of the run of voxels that each voxel lies in.
        columns = np.where(mask & ~beyond[3], np.arange(mask.shape[0])[:, None], 0)
        self._run_starts = np.maximum.accumulate(columns, axis=0)
        self._channel_ends: list[tuple[float, float]] = []

    def contours(self) -> list[Points]:
        """One outline for every piece, its holes joined to it."""
        loops = self._loops()
        outer = [loop[0] for loop in loops if self._area(loop) > 0]
        holes = [min(edge for edge in loop if edge % 4 == 1) for loop in loops if self._area(loop) < 0]
        # from left to right: whatever a channel meets on its way left is part of the outline already
        for hole in sorted(holes):
            self._open_channel(hole)
        return [self._corners(self._loop(start)) for start in outer]

    def _loops(self) -> list[list[int]]:
        loops, seen = [], set[int]()
        for edge in self._following:
            if edge not in seen:
                loops.append(self._loop(edge))
                seen.update(loops[-1])
        return loops

    def _loop(self, start: int) -> list[int]:
        following, loop = self._following, [start]
        edge = following[start]
        while edge != start:
            loop.append(edge)
            edge = following[edge]
        return loop

    def _area(self, loop: list[int]) -> int:
        edges = np.array(loop)
        y, way = edges // 4 % self._shape[1], edges % 4
        return int(y[way == 2].sum() - y[way == 0].sum())

    def _open_channel(self, hole: int) -> None:
        """Lead the outline to the left of a hole into it, around it, and back the same way.

        `hole` is an edge at its far left.
        """
        x, y = divmod(hole // 4, self._shape[1])
        column = int(self._run_starts[x - 1, y])
        wall = (column * self._shape[1] + y + 1) * 4 + 3
        at_wall, at_hole = (self._channel_end(column, y), self._channel_end(x, y))
        back_at_hole, back_at_wall = (self._channel_end(x, y), self._channel_end(column, y))
        following = self._following
        following[back_at_wall], following[wall] = following[wall], at_wall
        following[at_wall] = at_hole
        following[at_hole], following[hole] = following[hole], back_at_hole
        following[back_at_hole] = back_at_wall

    def _channel_end(self, column: int, row: int) -> int:
        self._channel_ends.append((column, row + _CHANNEL))
        return -len(self._channel_ends)

    def _corners(self, loop: list[int]) -> Points:
        """The corners of a loop in voxel indices, without those on a straight line."""
        edges = np.array(loop)
        points = np.stack(np.divmod(edges // 4, self._shape[1]), axis=1).astype(np.float64)
        is_channel = edges < 0
        if is_channel.any():
            points[is_channel] = np.array(self._channel_ends)[-edges[is_channel] - 1]
        to, on = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
        turns = to[:, 0] * on[:, 1] != to[:, 1] * on[:, 0]
        return np.asarray(points[turns | ((to * on).sum(axis=1) < 0)] - 0.5)


def _following(edges: Mask) -> dict[int, int]:
    """The edge after each edge."""
    numbers = np.flatnonzero(edges)
    x, y, way = np.unravel_index(numbers, edges.shape)
    x, y = x + _STEPS[way, 0], y + _STEPS[way, 1]
    # every edge that enters a corner has one that leaves it, so the last choice needs no look
    found = np.ravel_multi_index((x, y, (way + _LEFT) % 4), edges.shape)
    for turn in (_STRAIGHT, _RIGHT):
        on = (x, y, (way + turn) % 4)
        found = np.where(edges[on], np.ravel_multi_index(on, edges.shape), found)
    return dict(zip(numbers.tolist(), found.tolist(), strict=True))


def filled(contours: Iterable[Points], shape: tuple[int, int]) -> Mask:
    """The voxels whose centre lies inside an odd number of turns of the contours.

    Args:
        contours: (N, 2) corners each, in voxel indices; closed by themselves.
        shape: Number of voxels along x and y. What lies outside is cut off.
    """
    flips = np.zeros((shape[0] + 1, shape[1]), np.int32)
    for points in contours:
        _flip(flips, points, np.roll(points, -1, axis=0))
    return (np.cumsum(flips, axis=0)[:-1] & 1).astype(bool)


def _flip(flips: NDArray[np.int32], starts: Points, ends: Points) -> None:
    """Turn every row over from where an edge crosses its centre line."""
    is_down = starts[:, 1] <= ends[:, 1]
    upper = np.where(is_down[:, None], starts, ends)
    lower = np.where(is_down[:, None], ends, starts)
    # from the first centre line at or below the upper end to the last one above the lower end
    first = np.ceil(upper[:, 1]).clip(0, flips.shape[1]).astype(int)
    last = np.ceil(lower[:, 1]).clip(0, flips.shape[1]).astype(int)
    counts = last - first
    edge = np.repeat(np.arange(len(starts)), counts)
    row = np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    height = lower[edge, 1] - upper[edge, 1]
    part = (row - upper[edge, 1]) / height
    x = upper[edge, 0] + part * (lower[edge, 0] - upper[edge, 0])
    column = np.ceil(x).clip(0, flips.shape[0] - 1).astype(int)
    np.add.at(flips, (column, row), 1)
