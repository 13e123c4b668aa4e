"""Signed distances of simple solids: negative inside, millimetres near the surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Mesh = tuple[Field, Field, Field]
Point = tuple[float, float, float]


def ellipsoid(mesh: Mesh, center: Point, radii: Point) -> Field:
    """Ellipsoid along the axes, to first order: ``k0 (k0 - 1) / k1`` with k0 = |p/r|, k1 = |p/r^2|."""
    k0 = np.zeros_like(mesh[0])
    k1 = np.zeros_like(mesh[0])
    for positions, middle, radius in zip(mesh, center, radii, strict=True):
        scaled = (positions - np.float32(middle)) / np.float32(radius)
        k0 += scaled * scaled
        k1 += scaled * scaled / np.float32(radius) ** 2
    k0 = np.sqrt(k0)
    return np.asarray(k0 * (k0 - 1) / np.maximum(np.sqrt(k1), np.float32(1e-4)))


def superellipsoid(mesh: Mesh, center: Point, radii: Point, power: float) -> Field:
    """Ellipsoid with fuller corners: level set 1 of ``k = (sum |p/r|^power)^(1/power)``.

    The distance is ``(k - 1) / |grad k|``: exact to first order at the surface.
    """
    total = np.zeros_like(mesh[0])
    slope = np.zeros_like(mesh[0])
    for positions, middle, radius in zip(mesh, center, radii, strict=True):
        scaled = np.maximum(np.abs(positions - np.float32(middle)) / np.float32(radius), np.float32(1e-4))
        part = scaled ** np.float32(power)
        total += part
        slope += (part / scaled / np.float32(radius)) ** 2
    k = np.maximum(total ** np.float32(1 / power), np.float32(0.05))
    return np.asarray((k - 1) * k ** np.float32(power - 1) / np.maximum(np.sqrt(slope), np.float32(1e-5)))


def capsules(mesh: Mesh, points: Sequence[Point], radii: Sequence[float]) -> Field:
    """Chain of rounded cones through points: the least ``|p - nearest| - radius`` of its pieces."""
    best = np.full(mesh[0].shape, 1e3, np.float32)
    for start, end, r0, r1 in zip(points[:-1], points[1:], radii[:-1], radii[1:], strict=True):
        axis = np.subtract(end, start).astype(np.float32)
        offset = [m - np.float32(s) for m, s in zip(mesh, start, strict=True)]
        t = sum(o * a for o, a in zip(offset, axis, strict=True)) / np.float32(axis @ axis)
        t = np.clip(t, 0, 1)
        gap = sum((o - t * a) ** 2 for o, a in zip(offset, axis, strict=True))
        np.minimum(best, np.sqrt(gap) - (np.float32(r0) + t * np.float32(r1 - r0)), out=best)
    return best


def soft_union(first: Field, second: Field, blend_mm: float) -> Field:
    """Union whose seam is rounded over `blend_mm` (polynomial smooth minimum)."""
    mix = np.clip(0.5 + (second - first) / np.float32(2 * blend_mm), 0, 1)
    return np.asarray(second + (first - second) * mix - np.float32(blend_mm) * mix * (1 - mix), np.float32)


def soft_cut(first: Field, second: Field, blend_mm: float) -> Field:
    """Intersection whose edge is rounded over `blend_mm`."""
    return -soft_union(-first, -second, blend_mm)


def smooth_step(values: Field, low: float, high: float) -> Field:
    """Rise from 0 at `low` to 1 at `high` without corners; falls where `low` exceeds `high`."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def fraction(distance: Field, voxel_mm: float) -> Field:
    """Share of a voxel inside a surface at a signed distance: a ramp one voxel wide."""
    share = distance * np.float32(-1 / voxel_mm)
    share += np.float32(0.5)
    return np.clip(share, 0, 1, out=share)
