"""Brush and eraser: discs and strokes of voxels in a plane, as patches, on any grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.geometry import Geometry
from medview.edit.plane_layer import PlaneLayer, nearest_voxel
from medview.edit.region import NOTHING, Region

_ROUNDING = 1e-7


def swept_disc(
    geometry: Geometry, from_ras: ArrayLike, to_ras: ArrayLike, normal_ras: ArrayLike, radius_mm: float
) -> Region:
    """What a disc covers while it moves along a line in a plane, without gaps.

    Of every row of voxels that crosses the plane, the one nearest to the plane is meant: one layer without
    holes, which on grids along the plane is exactly the slice on show. It is meant where its centre lies
    within the radius of the line, seen along the normal. Voxels that the line itself runs through always
    count, however small the radius.

    Args:
        geometry: Of the map.
        from_ras: Where the move began, patient mm.
        to_ras: Where it ended, on the same plane.
        normal_ras: Normal of the plane, of any length.
        radius_mm: Radius of the brush.

    Returns:
        The smallest box that holds all of it; empty outside the grid.
    """
    return _Sweep.between(geometry, from_ras, to_ras, normal_ras, radius_mm).region()


@dataclass(frozen=True, eq=False, kw_only=True)
class _Sweep:
    """A capsule in a plane: a line from `start` along `move` (mm), thickened by `radius_mm`."""

    geometry: Geometry
    start: NDArray[np.float64]
    move: NDArray[np.float64]
    normal: NDArray[np.float64]
    radius_mm: float

    @classmethod
    def between(
        cls,
        geometry: Geometry,
        from_ras: ArrayLike,
        to_ras: ArrayLike,
        normal_ras: ArrayLike,
        radius_mm: float,
    ) -> _Sweep:
        start, normal = np.asarray(from_ras, float), np.asarray(normal_ras, float)
        normal = normal / np.linalg.norm(normal)
        move = np.asarray(to_ras, float) - start
        flat = move - normal * (normal @ move)
        return cls(geometry=geometry, start=start, move=flat, normal=normal, radius_mm=radius_mm)

    def region(self) -> Region:
        """The voxels under the sweep."""
        layer = PlaneLayer(self.geometry, self.start, self.normal)
        first, last = self._box(layer.depth_axis)
        if (first > last).any():
            return NOTHING
        flat = layer.voxels(first, last)
        near = flat[self._is_near(self.geometry.ras_of(flat))]
        chosen = np.concatenate([near, self._line_voxels()]).astype(np.int64)
        return Region.of_voxels(chosen[((chosen >= 0) & (chosen < self.geometry.shape)).all(axis=1)])

    def _box(self, depth: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows = self.geometry.ijk_from_ras[:3, :3]
        in_plane = rows - np.outer(rows @ self.normal, self.normal)
        layer_mm = np.abs(self.normal @ self.geometry.ras_from_ijk[:3, :3]).max() / 2
        reach = (
            self.radius_mm * np.linalg.norm(in_plane, axis=1) + layer_mm * np.abs(rows @ self.normal) + 0.5
        )
        ends = self.geometry.ijk_of(np.stack([self.start, self.start + self.move]))
        first = np.maximum(np.floor(ends.min(axis=0) - reach), 0)
        last = np.minimum(np.ceil(ends.max(axis=0) + reach), np.asarray(self.geometry.shape) - 1)
        first[depth] = last[depth] = 0
        return first.astype(np.int64), last.astype(np.int64)

    def _is_near(self, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
        offsets = positions - self.start
        offsets -= np.outer(offsets @ self.normal, self.normal)
        length2 = float(self.move @ self.move)
        if length2 > 0:
            along = np.clip(offsets @ self.move / length2, 0, 1)
            offsets -= np.outer(along, self.move)
        near: NDArray[np.bool_] = np.einsum("ij,ij->i", offsets, offsets) <= (self.radius_mm + _ROUNDING) ** 2
        return near

    def _line_voxels(self) -> NDArray[np.float64]:
        length_ijk = np.abs(self.geometry.ijk_from_ras[:3, :3] @ self.move).max()
        parts = np.linspace(0, 1, 1 + int(np.ceil(2 * length_ijk)))
        return nearest_voxel(self.geometry.ijk_of(self.start + parts[:, None] * self.move))
