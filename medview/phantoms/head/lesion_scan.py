"""How MR sequences see a head with white matter lesions: the study's protocol, and random scanners."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.head.ageing import AgedHead
from medview.phantoms.head.scan import BY_ROLE, Sequence, flowing_signal, signal_of, tissue_signal
from medview.phantoms.scanner import bias_field, rician, store
from medview.phantoms.tissues import NUMBER, TISSUES, Tissue

Image = NDArray[np.float32]

MILD = Tissue(
    name="white matter lesion, mild",
    pd=0.74,
    t1_ms=1050,
    t2_ms=95,
    t2s_ms=70,
    sources=("chosen", "chosen", "chosen", "chosen"),
)
SEVERE = Tissue(
    name="white matter lesion, severe",
    pd=0.84,
    t1_ms=1500,
    t2_ms=150,
    t2s_ms=100,
    sources=("chosen", "chosen", "chosen", "chosen"),
)
"""Lesions lie between these two. More water and longer T1 and T2 than in white matter around them (Anderson
et al., Fluids Barriers CNS 11:24, 2014, for the water); numbers chosen so that, as STRIVE describes,
lesions are bright in FLAIR and T2 and between white and grey matter, or a little darker than grey, in T1."""
LESION_TISSUES = (MILD, SEVERE)
ROLES = ("t1", "flair", "t2")


@dataclass(frozen=True, eq=False, kw_only=True)
class Signals:
    """What one sequence makes of everything in the head.

    Args:
        tissues: Signal of every tissue number.
        mild: Signal of mild lesions.
        severe: Signal of severe lesions.
        blood: Signal of flowing blood.
    """

    tissues: NDArray[np.float64]
    mild: float
    severe: float
    blood: float

    @property
    def white(self) -> float:
        """Signal of white matter."""
        return float(self.tissues[NUMBER["white matter"]])


def signals_of(sequence: Sequence) -> Signals:
    """Ideal signals of a sequence."""
    mild, severe = (
        float(signal_of(sequence, (lesion.pd, lesion.t1_ms, lesion.t2_ms, lesion.t2s_ms)))
        for lesion in LESION_TISSUES
    )
    return Signals(tissues=tissue_signal(sequence), mild=mild, severe=severe, blood=flowing_signal(sequence))


def compose(aged: AgedHead, signals: Signals) -> Image:
    """The image before coil and noise: tissue, lesions over white matter, fluid in cavities, arteries."""
    head = aged.head
    image = head.tissue.look_up(signals.tissues)
    lesion = np.float32(signals.mild) + np.float32(signals.severe - signals.mild) * aged.severity
    image += aged.lesions * (lesion - image)
    image += aged.cavities * (np.float32(signals.tissues[NUMBER["csf"]]) - image)
    image *= head.texture
    image += head.vessels * (np.float32(signals.blood) - image)
    return image


def render_aged(
    aged: AgedHead, sequence: Sequence | str, rng: np.random.Generator, bias: float = 0.15
) -> NDArray[np.int16]:
    """Scan a head with lesions; see `medview.phantoms.head.scan.render`."""
    chosen = BY_ROLE[sequence] if isinstance(sequence, str) else sequence
    signals = signals_of(chosen)
    image = compose(aged, signals)
    image *= bias_field(aged.head.geometry.shape, rng, bias)
    return store(rician(image, chosen.noise * signals.white, rng), signals.white, peak=350)


def random_pair(
    aged: AgedHead, rng: np.random.Generator, shading: tuple[float, float] = (0.3, 0.3)
) -> tuple[Image, Image]:
    """A T1 and a FLAIR of one head, from scanners drawn at random.

    Kind and timing of both sequences, the signal of each tissue, shading, blur and noise vary; FLAIR varies
    less, because a T1 cannot tell what a console was set to.

    Args:
        aged: The head.
        rng: Source of all draws.
        shading: Greatest strength of the coil shading in T1 and FLAIR.

    Returns:
        T1 and FLAIR (I, J, K), single precision; white matter lies near 1 in both.
    """
    t1 = _scattered(signals_of(_random_t1(rng)), rng, 0.05)
    flair = _scattered(signals_of(_random_flair(rng)), rng, 0.03)
    blur = rng.uniform(0.0, 0.7, 3) * (rng.random() < 0.5)
    return _scanned(aged, t1, (blur, shading[0]), rng), _scanned(aged, flair, (blur, shading[1]), rng)


def _random_t1(rng: np.random.Generator) -> Sequence:
    kind = ("inversion recovery", "spoiled gradient echo", "spin echo")[int(rng.choice(3, p=(0.6, 0.3, 0.1)))]
    plain = replace(BY_ROLE["t1"], kind=kind, fat_left=float(rng.uniform(0.3, 0.9)))
    if kind == "inversion recovery":
        timing: dict[str, float] = {
            "tr_ms": rng.uniform(1800, 2500),
            "ti_ms": rng.uniform(850, 1150),
            "te_ms": 3.0,
        }
    elif kind == "spin echo":
        timing = {"tr_ms": rng.uniform(400, 700), "te_ms": rng.uniform(8, 16)}
    else:
        timing = {
            "tr_ms": rng.uniform(9, 30),
            "te_ms": rng.uniform(2, 6),
            "flip_deg": rng.uniform(18, 32),
        }
    return replace(
        plain,
        tr_ms=float(timing["tr_ms"]),
        te_ms=float(timing["te_ms"]),
        ti_ms=float(timing.get("ti_ms", 0.0)),
        flip_deg=float(timing.get("flip_deg", 90.0)),
    )


def _random_flair(rng: np.random.Generator) -> Sequence:
    """Inversion time where fluid gives nothing, give or take: ``TI = T1 (ln 2 - ln(1 + exp(-TR/T1)))``."""
    fluid_ms = TISSUES[NUMBER["csf"]].t1_ms
    tr_ms = float(rng.uniform(7500, 10500))
    null_ms = fluid_ms * (math.log(2) - math.log1p(math.exp(-tr_ms / fluid_ms)))
    return replace(
        BY_ROLE["flair"],
        tr_ms=tr_ms,
        ti_ms=null_ms * float(rng.uniform(0.95, 1.04)),
        te_ms=float(rng.uniform(95, 135)),
        fat_left=float(rng.uniform(0.1, 0.6)),
    )


def _scattered(signals: Signals, rng: np.random.Generator, spread: float) -> Signals:
    tissues = signals.tissues * np.exp(rng.normal(0, spread, signals.tissues.shape))
    mild, severe = np.exp(rng.normal(0, spread, 2))
    return Signals(
        tissues=tissues, mild=signals.mild * mild, severe=signals.severe * severe, blood=signals.blood
    )


def _scanned(
    aged: AgedHead,
    signals: Signals,
    coil: tuple[NDArray[np.float64], float],
    rng: np.random.Generator,
) -> Image:
    from scipy.ndimage import gaussian_filter

    blur, shading = coil
    image = compose(aged, signals) / np.float32(signals.white)
    image *= bias_field(aged.head.geometry.shape, rng, float(rng.uniform(0.0, shading)))
    if blur.any():
        image = gaussian_filter(image, blur, truncate=2.5)
    return rician(image, float(rng.uniform(0.01, 0.05)), rng)
