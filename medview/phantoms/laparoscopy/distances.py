"""Signed distances in millimetres, negative inside: the solids that organs are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


def ellipsoid(points: Floats, centre: ArrayLike, radii: ArrayLike) -> Floats:
    """Nearly the distance to an ellipsoid: exact on its surface, and to first order around it."""
    along = points - np.asarray(centre, np.float32)
    size = np.asarray(radii, np.float32)
    near, slope = np.linalg.norm(along / size, axis=-1), np.linalg.norm(along / size**2, axis=-1)
    return np.asarray(near * (near - 1) / np.maximum(slope, 1e-6), np.float32)


def tube(points: Floats, course: ArrayLike, radii: ArrayLike) -> Floats:
    """Distance to a tube whose radius changes evenly between the points (n, 3) of its course."""
    ends, sizes = np.asarray(course, np.float32), np.asarray(radii, np.float32)
    found = np.full(points.shape[:-1], np.inf, np.float32)
    for first, second, wide, narrow in zip(ends, ends[1:], sizes, sizes[1:], strict=False):
        way = second - first
        share = np.clip((points - first) @ way / (way @ way), 0, 1)
        gap = np.linalg.norm(points - first - share[..., None] * way, axis=-1)
        found = np.minimum(found, gap - (wide + share * (narrow - wide)))
    return found


def joined(first: Floats, second: Floats, blend_mm: float) -> Floats:
    """Both solids, with a fillet about as wide as `blend_mm` between them."""
    share = np.clip(0.5 + 0.5 * (second - first) / blend_mm, 0, 1)
    mixed = second + (first - second) * share - blend_mm * share * (1 - share)
    return np.asarray(mixed, np.float32)


def shared(first: Floats, second: Floats, blend_mm: float) -> Floats:
    """What lies in both solids; the edge is rounded over about `blend_mm`."""
    return -joined(-first, -second, blend_mm)


def curve(knots: ArrayLike, count: int) -> Floats:
    """A smooth course (count, 3) through given points."""
    from scipy.interpolate import CubicSpline

    given = np.asarray(knots, np.float64)
    place = np.linspace(0, 1, len(given))
    return np.asarray(CubicSpline(place, given)(np.linspace(0, 1, count)), np.float32)
