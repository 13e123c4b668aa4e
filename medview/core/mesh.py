"""Triangle surfaces in patient millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Mesh:
    """A closed or open triangle surface.

    Args:
        vertices_ras: (N, 3) float32 positions.
        triangles: (M, 3) int64 vertex numbers, outward by the right-hand rule.
    """

    vertices_ras: NDArray[np.float32]
    triangles: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelSurfaces:
    """Surfaces of one label layer: mesh by label number, and the change of voxels that they show."""

    revision: int
    smoothing_mm: float
    meshes: dict[int, Mesh]
