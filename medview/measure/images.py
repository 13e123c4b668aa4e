"""Agreement of two images: error, peak signal-to-noise ratio, structural similarity."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.measure.agreement import demand_same_grid

_WINDOW = 7


@dataclass(frozen=True, kw_only=True)
class ImageReport:
    """How two images agree.

    Args:
        mae: Mean absolute error, in the images' unit.
        rmse: Root of the mean squared error, in the images' unit.
        psnr_db: 20 log10(range of the reference / rmse); None where the images are equal or
            the reference is flat.
        ssim: Structural similarity (Wang et al. 2004), -1 to 1, mean over 7³ windows (7² for
            single slices); None where the images are smaller or the reference is flat.
    """

    mae: float
    rmse: float
    psnr_db: float | None
    ssim: float | None

    def as_json(self) -> dict[str, Any]:
        """The object that ``medview evaluate --json`` prints."""
        return {"kind": "images", **asdict(self)}


def compare_images(reference: Volume, result: Volume) -> ImageReport:
    """Compare two scans voxel by voxel, where both are finite.

    Raises:
        InputRefused: They lie on different grids, differ in frames or colours, or share no finite voxel.
    """
    demand_same_grid(reference.geometry, result.geometry)
    if reference.data.shape != result.data.shape:
        raise InputRefused("Cannot compare the two", "one has more frames or colours than the other")
    first, second = reference.data.astype(np.float64), result.data.astype(np.float64)
    finite = np.isfinite(first) & np.isfinite(second)
    if not finite.any():
        raise InputRefused("Cannot compare the two", "no voxel is a number in both")
    error = (second - first)[finite]
    rmse = math.sqrt(float(np.mean(error**2)))
    span = float(np.ptp(first[finite]))
    return ImageReport(
        mae=float(np.abs(error).mean()),
        rmse=rmse,
        psnr_db=20 * math.log10(span / rmse) if rmse > 0 and span > 0 else None,
        ssim=_ssim(np.where(finite, first, 0), np.where(finite, second, 0), span),
    )


def _ssim(first: NDArray[np.float64], second: NDArray[np.float64], span: float) -> float | None:
    from skimage.metrics import structural_similarity

    if span <= 0:
        return None
    parts = [_still(first, frame) for frame in range(_parts(first))]
    others = [_still(second, frame) for frame in range(_parts(first))]
    if min(parts[0].shape) < _WINDOW:
        return None
    scores = [
        structural_similarity(one, two, win_size=_WINDOW, data_range=span)
        for one, two in zip(parts, others, strict=True)
    ]
    return float(np.mean(scores))


def _parts(array: NDArray[np.float64]) -> int:
    return int(array.shape[3]) if array.ndim == 4 else 1


def _still(array: NDArray[np.float64], index: int) -> NDArray[np.float64]:
    still = array[..., index] if array.ndim == 4 else array
    # a single slice is judged in its own plane
    return still.squeeze() if min(still.shape) == 1 else still
