"""What a scan or another mask holds at the voxels of a mask, which may lie on another grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.volume import Volume
from medview.edit.region import Region, label_region, whole_box


def intensities(volume: Volume, frame: int, geometry: Geometry, box: Box) -> NDArray[np.float32]:
    """Values of a scan at the voxel centres of a box of another grid, linearly between its voxels.

    Args:
        volume: The scan; colours count by their mean.
        frame: Time point of scans that have several.
        geometry: The grid that the box is of.
        box: Slices into that grid.

    Returns:
        (I, J, K) of the box; NaN outside the scan.
    """
    values = volume.frame(frame)
    if volume.geometry.matches(geometry):
        found = values[box]
        return np.asarray(found.mean(axis=-1) if volume.is_colour else found, np.float32)
    if volume.is_colour:
        values = values.mean(axis=-1)
    return _sampled(np.asarray(values, np.float32), volume.geometry, geometry, box, order=1, outside=np.nan)


def values_at(
    volume: Volume, frame: int, geometry: Geometry, index: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Values of a scan at voxels (..., 3) of another grid, linearly between its voxels; NaN outside it."""
    from scipy import ndimage

    values = volume.frame(frame)
    if volume.is_colour:
        values = values.mean(axis=-1)
    if volume.geometry.matches(geometry):
        return np.asarray(values[tuple(np.moveaxis(index, -1, 0))], np.float32)
    places = np.moveaxis(volume.geometry.ijk_of(geometry.ras_of(index)), -1, 0)
    flat = places.reshape(3, -1)
    size = np.asarray(values.shape)
    low = np.clip(np.floor(flat.min(axis=1)) - 1, 0, size - 1).astype(int)
    high = np.clip(np.ceil(flat.max(axis=1)) + 2, 1, size).astype(int)
    part = values[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    shifted = places - np.reshape(low, (3, *[1] * (places.ndim - 1)))
    found = ndimage.map_coordinates(np.asarray(part, np.float32), shifted, order=1, cval=np.nan)
    return np.asarray(found, np.float32)


def label_on(labels: LabelMap, value: int, geometry: Geometry) -> Region:
    """The voxels of a grid whose centres lie in voxels of a label of another mask."""
    if labels.geometry.matches(geometry):
        return label_region(labels, value)
    mask = (labels.array == value).astype(np.float32)
    everything = whole_box(geometry.shape)
    return Region.of(_sampled(mask, labels.geometry, geometry, everything, order=0, outside=0) > 0)


def _sampled(
    array: NDArray[np.float32], there: Geometry, here: Geometry, box: Box, order: int, outside: float
) -> NDArray[np.float32]:
    from scipy import ndimage

    there_from_here = there.ijk_from_ras @ here.ras_from_ijk
    start = np.array([part.start for part in box], float)
    offset = there_from_here[:3, :3] @ start + there_from_here[:3, 3]
    shape = tuple(part.stop - part.start for part in box)
    matrix = there_from_here[:3, :3]
    found = ndimage.affine_transform(array, matrix, offset, shape, order=order, cval=outside)
    return np.asarray(found, np.float32)


def in_range(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.bool_]:
    """Where values lie between two thresholds, both included; nowhere outside the scan."""
    return np.asarray((values >= low) & (values <= high))
