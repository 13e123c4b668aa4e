"""The layer of voxels that a plane shows: of every row of voxels that crosses it, the one nearest to it.

One layer without holes, which on grids along the plane is exactly the slice on show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry

_ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class PlaneLayer:
    """Voxels of a grid along a plane.

    Args:
        geometry: The grid.
        point_ras: A point of the plane, mm.
        normal_ras: Its unit normal.
    """

    geometry: Geometry
    point_ras: NDArray[np.float64]
    normal_ras: NDArray[np.float64]

    @property
    def steps_mm(self) -> NDArray[np.float64]:
        """Millimetres along the normal per voxel of each axis."""
        return np.asarray(self.normal_ras @ self.geometry.ras_from_ijk[:3, :3])

    @property
    def depth_axis(self) -> int:
        """The voxel axis whose rows cross the plane most steeply."""
        return int(np.argmax(np.abs(self.steps_mm)))

    def voxels(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
        """Indices (N, 3) of the layer within two index limits, both included; the depth axis is free."""
        depth = self.depth_axis
        flat = self.open_grid(first, last).reshape(-1, 3).astype(np.int64)
        return flat[(flat[:, depth] >= 0) & (flat[:, depth] < self.geometry.shape[depth])]

    def open_grid(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        """As `voxels`, but as a grid (I, J, K, 3) of size 1 along the depth axis, beyond the grid as well."""
        depth, steps = self.depth_axis, self.steps_mm
        ranges = [np.arange(first[a], last[a] + 1) if a != depth else np.zeros(1) for a in range(3)]
        index = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).astype(float)
        height = (self.point_ras - self.geometry.ras_from_ijk[:3, 3]) @ self.normal_ras
        index[..., depth] = nearest_voxel((height - index @ steps) / steps[depth])
        return index


@dataclass(frozen=True, eq=False)
class Sheet:
    """A plane's layer laid flat, for tools that look at neighbours within the slice on show.

    Args:
        index: (A, B, 3) voxel index of every place of the sheet.
        inside: (A, B) whether the place lies on the grid.
    """

    index: NDArray[np.int64]
    inside: NDArray[np.bool_]

    @classmethod
    def of(cls, layer: PlaneLayer) -> Sheet:
        """The whole layer."""
        depth = layer.depth_axis
        shape = np.asarray(layer.geometry.shape)
        index = layer.open_grid(np.zeros(3, np.int64), shape - 1)
        flat = np.squeeze(index, axis=depth).astype(np.int64)
        inside = (flat[..., depth] >= 0) & (flat[..., depth] < shape[depth])
        return cls(np.clip(flat, 0, shape - 1), inside)

    def place_of(self, ijk: tuple[int, int, int], depth_axis: int) -> tuple[int, int]:
        """Where a voxel of the grid lies on the sheet."""
        a, b = (n for axis, n in enumerate(ijk) if axis != depth_axis)
        return a, b


def nearest_voxel(index: NDArray[np.float64]) -> NDArray[np.float64]:
    """The whole index next to a fractional one."""
    # the margin lets planes half-way between two layers choose the same one for all their voxels
    return np.asarray(np.floor(index + 0.5 + _ROUNDING))
