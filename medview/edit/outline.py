"""Closed outlines: drawn in a plane (polygon, lasso, livewire), or cutting through all depths (scissors)."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.geometry import Geometry
from medview.edit.plane_layer import PlaneLayer, nearest_voxel
from medview.edit.region import NOTHING, Region

_SLAB_VOXELS = 2_000_000


class Cut(Enum):
    """Which side of the outline scissors take."""

    INSIDE = "inside"
    OUTSIDE = "outside"


def enclosed(geometry: Geometry, outline_ras: ArrayLike, normal_ras: ArrayLike) -> Region:
    """Voxels of the layer on show whose centres an outline encloses, seen along the normal.

    Args:
        geometry: The grid.
        outline_ras: (N, 3) corners in the plane, patient mm; the last joins the first.
        normal_ras: Normal of the plane, of any length.

    Returns:
        The region; empty for fewer than three corners or outside the grid.
    """
    from skimage.measure import points_in_poly

    outline = np.asarray(outline_ras, float).reshape(-1, 3)
    if len(outline) < 3:
        return NOTHING
    normal = np.asarray(normal_ras, float) / np.linalg.norm(normal_ras)
    layer = PlaneLayer(geometry, outline[0], normal)
    ends = nearest_voxel(geometry.ijk_of(outline))
    first = np.clip(ends.min(axis=0) - 1, 0, None).astype(np.int64)
    last = np.minimum(ends.max(axis=0) + 1, np.asarray(geometry.shape) - 1).astype(np.int64)
    if (first > last).any():
        return NOTHING
    voxels = layer.voxels(first, last)
    across, up = _plane_axes(normal)
    flat = np.stack([across, up])
    inside = points_in_poly(geometry.ras_of(voxels) @ flat.T, outline @ flat.T)
    return Region.of_voxels(voxels[inside])


def cut(
    geometry: Geometry, region: Region, outline_px: ArrayLike, clip_from_ras: ArrayLike, side: Cut
) -> Region:
    """The part of a region that a closed outline on the screen covers (or leaves), through all depths.

    Args:
        geometry: The grid.
        region: What is cut, such as the voxels of one label.
        outline_px: (N, 2) corners in the same coordinates as the camera's picture plane, -1 to 1.
        clip_from_ras: 4x4 matrix of the camera, from patient mm to homogeneous picture coordinates.
        side: Which part is wanted.
    """
    from skimage.measure import points_in_poly

    outline = np.asarray(outline_px, float).reshape(-1, 2)
    if len(outline) < 3 or region.is_empty:
        return NOTHING
    taken = np.zeros_like(region.mask)
    camera = np.asarray(clip_from_ras, float) @ geometry.ras_from_ijk
    index = np.argwhere(region.mask)
    for start in range(0, len(index), _SLAB_VOXELS):
        some = index[start : start + _SLAB_VOXELS]
        covered = points_in_poly(_projected(camera, some + np.asarray(region.offset_ijk)), outline)
        taken[tuple(some.T)] = covered if side is Cut.INSIDE else ~covered
    return Region.of(taken, region.offset_ijk)


def _projected(camera: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Picture coordinates (N, 2) of voxels; what lies behind the camera is put far outside the picture."""
    homogeneous = index @ camera[:, :3].T + camera[:, 3]
    depth = homogeneous[:, 3:]
    flat: NDArray[np.float64] = np.where(depth > 0, homogeneous[:, :2] / np.where(depth > 0, depth, 1), 1e9)
    return flat


def _plane_axes(normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    helper = np.eye(3)[int(np.argmin(np.abs(normal)))]
    across = np.cross(normal, helper)
    across /= np.linalg.norm(across)
    return across, np.cross(normal, across)
