"""From a scan's own numbers to what the networks read: shading, head, standard deviations from the mean.

Bias-field correction is N4 (the paper: SPM12; N4 is the paper file's stand-in), and the mean and spread are
those of the head as Otsu's threshold, the largest piece and filled holes find it, as in Li et al. Both are
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
from medview.zoo.slicewise.intensity import sampled

STRIDE = 2
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

    def normalised(self, values: AnyArray) -> NDArray[np.float32]:
        """The scan's numbers in standard deviations from the mean; what is not finite becomes 0."""
        scores = (np.asarray(values, np.float32) - np.float32(self.mean)) / np.float32(self.deviation)
        return np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)


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
    """Otsu's threshold, the largest piece, holes filled: (I, J, K), in blocks of two voxels.

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
    pieces, count = ndimage.label(bright > threshold_otsu(bright))
    if count == 0:
        return np.ones(scan.shape, bool)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    head = ndimage.binary_fill_holes(pieces == sizes.argmax())
    for axis in range(3):
        head = np.repeat(head, STRIDE, axis=axis)
    i, j, k = scan.shape
    return np.asarray(head[:i, :j, :k])
