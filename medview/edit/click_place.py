"""Where a smart click looks: the slice on show laid flat, or a region of a volume around the clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.boxes import marked_box
from medview.core.geometry import Geometry
from medview.edit.plane_layer import PlaneLayer, Sheet
from medview.edit.region import Region

REGION_VOXELS = 64
"""Longest side of a region."""
_FLUSH = 1e-4


@dataclass(frozen=True, eq=False, kw_only=True)
class ClickPlace:
    """Voxels of a mask's grid as a picture.

    Args:
        geometry: The grid.
        index: (*S, 3) voxel of every place; S is (A, B) for a slice and (I, J, K) for a region.
        inside: (*S) whether the place lies on the grid.
        axes: Axes of the grid along which S runs.
        origin_ijk: Voxel index of the first place along them.
    """

    geometry: Geometry
    index: NDArray[np.int64]
    inside: NDArray[np.bool_]
    axes: tuple[int, ...]
    origin_ijk: tuple[int, ...]

    @classmethod
    def slice_of(cls, geometry: Geometry, point_ras: ArrayLike, normal_ras: ArrayLike) -> ClickPlace:
        """The layer of voxels that a plane shows, which may be oblique."""
        layer = plane_layer(geometry, point_ras, normal_ras)
        sheet = Sheet.of(layer)
        axes = tuple(axis for axis in range(3) if axis != layer.depth_axis)
        return cls(geometry=geometry, index=sheet.index, inside=sheet.inside, axes=axes, origin_ijk=(0, 0))

    @classmethod
    def region_around(cls, geometry: Geometry, points_ras: ArrayLike) -> ClickPlace:
        """At most 64 voxels a side around clicks, oldest first: all that fit, and always the last one."""
        voxels = geometry.ijk_of(np.asarray(points_ras, float).reshape(-1, 3))
        origin = tuple(
            _first(voxels[:, axis], min(REGION_VOXELS, size), size)
            for axis, size in enumerate(geometry.shape)
        )
        sides = [min(REGION_VOXELS, size) for size in geometry.shape]
        index = np.moveaxis(np.indices(sides), 0, -1) + np.asarray(origin)
        inside = np.ones(sides, bool)
        return cls(geometry=geometry, index=index, inside=inside, axes=(0, 1, 2), origin_ijk=origin)

    @property
    def spacing_mm(self) -> tuple[float, ...]:
        """Size of a place along each axis."""
        return tuple(float(self.geometry.spacing_mm[axis]) for axis in self.axes)

    def places_of(self, points_ras: Sequence[Any]) -> NDArray[np.float64]:
        """Index positions (N, dims) of patient positions in the picture; those outside it are left out."""
        if not len(points_ras):
            return np.zeros((0, len(self.axes)))
        found = self.geometry.ijk_of(np.asarray(points_ras, float))[:, self.axes] - self.origin_ijk
        shape = np.asarray(self.inside.shape)
        return np.asarray(found[((found > -0.5) & (found < shape - 0.5)).all(axis=1)])

    def box_of(self, points_ras: Sequence[Any]) -> list[list[float]] | None:
        """Lowest and highest index position of a box around patient positions, kept within the picture."""
        if not len(points_ras):
            return None
        found = self.geometry.ijk_of(np.asarray(points_ras, float))[:, self.axes] - self.origin_ijk
        found = np.clip(found, 0, np.subtract(self.inside.shape, 1))
        return [found.min(axis=0).tolist(), found.max(axis=0).tolist()]

    def within(self, box: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
        """(*S) places in a box of index positions, those that it touches included."""
        return marked_box(box, self.inside.shape)

    def held(self, array: NDArray[Any]) -> NDArray[Any]:
        """What an array of the grid holds at every place."""
        return np.asarray(array[tuple(np.moveaxis(self.index, -1, 0))])

    def region(self, mask: NDArray[np.bool_]) -> Region:
        """The voxels of the grid at the places that a mask (*S) sets."""
        return Region.of_voxels(self.index[mask & self.inside])


def plane_layer(geometry: Geometry, point_ras: ArrayLike, normal_ras: ArrayLike) -> PlaneLayer:
    """The layer of a plane whose normal has any length."""
    normal = np.asarray(normal_ras, float)
    return PlaneLayer(geometry, np.asarray(point_ras, float), normal / np.linalg.norm(normal))


def plane_key(geometry: Geometry, point_ras: ArrayLike, normal_ras: ArrayLike) -> tuple[object, ...]:
    """Stands for the layer of voxels that a plane shows: equal where it is the same one, from either side."""
    layer = plane_layer(geometry, point_ras, normal_ras)
    depth, steps = layer.depth_axis, layer.steps_mm
    sign = 1.0 if steps[depth] > 0 else -1.0
    if np.abs(np.delete(steps, depth)).max() < _FLUSH * abs(steps[depth]):
        first = layer.open_grid(np.zeros(3, np.int64), np.zeros(3, np.int64))
        return "flush", depth, int(first[0, 0, 0, depth])
    height = sign * float(layer.normal_ras @ layer.point_ras)
    return "oblique", *(round(sign * float(n), 5) + 0.0 for n in layer.normal_ras), round(height, 2)


def _first(along: NDArray[np.float64], side: int, size: int) -> int:
    """First voxel of a side that holds as many clicks as it can, from the newest one backwards."""
    low = high = float(along[-1])
    for place in along[::-1]:
        if max(high, place) - min(low, place) > side - 1:
            break
        low, high = min(low, place), max(high, place)
    return int(min(max(round((low + high) / 2 - side / 2), 0), size - side))
