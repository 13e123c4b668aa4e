"""From one place outwards: flood fill, magic wand, and confidence connected growing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box, offset_of
from medview.core.errors import InputRefused
from medview.edit.region import NOTHING, Region, Triple


def flooded(numbers: NDArray[np.integer], seed_ijk: Triple, box: Box) -> Region:
    """The connected voxels (face to face) that hold the same number as the seed.

    Args:
        numbers: (I, J, K) of the whole map.
        seed_ijk: A voxel inside the box.
        box: How far the flood may run: one slice thick for a flood in 2-D.
    """
    return _connected(numbers[box] == numbers[seed_ijk], seed_ijk, box)


def wand(values: NDArray[np.float32], seed_ijk: Triple, box: Box, tolerance: float) -> Region:
    """The connected voxels (face to face) whose value differs from the seed's by at most a tolerance.

    Args:
        values: (I, J, K) of the box, in the scan's unit.
        seed_ijk: A voxel inside the box.
        box: How far the wand may reach: one slice thick in 2-D.
        tolerance: In the scan's unit.
    """
    value = values[_within(seed_ijk, box)]
    if not np.isfinite(value):
        return NOTHING
    return _connected(np.abs(values - value) <= tolerance, seed_ijk, box)


def confidence_connected(
    values: NDArray[np.float32], seed_ijk: Triple, box: Box, multiplier: float, iterations: int
) -> Region:
    """Grow from a seed over values near the mean of what was found so far.

    Each round takes the connected voxels within `multiplier` standard deviations of the mean of the round
    before; the first takes them from the seed's neighbours.

    Args:
        values: (I, J, K) of the box, in the scan's unit.
        seed_ijk: A voxel inside the box.
        box: How far it may grow.
        multiplier: Standard deviations, above 0.
        iterations: Rounds after the first, 0 to 20.

    Raises:
        InputRefused: The seed lies outside the scan.
    """
    import SimpleITK as sitk  # noqa: N813

    seed = _within(seed_ijk, box)
    if not np.isfinite(values[seed]):
        raise InputRefused(
            "Cannot grow from here", "there is no scan at this place", "Click inside the scan."
        )
    filled = np.nan_to_num(values, nan=float(np.nanmin(values)) - 1e6)
    image = sitk.GetImageFromArray(filled.T)
    found = sitk.ConfidenceConnected(
        image, [tuple(int(n) for n in seed)], numberOfIterations=iterations, multiplier=multiplier
    )
    return Region.of(sitk.GetArrayViewFromImage(found).T.astype(bool), offset_of(box))


def _connected(alike: NDArray[np.bool_], seed_ijk: Triple, box: Box) -> Region:
    from skimage.segmentation import flood

    return Region.of(flood(alike.view(np.uint8), _within(seed_ijk, box), connectivity=1), offset_of(box))


def _within(ijk: Triple, box: Box) -> Triple:
    i, j, k = (int(n) - part.start for n, part in zip(ijk, box, strict=True))
    return i, j, k
