"""Between drawn slices: what lies between two outlines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.edit.region import NOTHING, Mask, Region

_Distances = NDArray[np.float64]


def interpolated(region: Region, axis: int, geometry: Geometry) -> Region:
    """Fill the slices that were left out between drawn ones.

    Shape-based: the signed distance to the outline passes linearly from one drawn slice to the next. Where
    both show one piece, the pieces are laid over each other first, so that outlines that
    do not overlap (a vessel that runs askew) are still joined. Drawn slices stay as they are.

    Args:
        region: The drawn slices of one label.
        axis: Voxel axis across which slices were left out.
        geometry: The grid.

    Returns:
        The added voxels only.
    """
    if region.is_empty:
        return NOTHING
    box = _widened(region, axis, geometry)
    slices = np.moveaxis(region.in_box(box), axis, 0)
    drawn = np.flatnonzero(slices.any(axis=(1, 2)))
    spacing = tuple(step for number, step in enumerate(geometry.spacing_mm) if number != axis)
    added = np.zeros_like(slices)
    for first, last in pairwise(drawn):
        if last - first > 1:
            added[first + 1 : last] = _between(slices[first], slices[last], int(last - first), spacing)
    return Region.of(np.moveaxis(added, 0, axis), (box[0].start, box[1].start, box[2].start))


def drawn_axis(region: Region) -> int | None:
    """The voxel axis across which slices were left out: the one with most gaps; None without any."""
    gaps = []
    for axis in range(3):
        drawn = np.flatnonzero(np.moveaxis(region.mask, axis, 0).any(axis=(1, 2)))
        gaps.append(int(np.sum(np.diff(drawn) - 1)) if drawn.size else 0)
    return int(np.argmax(gaps)) if max(gaps) > 0 else None


def _widened(region: Region, axis: int, geometry: Geometry) -> tuple[slice, slice, slice]:
    """The region's box, with a rim in the plane where the grid has one, so that distances see an outside."""
    i, j, k = (
        part if number == axis else slice(max(part.start - 1, 0), min(part.stop + 1, size))
        for number, (part, size) in enumerate(zip(region.box, geometry.shape, strict=True))
    )
    return i, j, k


def _between(first: Mask, last: Mask, steps: int, spacing: tuple[float, ...]) -> Mask:
    shift = _shift_px(first, last)
    lower, upper = _signed_distance(first, spacing), _signed_distance(last, spacing)
    found = np.zeros((steps - 1, *first.shape), bool)
    for number in range(1, steps):
        part = number / steps
        below = _moved(lower, shift * part)
        above = _moved(upper, -shift * (1 - part))
        found[number - 1] = (1 - part) * below + part * above < 0
    return found


def _shift_px(first: Mask, last: Mask) -> NDArray[np.float64]:
    """From centre to centre of two single pieces; none where either has several."""
    from scipy import ndimage

    if any(ndimage.label(mask, np.ones((3, 3)))[1] != 1 for mask in (first, last)):
        return np.zeros(2)
    return np.asarray(np.subtract(ndimage.center_of_mass(last), ndimage.center_of_mass(first)))


def _moved(distances: _Distances, shift_px: NDArray[np.float64]) -> _Distances:
    from scipy import ndimage

    if not shift_px.any():
        return distances
    return np.asarray(ndimage.shift(distances, shift_px, order=1, mode="nearest"))


def _signed_distance(mask: Mask, spacing: tuple[float, ...]) -> _Distances:
    """Millimetres to the outline, negative inside; the outline runs half-way between voxel centres."""
    from scipy import ndimage

    padded = np.pad(mask, 1)
    outside = ndimage.distance_transform_edt(~padded, sampling=spacing)
    inside = ndimage.distance_transform_edt(padded, sampling=spacing)
    return np.asarray(outside - inside)[1:-1, 1:-1]
