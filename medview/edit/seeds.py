"""Grow from seeds: a few strokes of each label become a full segmentation.

An image foresting transform whose path cost is the strongest edge on the way (Falcão, Stolfi, de Alencar
Lotufo: The image foresting transform, IEEE TPAMI 2004), on a gradient image the watershed from markers: each
voxel goes to the seed that reaches it over the lowest pass. No weights, no training.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box
from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.edit.region import Region, roomy_box

ROOM_PART = 0.1
"""Room around the strokes, as a part of their extent, in which labels can grow."""


def growth_box(seeds: NDArray[np.integer], geometry: Geometry) -> Box:
    """Where labels may grow: around the seeds with a tenth of their extent, at least three voxels, as room.

    Raises:
        InputRefused: There are fewer than two labels to grow against each other.
    """
    found = Region.of(seeds > 0)
    if np.unique(seeds[found.box][found.mask]).size < 2:
        raise InputRefused(
            "Cannot grow from seeds",
            "strokes of at least two labels are needed, one of them for what lies around",
            "Draw a few strokes inside each structure, and some of another label outside.",
        )
    margin = tuple(max(3, round(ROOM_PART * size)) for size in found.mask.shape)
    return roomy_box(found, margin, geometry.shape)


def grown_from_seeds(
    values: NDArray[np.float32],
    seeds: NDArray[np.integer],
    spacing_mm: tuple[float, float, float],
    smoothing_mm: float = 0.0,
) -> NDArray[np.int32]:
    """Give every voxel the label of the seed that reaches it over the weakest edges.

    Args:
        values: (I, J, K) of a scan; NaN outside it, where nothing grows.
        seeds: (I, J, K), 0 where undecided, else the label.
        spacing_mm: Voxel spacing.
        smoothing_mm: Blur of the scan before edges are measured, for noisy ones.

    Returns:
        (I, J, K) labels; 0 outside the scan only.
    """
    from skimage.segmentation import watershed

    inside = np.isfinite(values)
    numbers: NDArray[np.int32] = watershed(
        edge_strength(values, spacing_mm, smoothing_mm),
        np.where(inside, seeds, 0).astype(np.int32),
        mask=inside,
    )
    return numbers


def edge_strength(
    values: NDArray[np.float32], spacing_mm: tuple[float, float, float], smoothing_mm: float
) -> NDArray[np.float32]:
    """Length of the gradient of a scan, in its unit per millimetre; axes of one voxel have none."""
    from scipy import ndimage

    smooth = np.nan_to_num(values, nan=float(np.nanmean(values)) if np.isfinite(values).any() else 0.0)
    if smoothing_mm > 0:
        smooth = ndimage.gaussian_filter(smooth, [smoothing_mm / step for step in spacing_mm])
    squares = np.zeros(values.shape, np.float32)
    for axis, step in enumerate(spacing_mm):
        if values.shape[axis] > 1:
            squares += (np.gradient(smooth, axis=axis) / step) ** 2
    return np.asarray(np.sqrt(squares), np.float32)
