"""From a scan's own numbers to what the networks read: shading, head, standard deviations from the mean.

Bias-field correction is N4 (the paper: SPM12; N4 is the paper file's stand-in), and the mean and spread are
those of the head as Otsu's threshold, the largest piece, closed gaps and filled holes find it. Both are
measured on every second voxel: nothing smaller matters to a mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.measure.shading import coil_shading
from medview.zoo.slicewise.grid import SliceGrid, Span
from medview.zoo.slicewise.intensity import sampled

FACTOR = 16
"""Rows and columns of what the networks see are multiples of this: four poolings."""
STRIDE = 2
CLOSED = 4
"""Steps of two voxels over which gaps in the head, such as sulci in a bare brain, are closed."""
LIMIT = np.float32(5)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """A scan ready for the networks.

    Args:
        scan: (I, J, K), shading taken out where that was asked for, in the scan's own numbers.
        head: (I, J, K) where the head is.
        mean: Over the head.
        deviation: Over the head, above 0.
    """

    scan: AnyArray
    head: Mask
    mean: float
    deviation: float

    def scores(self, head: Mask | None = None) -> NDArray[np.float32]:
        """Standard deviations from the mean (I, J, K) inside a head, 0 outside and where there is no number.

        Outside, air would lie several deviations below: most of a slice would be what is dullest to learn.
        Beyond 5 deviations, where fresh blood may shine, scores are cut off.

        Args:
            head: Another scan's, where both must be cut alike; None: its own.
        """
        scores = (np.asarray(self.scan, np.float32) - np.float32(self.mean)) / np.float32(self.deviation)
        inside = (self.head if head is None else head) & np.isfinite(scores)
        return np.where(inside, np.clip(scores, -LIMIT, LIMIT), np.float32(0))


def head_frame(head: Mask, geometry: Geometry, pixel_mm: float) -> SliceGrid:
    """The box of the head in pixels of `pixel_mm`, padded with zeros to multiples of 16."""
    spans = [_extent(head.any(axis=axes)) for axes in ((1, 2), (0, 2))]
    i, j, _ = head.shape
    return SliceGrid.around((i, j), (spans[0], spans[1]), geometry.spacing_mm[:2], pixel_mm, FACTOR)


def _extent(rows: Mask) -> Span:
    found = np.flatnonzero(rows)
    return (int(found[0]), int(found[-1]) + 1) if found.size else (0, len(rows))


def prepare_scan(scan: AnyArray, geometry: Geometry, *, with_n4: bool) -> Prepared:
    """Correct the shading of a scan and measure it.

    Args:
        scan: (I, J, K).
        geometry: Its grid.
        with_n4: Take the shading out.

    Raises:
        InputRefused: All of its values are the same.
    """
    head = head_mask(scan)
    if with_n4:
        scan = np.asarray(scan, np.float32) / coil_shading(scan, head, geometry)
    values = np.asarray(scan[head], np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0 or values.min() == values.max():
        raise InputRefused(
            "Cannot find a head in the scan", "all of its values are the same", "Choose another scan."
        )
    return Prepared(scan=scan, head=head, mean=float(values.mean()), deviation=float(values.std()))


def head_mask(scan: AnyArray) -> Mask:
    """Otsu's threshold, the largest piece, gaps closed, holes filled: (I, J, K), in blocks of two voxels.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    sampled(scan)
    coarse = np.nan_to_num(
        np.asarray(scan[::STRIDE, ::STRIDE, ::STRIDE], np.float32), nan=0.0, posinf=0.0, neginf=0.0
    )
    if coarse.min() == coarse.max():
        return np.ones(scan.shape, bool)
    # single bright voxels must not decide where the threshold lies
    bright = np.minimum(coarse, np.quantile(coarse, 0.995))
    # flat: four slices would look like the channels of a picture
    pieces, count = ndimage.label(bright > threshold_otsu(bright.ravel()))
    if count == 0:
        return np.ones(scan.shape, bool)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    # with a rim, so that closing does not stop at the edge of the grid
    largest = np.pad(pieces == sizes.argmax(), CLOSED)
    wide = ndimage.binary_fill_holes(ndimage.binary_dilation(largest, iterations=CLOSED))
    head = ndimage.binary_erosion(wide, iterations=CLOSED)
    head = head[CLOSED:-CLOSED, CLOSED:-CLOSED, CLOSED:-CLOSED]
    for axis in range(3):
        head = np.repeat(head, STRIDE, axis=axis)
    i, j, k = scan.shape
    return np.asarray(head[:i, :j, :k])


def as_it_is(values: AnyArray) -> NDArray[np.float32]:
    """The normaliser of slices that hold `Prepared.scores` already."""
    return np.asarray(values, np.float32)
