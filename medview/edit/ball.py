"""The round brush in 3-D: the balls and tubes of voxels that it leaves, in millimetres on any grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from medview.core.geometry import Geometry
from medview.edit.region import NOTHING, Region

_ROUNDING_MM = 1e-7


def ball(geometry: Geometry, from_ras: ArrayLike, to_ras: ArrayLike, radius_mm: float) -> Region:
    """Voxels whose centres lie within a radius of a line; the voxel under its end always counts.

    Args:
        geometry: The grid.
        from_ras: Where the move began, patient mm.
        to_ras: Where it ended; the same for a single ball.
        radius_mm: Radius of the ball.
    """
    start, end = np.asarray(from_ras, float), np.asarray(to_ras, float)
    reach = radius_mm * np.linalg.norm(geometry.ijk_from_ras[:3, :3], axis=1)
    ends = geometry.ijk_of(np.stack([start, end]))
    first = np.maximum(np.floor(ends.min(axis=0) - reach), 0).astype(int)
    last = np.minimum(np.ceil(ends.max(axis=0) + reach), np.asarray(geometry.shape) - 1).astype(int)
    if (first > last).any():
        return NOTHING
    ranges = [np.arange(low, high + 1) for low, high in zip(first, last, strict=True)]
    offsets = geometry.ras_of(np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1)) - start
    move = end - start
    length2 = float(move @ move)
    if length2 > 0:
        offsets -= np.clip(offsets @ move / length2, 0, 1)[..., None] * move
    mask = np.einsum("...i,...i->...", offsets, offsets) <= (radius_mm + _ROUNDING_MM) ** 2
    under = geometry.voxel_at(end)
    if under is not None:
        mask[tuple(np.subtract(under, first))] = True
    return Region.of(mask, (int(first[0]), int(first[1]), int(first[2])))
