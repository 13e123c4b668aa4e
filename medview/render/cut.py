"""Where a pane's plane cuts a voxel grid: along a stack of slices, or obliquely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.render.frame import PlaneFrame

#: A plane that drifts by less than this part of a voxel across the whole grid counts as one of its slices.
_DRIFT_VOXELS = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class GridSlice:
    """A stack's slice that lies in the pane's plane.

    Args:
        axis: Voxel axis that the plane crosses.
        index: Number of the slice; the nearest one that holds the plane.
        corners_px: (4, 2) drawing pixels of the slice's outer voxel edges: first and second
            kept axis low-low, low-high, high-high, high-low.
    """

    axis: int
    index: int
    corners_px: NDArray[np.float64]

    def of(self, voxels: AnyArray) -> AnyArray:
        """The slice of an array, as a view: two kept axes, then colours where there are any."""
        return voxels[(slice(None),) * self.axis + (self.index,)]


@lru_cache(maxsize=64)
def crossed_axis(geometry: Geometry, frame: PlaneFrame) -> int | None:
    """The voxel axis whose slices lie in the pane's plane, or None where the plane is oblique."""
    steps = geometry.ijk_from_ras[:3, :3] @ np.stack([frame.right_ras, frame.up_ras], axis=1)
    extent = geometry.bounds_ras[1] - geometry.bounds_ras[0]
    drift = np.abs(steps).max(axis=1) * np.linalg.norm(extent)
    return int(np.argmin(drift)) if drift.min() < _DRIFT_VOXELS else None


@lru_cache(maxsize=64)
def slice_in(geometry: Geometry, frame: PlaneFrame, axis: int) -> GridSlice | None:
    """The slice across `axis` that the plane lies in, or None where the plane misses the grid."""
    index = int(np.floor(geometry.ijk_of(frame.center_ras)[axis] + 0.5 + 1e-6))
    if not 0 <= index < geometry.shape[axis]:
        return None
    first, second = (n for n in range(3) if n != axis)
    corners = np.full((4, 3), float(index))
    corners[:, first] = np.array([0, 0, 1, 1]) * geometry.shape[first] - 0.5
    corners[:, second] = np.array([0, 1, 1, 0]) * geometry.shape[second] - 0.5
    return GridSlice(axis=axis, index=index, corners_px=frame.draw_at(geometry.ras_of(corners)))
