"""Tools that look at neighbours within the slice on show, which may be oblique: bucket, wand, and copying."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.volume import Volume
from medview.edit.intensities import values_at
from medview.edit.plane_layer import PlaneLayer, Sheet
from medview.edit.region import NOTHING, Region

_Alike = Callable[[tuple[int, int]], NDArray[np.bool_]]


def bucket(labels: LabelMap, seed_ras: ArrayLike, normal_ras: ArrayLike) -> Region:
    """The connected voxels of the slice that hold the same label as the one clicked.

    Args:
        labels: The mask.
        seed_ras: Where the click was, patient mm.
        normal_ras: Normal of the slice, of any length.
    """
    layer, sheet = _sheet(labels.geometry, seed_ras, normal_ras)
    numbers = labels.array[tuple(np.moveaxis(sheet.index, -1, 0))]
    return _grown(labels.geometry, layer, sheet, seed_ras, lambda place: numbers == numbers[place])


def wand(
    scan: Volume, frame: int, geometry: Geometry, seed_ras: ArrayLike, normal_ras: ArrayLike, tolerance: float
) -> Region:
    """The connected voxels of the slice whose value is near the clicked one's.

    Args:
        scan: Whose values.
        frame: Time point of scans that have several.
        geometry: The mask's grid.
        seed_ras: Where the click was, patient mm.
        normal_ras: Normal of the slice, of any length.
        tolerance: Greatest difference, in the scan's unit.
    """
    layer, sheet = _sheet(geometry, seed_ras, normal_ras)
    values = values_at(scan, frame, geometry, sheet.index)

    def alike(place: tuple[int, int]) -> NDArray[np.bool_]:
        return np.asarray(np.abs(values - values[place]) <= tolerance)

    return _grown(geometry, layer, sheet, seed_ras, alike)


def copied(labels: LabelMap, value: int, point_ras: ArrayLike, normal_ras: ArrayLike, step: int) -> Region:
    """What a label has in the slice on show, moved by some layers of voxels along the normal.

    Args:
        labels: The mask.
        value: The label.
        point_ras: A position on the slice, patient mm.
        normal_ras: Its normal; a positive step follows it.
        step: By how many layers, such as 1 or -1.
    """
    layer, sheet = _sheet(labels.geometry, point_ras, normal_ras)
    depth = layer.depth_axis
    held = sheet.inside & (labels.array[tuple(np.moveaxis(sheet.index, -1, 0))] == value)
    voxels = sheet.index[held]
    voxels[:, depth] += step if layer.steps_mm[depth] > 0 else -step
    on_grid = (voxels[:, depth] >= 0) & (voxels[:, depth] < labels.geometry.shape[depth])
    return Region.of_voxels(voxels[on_grid])


def _sheet(geometry: Geometry, point_ras: ArrayLike, normal_ras: ArrayLike) -> tuple[PlaneLayer, Sheet]:
    normal = np.asarray(normal_ras, float)
    layer = PlaneLayer(geometry, np.asarray(point_ras, float), normal / np.linalg.norm(normal))
    return layer, Sheet.of(layer)


def _grown(geometry: Geometry, layer: PlaneLayer, sheet: Sheet, seed_ras: ArrayLike, alike: _Alike) -> Region:
    from skimage.segmentation import flood

    seed = geometry.voxel_at(seed_ras)
    if seed is None:
        return NOTHING
    place = sheet.place_of(seed, layer.depth_axis)
    chosen = alike(place) & sheet.inside
    if not chosen[place]:
        return NOTHING
    return Region.of_voxels(sheet.index[flood(chosen.view(np.uint8), place, connectivity=1)])
