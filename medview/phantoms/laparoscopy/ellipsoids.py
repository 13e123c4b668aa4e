"""Ellipsoids in closed form: where a ray meets one, and which way its surface faces there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Ellipsoid:
    """An ellipsoid whose axes are those of the scene.

    Args:
        centre: Its middle.
        radii: Half its length along x, y and z.
        colour: Red, green, blue, 0-1.
        pitch: How fine its texture is.
    """

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    colour: tuple[float, float, float]
    pitch: float

    def distance(self, origins: Floats, directions: Floats, near: float) -> Floats:
        """Distance (...) along unit rays to the first crossing beyond `near`; inf where there is none."""
        start = (origins - np.asarray(self.centre)) / self.radii
        step = directions / self.radii
        a, b = (step * step).sum(-1), (start * step).sum(-1)
        under_root = b * b - a * ((start * start).sum(-1) - 1)
        root = np.sqrt(np.maximum(under_root, 0))
        entry, leaving = (-b - root) / a, (-b + root) / a
        first = np.where(entry > near, entry, leaving)
        return np.where((under_root >= 0) & (first > near), first, np.inf)

    def normals(self, points: Floats) -> Floats:
        """Unit normals (..., 3) that point outwards at points of the surface."""
        slope = (points - np.asarray(self.centre)) / np.square(self.radii)
        return np.asarray(slope / np.linalg.norm(slope, axis=-1, keepdims=True), np.float64)
