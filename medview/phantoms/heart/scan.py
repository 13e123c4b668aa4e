"""How an inversion-recovery scan sees a heart late after contrast: the study's protocol, and random ones.

Normal myocardium is nulled: TI = T1 ln(2 / (1 + exp(-TR / T1))). Tissues of one voxel add up with their
sign before the magnitude is taken, so that borders between nulled and bright tissue are dark where signs
differ, as in a real scan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.heart.anatomy import ShortAxisHeart
from medview.phantoms.heart.tissues import NUMBER, enhanced_values
from medview.phantoms.scanner import bias_field, rician, store

Image = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class LateProtocol:
    """A late-enhancement sequence as the console states it.

    Args:
        tr_ms: From inversion to inversion: two heart beats.
        ti_ms: Inversion time; 0: the one that nulls normal myocardium.
        noise: Standard deviation of the noise as a share of the signal of blood.
        bias: Strength of the coils' shading.
        blur_px: Width of the in-plane point spread.
        is_phase_sensitive: The sign is kept: what recovers slowly is dark.
    """

    tr_ms: float = 1800.0
    ti_ms: float = 0.0
    noise: float = 0.11
    bias: float = 0.15
    blur_px: float = 0.55
    is_phase_sensitive: bool = False


def null_time_ms(t1_ms: float, tr_ms: float) -> float:
    """Inversion time at which a tissue gives no signal."""
    return float(t1_ms * np.log(2 / (1 + np.exp(-tr_ms / t1_ms))))


def signed_signal(protocol: LateProtocol, t1_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitudinal magnetisation of every tissue at the readout, with its sign.

    ``S = PD (1 - 2 exp(-TI / T1) + exp(-TR / T1))``.
    """
    ti_ms = protocol.ti_ms or null_time_ms(float(t1_ms[NUMBER["myocardium"]]), protocol.tr_ms)
    recovered = 1 - 2 * np.exp(-ti_ms / t1_ms) + np.exp(-protocol.tr_ms / t1_ms)
    return np.asarray(enhanced_values("pd") * recovered)


def render(
    heart: ShortAxisHeart, rng: np.random.Generator, protocol: LateProtocol | None = None
) -> NDArray[np.int16]:
    """Scan a heart with the study's protocol: scanner's integers (I, J, K), blood near 300."""
    protocol = protocol or LateProtocol()
    return store(scanned(heart, enhanced_values("t1_ms"), protocol, rng), 1.0, peak=300)


def random_contrast(heart: ShortAxisHeart, rng: np.random.Generator) -> Image:
    """Scan a heart with a scanner, a delay after contrast and an inversion time drawn at random.

    Returns:
        (I, J, K) in single precision; blood near 1.
    """
    t1 = random_t1(rng)
    tr_ms = float(rng.uniform(1300, 2300))
    null = null_time_ms(float(t1[NUMBER["myocardium"]]), tr_ms)
    protocol = LateProtocol(
        tr_ms=tr_ms,
        ti_ms=null * float(rng.normal(1.01, 0.035)),
        noise=float(rng.uniform(0.04, 0.2)),
        bias=float(rng.uniform(0.05, 0.35)),
        blur_px=float(rng.uniform(0.3, 0.9)),
        is_phase_sensitive=bool(rng.random() < 0.35),
    )
    return scanned(heart, t1, protocol, rng)


def random_t1(rng: np.random.Generator) -> NDArray[np.float64]:
    """Relaxation times at another delay and dose: all shift together, each a little on its own."""
    t1 = enhanced_values("t1_ms") * np.exp(rng.normal(0, 0.05, len(NUMBER)))
    t1 *= np.exp(rng.normal(0, 0.1))
    normal, blood = t1[NUMBER["myocardium"]], NUMBER["blood"]
    t1[blood] = normal * rng.uniform(0.72, 0.9)
    t1[NUMBER["infarct"]] = normal * rng.uniform(0.68, 0.84)
    t1[NUMBER["no-reflow"]] = normal * rng.uniform(0.97, 1.12)
    return np.asarray(t1)


def scanned(
    heart: ShortAxisHeart, t1_ms: NDArray[np.float64], protocol: LateProtocol, rng: np.random.Generator
) -> Image:
    """The image of one protocol, blood near 1: partial volume, texture, shading, blur and Rician noise."""
    from scipy.ndimage import gaussian_filter

    values = signed_signal(protocol, t1_ms)
    values /= abs(values[NUMBER["blood"]])
    signed = np.tensordot(values.astype(np.float32), heart.shares, axes=1)
    signed += _lung_vessels(heart, rng)
    signed *= _texture(signed.shape, rng)
    signed *= _shading(heart, rng, protocol.bias)
    signed = gaussian_filter(signed, (protocol.blur_px, protocol.blur_px, 0), truncate=3)
    if protocol.is_phase_sensitive:
        noise = rng.standard_normal(signed.shape, dtype=np.float32) * np.float32(protocol.noise)
        return np.asarray(np.maximum(signed + noise + np.float32(1.2), 0), np.float32)
    return rician(np.abs(signed), protocol.noise, rng)


def _lung_vessels(heart: ShortAxisHeart, rng: np.random.Generator) -> Image:
    from scipy.ndimage import gaussian_filter

    grain = gaussian_filter(rng.standard_normal(heart.stack.shape, dtype=np.float32), (1.3, 1.3, 0))
    bright = np.clip(grain / grain.std() - np.float32(1.6), 0, 1.2)
    return np.asarray(bright * heart.shares[NUMBER["lung"]] * np.float32(0.6), np.float32)


def _texture(shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    """Mottle of some per cent that no tissue is without."""
    from scipy.ndimage import gaussian_filter

    fine, coarse = (
        gaussian_filter(rng.standard_normal(shape, dtype=np.float32), (width, width, 0)) for width in (1.2, 4)
    )
    return np.asarray(1 + 0.07 * fine / fine.std() + 0.06 * coarse / coarse.std(), np.float32)


def _shading(heart: ShortAxisHeart, rng: np.random.Generator, strength: float) -> Image:
    """Coils on the chest and under the back: brighter near both, and a slow field of any form."""
    shape = heart.stack.shape
    i, j, k = (np.arange(n, dtype=np.float32) for n in shape)
    row = heart.stack.ras_from_ijk[1].astype(np.float32)
    y = row[0] * i[:, None, None] + row[1] * j[None, :, None] + row[2] * k[None, None, :] + row[3]
    front = np.float32(strength * 1.6) * (y / np.float32(heart.chest.depth))
    slow = bias_field((shape[0], shape[1], shape[2]), rng, strength)
    return np.asarray(slow * np.exp(np.clip(front, -1, 1)), np.float32)
