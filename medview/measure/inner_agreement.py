"""Agreement of two images inside a mask: what lies outside, such as air, must not flatter the result."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import AnyArray
from medview.measure.images import ImageReport

_WINDOW = 7
Mask = NDArray[np.bool_]


def compare_inside(reference: AnyArray, result: AnyArray, mask: Mask) -> ImageReport:
    """Compare two volumes (I, J, K) of one grid where a mask is set.

    The peak of the PSNR and of the SSIM is the range of the reference inside the mask; the SSIM (7³ windows,
    Wang et al. 2004) is averaged over windows whose middle lies inside.

    Args:
        reference: What was measured.
        result: What is judged.
        mask: At least one voxel; voxels that are not finite in both are left out.
    """
    inside = mask & np.isfinite(reference) & np.isfinite(result)
    first, second = (np.where(inside, array, 0).astype(np.float64) for array in (reference, result))
    error = (second - first)[inside]
    span = float(np.ptp(first[inside]))
    rmse = math.sqrt(float(np.mean(error**2)))
    return ImageReport(
        mae=float(np.abs(error).mean()),
        rmse=rmse,
        psnr_db=20 * math.log10(span / rmse) if rmse > 0 and span > 0 else None,
        ssim=_ssim(first, second, inside, span),
    )


def linear_mapping(source: AnyArray, target: AnyArray, mask: Mask) -> NDArray[np.float64]:
    """The source's numbers, shifted and scaled so as to come nearest to the target's inside a mask.

    Least squares: no other straight line from one image's grey levels to the other's has a smaller squared
    error, so that this is the best that a change of brightness and contrast can do.
    """
    inside = mask & np.isfinite(source) & np.isfinite(target)
    slope, offset = np.polyfit(source[inside].astype(np.float64), target[inside].astype(np.float64), 1)
    return np.asarray(np.asarray(source, np.float64) * slope + offset)


def _ssim(first: AnyArray, second: AnyArray, inside: Mask, span: float) -> float | None:
    from skimage.metrics import structural_similarity

    if span <= 0 or min(first.shape) < _WINDOW:
        return None
    _, each = structural_similarity(first, second, win_size=_WINDOW, data_range=span, full=True)
    return float(each[inside].mean())
