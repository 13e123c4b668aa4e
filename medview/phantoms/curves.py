"""Smooth curves through control points, and tubes around them on a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.phantoms.fields import Box, axis_positions, box_around

Points = NDArray[np.float64]
Field = NDArray[np.float32]


def smooth_curve(
    points: Points, radii: Sequence[float], step_mm: float
) -> tuple[Points, NDArray[np.float64]]:
    """Points every `step_mm` or closer along a cubic spline, with radii interpolated along it.

    Args:
        points: Control points (N, 3), N of at least two, no two neighbours equal.
        radii: One radius per control point.
        step_mm: Greatest distance between the points that come back.
    """
    from scipy.interpolate import CubicSpline

    chord = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))])
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    at = np.linspace(0, chord[-1], max(2, int(np.ceil(1.15 * length / step_mm)) + 1))
    curve = CubicSpline(chord, points, bc_type="natural")(at)
    return np.asarray(curve), np.interp(at, chord, radii)


def tube_box(geometry: Geometry, points: Points, reach_mm: float) -> Box:
    """Voxels within a distance of the box around some points."""
    return box_around(geometry, points.min(axis=0) - reach_mm, points.max(axis=0) + reach_mm)


def tube_distance(
    geometry: Geometry,
    points: Points,
    radii: NDArray[np.float64],
    reach_mm: float,
    squash: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> tuple[Field, Box]:
    """Signed distance to a tube on the part of a grid around it.

    Args:
        geometry: Axis-aligned RAS grid.
        points: Centreline (N, 3) in patient millimetres.
        radii: Radius (N,) at each point.
        reach_mm: How far outside the tube distances are wanted; beyond it they may read 1000.
        squash: Factors on x, y, z before distances are taken: 2 makes the tube half as wide there.

    Returns:
        Distances (negative inside) on the box, and the box.
    """
    reach = float(radii.max() / min(squash)) + reach_mm
    box = tube_box(geometry, points, reach)
    axes = [axis_positions(geometry, a)[box[a]] for a in range(3)]
    distance = np.full([len(axis) for axis in axes], 1000.0, np.float32)
    if distance.size:
        for k in range(len(points) - 1):
            _lower_to_segment(distance, axes, points[k : k + 2], radii[k : k + 2], (reach_mm, squash))
    return distance, box


def _lower_to_segment(
    distance: Field,
    axes: list[NDArray[np.float64]],
    ends: Points,
    radii: NDArray[np.float64],
    how: tuple[float, tuple[float, float, float]],
) -> None:
    reach_mm, squash = how
    reach = float(radii.max() / min(squash)) + reach_mm
    spans = [
        slice(*np.searchsorted(axis, (ends[:, a].min() - reach, ends[:, a].max() + reach)))
        for a, axis in enumerate(axes)
    ]
    view = distance[spans[0], spans[1], spans[2]]
    if view.size == 0:
        return
    offsets = [((axes[a][spans[a]] - ends[0, a]) * squash[a]).astype(np.float32) for a in range(3)]
    x, y, z = offsets[0][:, None, None], offsets[1][None, :, None], offsets[2][None, None, :]
    u, v, w = ((ends[1] - ends[0]) * np.asarray(squash)).astype(np.float32)
    t = np.clip((x * u + y * v + z * w) / max(u * u + v * v + w * w, np.float32(1e-9)), 0, 1)
    gap = (x - t * u) ** 2 + (y - t * v) ** 2 + (z - t * w) ** 2
    radius = np.float32(radii[0]) + t * np.float32(radii[1] - radii[0])
    np.minimum(view, np.sqrt(gap, out=gap) - radius, out=view)


def tube_share(distance: Field, radius_mm: float, voxel_mm: float) -> Field:
    """Share of each voxel inside a tube; a tube thinner than a voxel never fills one.

    A ramp one voxel wide around the wall, times ``min(1, pi r^2 / voxel^2)``.
    """
    share = np.clip(0.5 - distance / np.float32(voxel_mm), 0, 1)
    return np.asarray(share * np.float32(min(1.0, np.pi * radius_mm**2 / voxel_mm**2)), np.float32)
