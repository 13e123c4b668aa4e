"""How a region grows, shrinks, smooths and fills, in millimetres on any grid.

The edge of the grid is no surface: what touches it goes on beyond; shrinking and smoothing leave it there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.edit.region import NOTHING, Mask, Region, Triple, roomy_box

_ROUNDING_MM = 1e-6


class Shell(Enum):
    """On which side of the old surface the wall of a hollow region lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    BOTH = "both"


def grown(region: Region, margin_mm: float, geometry: Geometry) -> Region:
    """Add every voxel whose centre lies within a margin of the region; a negative margin shrinks.

    Distances are between voxel centres along the grid's axes (exact on grids without shear).
    """
    if margin_mm < 0:
        return _shrunk(region, -margin_mm, geometry)
    return _worked(
        region, geometry, margin_mm, lambda mask: _distance_mm(~mask, geometry) <= margin_mm + _ROUNDING_MM
    )


def _shrunk(region: Region, margin_mm: float, geometry: Geometry) -> Region:
    spacing = max(geometry.spacing_mm)
    return _worked(
        region, geometry, spacing, lambda mask: _distance_mm(mask, geometry) > margin_mm + _ROUNDING_MM
    )


def hollowed(region: Region, wall_mm: float, side: Shell, geometry: Geometry) -> Region:
    """Keep a wall of a thickness along the region's surface.

    `Shell.BOTH` puts half of the wall on either side.
    """
    inner = {Shell.INSIDE: wall_mm, Shell.OUTSIDE: 0.0, Shell.BOTH: wall_mm / 2}[side]
    outer = wall_mm - inner
    core = grown(region, -inner, geometry) if inner > 0 else region
    return grown(region, outer, geometry) - core


def opened(region: Region, radius_mm: float, geometry: Geometry) -> Region:
    """Remove what a ball of this radius cannot reach from inside: spikes and thin bridges."""
    return grown(grown(region, -radius_mm, geometry), radius_mm, geometry) & region


def closed(region: Region, radius_mm: float, geometry: Geometry) -> Region:
    """Add what a ball of this radius cannot reach from outside: cracks and thin gaps."""
    return grown(grown(region, radius_mm, geometry), -radius_mm, geometry) | region


def median_smoothed(region: Region, radius_mm: float, geometry: Geometry) -> Region:
    """Let the majority in a box of this half width decide on every voxel: details and corners go."""
    from scipy import ndimage

    size = [2 * round(radius_mm / step) + 1 for step in geometry.spacing_mm]

    def majority(mask: Mask) -> Mask:
        share = ndimage.uniform_filter(mask.astype(np.float32), size, mode="nearest")
        return np.asarray(share > 0.5)

    return _worked(region, geometry, radius_mm, majority)


def gaussian_smoothed(region: Region, sigma_mm: float, geometry: Geometry) -> Region:
    """Blur the region by a Gaussian and cut at one half: details go, and round parts shrink a little."""
    from scipy import ndimage

    sigma = [sigma_mm / step for step in geometry.spacing_mm]

    def blurred(mask: Mask) -> Mask:
        return np.asarray(ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="nearest") > 0.5)

    return _worked(region, geometry, 3 * sigma_mm, blurred)


def curvature_smoothed(region: Region, iterations: int, geometry: Geometry) -> Region:
    """Let the surface flow by its curvature: bumps sink, dents fill, flat parts stay.

    Args:
        region: What is smoothed.
        iterations: Steps of the flow, 1 to 100.
        geometry: Its grid.
    """
    import SimpleITK as sitk  # noqa: N813
    from scipy import ndimage

    def flown(mask: Mask) -> Mask:
        # blurred by half a voxel first: where a lone voxel sticks out, the flow has no slope to work on
        image = sitk.GetImageFromArray(
            ndimage.gaussian_filter(mask.astype(np.float32), 0.5, mode="nearest").T
        )
        image.SetSpacing([step / min(geometry.spacing_mm) for step in geometry.spacing_mm])
        smooth = sitk.CurvatureFlow(image, timeStep=0.0625, numberOfIterations=iterations)
        return np.asarray(sitk.GetArrayViewFromImage(smooth).T > 0.5)

    return _worked(region, geometry, 2 * max(geometry.spacing_mm), flown)


def filled(region: Region, axis: int | None = None) -> Region:
    """Fill holes: voxels that no path outside the region reaches.

    Args:
        region: What has holes.
        axis: Fill slice by slice across this voxel axis; None fills closed cavities only.
    """
    from scipy import ndimage

    if axis is None:
        return Region.of(ndimage.binary_fill_holes(region.mask), region.offset_ijk)
    slices = [ndimage.binary_fill_holes(flat) for flat in np.moveaxis(region.mask, axis, 0)]
    return Region.of(np.moveaxis(np.asarray(slices, bool), 0, axis), region.offset_ijk) if slices else NOTHING


def _worked(region: Region, geometry: Geometry, reach_mm: float, change: Callable[[Mask], Mask]) -> Region:
    """The region after a change of its mask, with room around it for the reach of the change."""
    if region.is_empty:
        return NOTHING
    margin: Triple = tuple(int(np.ceil(reach_mm / step)) + 1 for step in geometry.spacing_mm)  # type: ignore[assignment]
    box = roomy_box(region, margin, geometry.shape)
    padded = _continued(region.in_box(box))
    inner = change(padded)[1:-1, 1:-1, 1:-1]
    return Region.of(inner, (box[0].start, box[1].start, box[2].start))


def _continued(mask: Mask) -> Mask:
    return np.pad(mask, 1, mode="edge")


def _distance_mm(mask: Mask, geometry: Geometry) -> NDArray[np.float64]:
    """Millimetres from each set voxel to the nearest unset one; infinite where there is none."""
    from scipy import ndimage

    if mask.all():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=geometry.spacing_mm))
