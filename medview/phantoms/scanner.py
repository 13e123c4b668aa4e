"""What a scanner adds to the ideal signal: coil shading, noise, and integer storage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def cosine_basis(shape: tuple[int, int, int], order: int) -> list[Image]:
    """First cosines along each axis, each an array (order + 1, size) in single precision."""
    found = []
    for size in shape:
        phase = np.pi * (np.arange(size) + 0.5) / size
        found.append(np.cos(np.arange(order + 1)[:, None] * phase).astype(np.float32))
    return found


def bias_field(
    shape: tuple[int, int, int], rng: np.random.Generator, strength: float = 0.2, order: int = 3
) -> Image:
    """Smooth multiplicative shading of a receive coil, geometric mean one.

    ``b = exp(s * sum_klm c_klm cos(k x) cos(l y) cos(m z))`` with normal ``c`` falling off with order.

    Args:
        shape: Size of the image.
        rng: Source of the coefficients.
        strength: Standard deviation of the logarithm, on average.
        order: Highest cosine along an axis.
    """
    k = np.arange(order + 1)
    total = k[:, None, None] + k[None, :, None] + k[None, None, :]
    weight = np.where((total > 0) & (total <= order), 1.0 / np.maximum(total, 1) ** 1.5, 0.0)
    factor = rng.standard_normal(total.shape) * weight
    waves = (k > 0)[:, None, None] + (k > 0)[None, :, None].astype(int) + (k > 0)[None, None, :]
    # the mean square of a cosine over whole half periods is one half
    factor *= strength / np.sqrt((weight**2 * 0.5**waves).sum())
    x, y, z = cosine_basis(shape, order)
    plane = np.einsum("abc,bj,ck->ajk", factor.astype(np.float32), y, z)
    field = (x.T @ plane.reshape(order + 1, -1)).reshape(shape)
    return np.asarray(np.exp(field, out=field))


def rician(signal: Image, sigma: float, rng: np.random.Generator) -> Image:
    """Magnitude of the signal with Gaussian noise in both receiver channels.

    ``M = sqrt((S + n1)^2 + n2^2)``; without signal the mean is ``sigma sqrt(pi / 2)``
    (Gudbjartsson and Patz, MRM 34:910, 1995).
    """
    real = rng.standard_normal(signal.shape, dtype=np.float32)
    real *= np.float32(sigma)
    real += signal
    imaginary = rng.standard_normal(signal.shape, dtype=np.float32)
    imaginary *= np.float32(sigma)
    return np.hypot(real, imaginary, out=real)


def store(signal: Image, full_scale: float, peak: int = 1200) -> NDArray[np.int16]:
    """Round to a scanner's integers: `full_scale` becomes `peak`, nothing exceeds 4095 (12 bit)."""
    scaled = signal * np.float32(peak / full_scale)
    return np.clip(np.rint(scaled, out=scaled), 0, 4095, out=scaled).astype(np.int16)
