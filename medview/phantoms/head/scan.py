"""How MR sequences see a head: the protocol of the study, and random contrasts to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.phantoms.head.anatomy import Head
from medview.phantoms.scanner import bias_field, rician, store
from medview.phantoms.signal import (
    inflow_gradient_echo,
    inversion_recovery,
    spin_echo,
    spoiled_gradient_echo,
    washout,
)
from medview.phantoms.tissues import NUMBER, TISSUES, tissue_values

Image = NDArray[np.float32]
BLOOD_SPEED_MM_S = 350.0
INFLOW_PULSES = 2


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """A pulse sequence as the console states it.

    Args:
        role: Key of the volume in a study: t1, t2, pd, flair or mra.
        modality: Word that models and people use.
        title: What the volume is called.
        kind: ``"spin echo"``, ``"inversion recovery"`` or ``"spoiled gradient echo"``.
        tr_ms: Repetition time.
        te_ms: (Effective) echo time.
        ti_ms: Inversion time; 0 without inversion.
        flip_deg: Flip angle.
        noise: Standard deviation of the noise as a share of white matter's signal.
        slice_mm: Thickness of the excited slice, which decides on the flow void.
        fat_left: Share of the signal of fat that fat suppression leaves.
    """

    role: str
    modality: str
    title: str
    kind: str
    tr_ms: float
    te_ms: float
    ti_ms: float = 0.0
    flip_deg: float = 90.0
    noise: float = 0.03
    slice_mm: float = 3.0
    fat_left: float = 0.6


SEQUENCES: tuple[Sequence, ...] = (
    Sequence(
        role="t1",
        modality="T1",
        title="Synthetic head T1",
        kind="inversion recovery",
        tr_ms=2300,
        te_ms=3,
        ti_ms=1100,
        noise=0.03,
        slice_mm=0.8,
    ),
    Sequence(
        role="t2",
        modality="T2",
        title="Synthetic head T2",
        kind="spin echo",
        tr_ms=5000,
        te_ms=90,
        noise=0.05,
    ),
    Sequence(
        role="pd",
        modality="PD",
        title="Synthetic head PD",
        kind="spin echo",
        tr_ms=3500,
        te_ms=20,
        noise=0.03,
    ),
    Sequence(
        role="flair",
        modality="FLAIR",
        title="Synthetic head FLAIR",
        kind="inversion recovery",
        tr_ms=9000,
        te_ms=110,
        ti_ms=2500,
        noise=0.04,
        fat_left=0.35,
    ),
    Sequence(
        role="mra",
        modality="MRA",
        title="Synthetic head MRA",
        kind="spoiled gradient echo",
        tr_ms=22,
        te_ms=3.5,
        flip_deg=18,
        noise=0.05,
        fat_left=0.12,
    ),
)
BY_ROLE: dict[str, Sequence] = {sequence.role: sequence for sequence in SEQUENCES}


def tissue_signal(sequence: Sequence) -> NDArray[np.float64]:
    """Ideal signal of every tissue number, without flow."""
    pd, t1, t2, t2s = (tissue_values(field) for field in ("pd", "t1_ms", "t2_ms", "t2s_ms"))
    pd[NUMBER["fat"]] *= sequence.fat_left
    # marrow of the skull is about half water
    pd[NUMBER["marrow"]] *= (1 + sequence.fat_left) / 2
    return signal_of(sequence, (pd, t1, t2, t2s))


def signal_of(
    sequence: Sequence, properties: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]
) -> NDArray[np.float64]:
    """Ideal signal of proton density, T1, T2 and T2* (milliseconds), without flow."""
    pd, t1, t2, t2s = properties
    if sequence.kind == "spin echo":
        return spin_echo(pd, t1, t2, tr_ms=sequence.tr_ms, te_ms=sequence.te_ms)
    if sequence.kind == "inversion recovery":
        return inversion_recovery(
            pd, t1, t2, tr_ms=sequence.tr_ms, te_ms=sequence.te_ms, ti_ms=sequence.ti_ms
        )
    return spoiled_gradient_echo(
        pd, t1, t2s, tr_ms=sequence.tr_ms, te_ms=sequence.te_ms, flip_deg=sequence.flip_deg
    )


def flowing_signal(sequence: Sequence) -> float:
    """Signal of blood in the arteries: a void in spin echoes, fresh and bright in the angiogram."""
    blood = TISSUES[NUMBER["arterial blood"]]
    if sequence.kind == "spoiled gradient echo":
        fresh = inflow_gradient_echo(
            blood.pd,
            blood.t1_ms,
            blood.t2s_ms,
            tr_ms=sequence.tr_ms,
            te_ms=sequence.te_ms,
            flip_deg=sequence.flip_deg,
            pulses=INFLOW_PULSES,
        )
        return float(fresh)
    static = float(tissue_signal(sequence)[NUMBER["arterial blood"]])
    return static * washout(BLOOD_SPEED_MM_S, sequence.te_ms, sequence.slice_mm)


def render(
    head: Head, sequence: Sequence | str, rng: np.random.Generator, bias: float = 0.15
) -> NDArray[np.int16]:
    """Scan a head.

    Args:
        head: A head or a slab of one.
        sequence: A sequence, or the role of one of `SEQUENCES`.
        rng: Source of shading and noise.
        bias: Strength of the coil shading (standard deviation of its logarithm).

    Returns:
        Scanner's integers, 0 to 4095; cerebral white matter lies near 350 in every contrast.
    """
    chosen = BY_ROLE[sequence] if isinstance(sequence, str) else sequence
    values = tissue_signal(chosen)
    white = float(values[NUMBER["white matter"]])
    image = _compose(head, values, flowing_signal(chosen))
    image *= bias_field(head.geometry.shape, rng, bias)
    return store(rician(image, chosen.noise * white, rng), white, peak=350)


def _compose(head: Head, values: NDArray[np.float64], blood: float) -> Image:
    image = head.tissue.look_up(values)
    image *= head.texture
    image += head.vessels * (np.float32(blood) - image)
    return image


def random_contrast(
    head: Head,
    rng: np.random.Generator,
    drop_out: float = 0.1,
    finish: Callable[[Image], Image] | None = None,
) -> Image:
    """A T2-like image of a head with everything drawn at random that a scanner or a body may change.

    Tissue order is loosely that of T2 (fluid above grey above white above vessels), each tissue's
    intensity varies on its own, and shading, blur, noise and the darkness of vessels vary too.

    Args:
        head: A head or, cheaper, a slab of one.
        rng: Source of all draws.
        drop_out: Chance that the vessels' darkness fades in part of the field (slow or in-plane flow).
        finish: Applied before noise, such as a resampling.

    Returns:
        Magnitude image (I, J, K) in single precision; the 99th percentile is about 1.
    """
    values = _random_values(rng)
    void = values[NUMBER["white matter"]] * rng.uniform(0.0, 0.55)
    strength = _visibility(head.geometry.shape, rng, drop_out)
    image = head.tissue.look_up(values)
    image *= head.texture
    image += head.vessels * strength * (np.float32(void) - image)
    image *= bias_field(head.geometry.shape, rng, rng.uniform(0.0, 0.45))
    image = _blur(image, rng)
    image = finish(image) if finish else image
    scale = np.float32(1 / max(float(np.quantile(image[::3, ::3, :], 0.99)), 1e-3))
    return rician(image * scale, float(rng.uniform(0.005, 0.06)), rng)


def _random_values(rng: np.random.Generator) -> NDArray[np.float64]:
    """Signals near those of T2 or PD weighting at random TR and TE, each tissue scaled on its own."""
    pd, t1, t2 = (tissue_values(field) for field in ("pd", "t1_ms", "t2_ms"))
    values = spin_echo(pd, t1, t2, tr_ms=float(rng.uniform(2200, 8000)), te_ms=float(rng.uniform(45, 130)))
    values = values / values[NUMBER["white matter"]]
    values *= np.exp(rng.normal(0, 0.18, values.shape))
    brain = [NUMBER[name] for name in ("cortex", "cerebellar cortex")]
    values[brain] *= np.exp(rng.normal(0, 0.12))
    values[NUMBER["csf"]] = min(values[NUMBER["csf"]], 5.5) * np.exp(rng.normal(0, 0.15))
    return np.asarray(values)


def _visibility(shape: tuple[int, int, int], rng: np.random.Generator, drop_out: float) -> Image | np.float32:
    if rng.random() >= drop_out:
        return np.float32(rng.uniform(0.8, 1.0))
    field = bias_field(shape, rng, 1.0, order=4)
    return np.asarray(np.clip(field / np.float32(np.quantile(field[::4, ::4, :], 0.4)), 0, 1), np.float32)


def _blur(image: Image, rng: np.random.Generator) -> Image:
    from scipy.ndimage import gaussian_filter

    if rng.random() < 0.4:
        return image
    return np.asarray(gaussian_filter(image, rng.uniform(0.0, 0.8, 3), truncate=2.5), np.float32)
