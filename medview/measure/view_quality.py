"""How well a rendered view agrees with the real one: inside the circle of the laparoscope and on the frame.

P09 (Nguyen et al., MLMI 2023): PSNR = -10 log10 of the mean squared error on 0-1, and SSIM (Wang et al.,
IEEE TIP 2004) with a Gaussian window of 11 x 11, sigma 1.5, K1 0.01 and K2 0.03. The paper does not say
where it measured; both places are told.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused

AnyFloats = NDArray[np.floating]
_WINDOW, _SIGMA = 11, 1.5


def view_quality(image: AnyFloats, truth: AnyFloats, valid: NDArray[np.bool_]) -> dict[str, float]:
    """Numbers ``psnr_circle``, ``psnr_frame`` (dB), ``ssim_circle`` and ``ssim_frame`` (-1 to 1).

    ``psnr_*`` are infinite for equal pictures; ``*_circle`` are NaN where no pixel is valid.
    ``ssim_circle`` is the mean of the map of similarity over valid pixels, once what is not valid is equal in
    both pictures, with windows mirrored at the frame; ``ssim_frame`` is the mean over windows that lie wholly
    in the frame.

    Args:
        image: (H, W, 3) the rendered picture, 0-1.
        truth: (H, W, 3) the real one, 0-1.
        valid: (H, W) pixels inside the circle and of no instrument.

    Raises:
        InputRefused: The pictures are of different sizes, or smaller than a window of 11 pixels.
    """
    title = "Cannot compare the two pictures"
    if image.shape != truth.shape or image.shape[:2] != valid.shape:
        raise InputRefused(title, f"sizes differ: {image.shape}, {truth.shape}, mask {valid.shape}")
    if min(valid.shape) < _WINDOW:
        raise InputRefused(title, f"{valid.shape[1]} × {valid.shape[0]} pixels are less than a window of 11")
    first, second = np.asarray(image, np.float64), np.asarray(truth, np.float64)
    inner = similarity_map(first, second)[_WINDOW // 2 : -(_WINDOW // 2), _WINDOW // 2 : -(_WINDOW // 2)]
    # windows at the rim reach beyond it, where a field paints tissue and the real picture is black
    similarity = similarity_map(np.where(valid[..., None], first, second), second)
    return {
        "psnr_circle": psnr(first[valid], second[valid]),
        "psnr_frame": psnr(first, second),
        "ssim_circle": float(similarity[valid].mean()) if valid.any() else math.nan,
        "ssim_frame": float(inner.mean()),
    }


def psnr(image: AnyFloats, truth: AnyFloats) -> float:
    """-10 log10 of the mean squared error of values 0-1; inf for equal ones, NaN for none."""
    if not image.size:
        return math.nan
    error = float(np.mean(np.square(image - truth)))
    return -10 * math.log10(error) if error > 0 else math.inf


def similarity_map(image: AnyFloats, truth: AnyFloats) -> NDArray[np.float64]:
    """Structural similarity (H, W) around every pixel, mean of the three colours."""
    from skimage.metrics import structural_similarity

    _, local = structural_similarity(
        image,
        truth,
        win_size=_WINDOW,
        gaussian_weights=True,
        sigma=_SIGMA,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=2,
        full=True,
    )
    return np.asarray(local.mean(axis=2), np.float64)
