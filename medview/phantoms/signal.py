"""Signal equations of the pulse sequences: tissue properties in, relative signal out.

All functions take arrays or numbers of proton density and relaxation times (milliseconds) and give
signal relative to fully relaxed water without decay. Equations: Bernstein, King, Zhou, *Handbook of
MRI Pulse Sequences* (2004), chapters 14 and 16; Haacke et al., *Magnetic Resonance Imaging* (1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Signal = NDArray[np.float64]


def spin_echo(pd: ArrayLike, t1_ms: ArrayLike, t2_ms: ArrayLike, *, tr_ms: float, te_ms: float) -> Signal:
    """Spin echo: ``S = PD (1 - exp(-TR/T1)) exp(-TE/T2)``; for a fast spin echo TE is the effective one."""
    recovered = 1 - np.exp(-tr_ms / np.asarray(t1_ms, float))
    return np.asarray(np.asarray(pd, float) * recovered * np.exp(-te_ms / np.asarray(t2_ms, float)))


def inversion_recovery(
    pd: ArrayLike, t1_ms: ArrayLike, t2_ms: ArrayLike, *, tr_ms: float, te_ms: float, ti_ms: float
) -> Signal:
    """Magnitude inversion recovery: ``S = PD |1 - 2 exp(-TI/T1) + exp(-TR/T1)| exp(-TE/T2)``.

    With TI near ``T1 ln 2`` of fluid this is FLAIR; with a short echo and TI near 1 s it has the
    contrast of an MP-RAGE, whose readout is not modelled.
    """
    t1 = np.asarray(t1_ms, float)
    longitudinal = 1 - 2 * np.exp(-ti_ms / t1) + np.exp(-tr_ms / t1)
    return np.asarray(pd * np.abs(longitudinal) * np.exp(-te_ms / np.asarray(t2_ms, float)))


def spoiled_gradient_echo(
    pd: ArrayLike, t1_ms: ArrayLike, t2s_ms: ArrayLike, *, tr_ms: float, te_ms: float, flip_deg: float
) -> Signal:
    """Steady state of a spoiled gradient echo (Ernst and Anderson 1966).

    ``S = PD sin(a) (1 - E1) / (1 - E1 cos(a)) exp(-TE/T2*)`` with ``E1 = exp(-TR/T1)``.
    """
    angle, e1 = np.radians(flip_deg), np.exp(-tr_ms / np.asarray(t1_ms, float))
    steady = (1 - e1) / (1 - e1 * np.cos(angle))
    return np.asarray(pd * np.sin(angle) * steady * np.exp(-te_ms / np.asarray(t2s_ms, float)))


def inflow_gradient_echo(
    pd: float, t1_ms: float, t2s_ms: float, *, tr_ms: float, te_ms: float, flip_deg: float, pulses: ArrayLike
) -> Signal:
    """Spoiled gradient echo of blood that has met a number of pulses since it entered the slab.

    ``Mz(n) = Mss + (1 - Mss) (E1 cos(a))^n``, ``S = PD sin(a) Mz(n) exp(-TE/T2*)``: fresh blood
    (n = 0) is bright, blood that stays (large n) falls to the steady state (Haacke et al., ch. 24).
    """
    angle, e1 = np.radians(flip_deg), np.exp(-tr_ms / t1_ms)
    steady = (1 - e1) / (1 - e1 * np.cos(angle))
    longitudinal = steady + (1 - steady) * (e1 * np.cos(angle)) ** np.asarray(pulses, float)
    return np.asarray(pd * np.sin(angle) * longitudinal * np.exp(-te_ms / t2s_ms))


def washout(speed_mm_s: float, te_ms: float, thickness_mm: float) -> float:
    """Share of blood that gives a spin echo although it moves: ``max(0, 1 - v (TE/2) / d)``.

    Blood that leaves the slice of thickness d between excitation and refocusing gives no echo
    (Bradley and Waluch, Radiology 154:443, 1985): this is the flow void.
    """
    return max(0.0, 1.0 - speed_mm_s * te_ms / 2000.0 / thickness_mm)
