"""How a bolus of contrast agent passes through tissue: the equations behind every map.

The concentration in a voxel is ``c(t) = CBF (AIF * R * h)(t - d)``, with * for convolution and

- ``AIF(t) = t^a exp(-t / b)``, a gamma variate with its peak at a b: the arterial input;
- ``R(t) = exp(-t / MTT)``, the residue of a well mixed compartment, ``MTT = CBV / CBF``: the central volume
  theorem (Meier and Zierler 1954; Ostergaard et al., MRM 36:715, 1996);
- ``h(t) = exp(-t / s) / s``, the dispersion on the way through collaterals (Calamante et al., MRM 44:466,
  2000), and d, the delay on that way.

Deconvolution gives ``CBF (R * h)(t - d)``, which is largest at

    Tmax = d + t*,   t* = ln(MTT / s) MTT s / (MTT - s),

and is ``CBF exp(-t* / MTT)`` there: what software reports as CBF; it can not tell dispersion from a long
residue. The area under c is CBV times the area under AIF, dispersed or not. TTP is where c is largest.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
AIF_SHAPE, AIF_SCALE_S = 3.0, 1.5
"""a and b of the arterial input."""
ARRIVAL_S = 8.0
"""When the bolus reaches the arteries of the neck, counted from the first image."""
_STEP_S = 0.1
_MTT_S = np.geomspace(1.0, 40.0, 36)
_DISPERSION_S = np.geomspace(0.2, 16.0, 30)


def residue_peak_s(mtt_s: Field, dispersion_s: Field) -> Field:
    """t*: when the dispersed residue is largest, counted from the delay; seconds.

    Args:
        mtt_s: Mean transit time, above 0.
        dispersion_s: Time constant of the dispersion, above 0.
    """
    # with x = ln(MTT / s), t* = s x / (1 - exp(-x)), which has a limit where both are equal
    ratio = np.log(mtt_s / dispersion_s)
    near = np.abs(ratio) < 1e-3
    safe = np.where(near, np.float32(1), ratio)
    return np.asarray(dispersion_s * np.where(near, 1 + ratio / 2, safe / -np.expm1(-safe)), np.float32)


def measured_flow(cbf: Field, mtt_s: Field, dispersion_s: Field) -> Field:
    """The flow that deconvolution reports: ``CBF exp(-t* / MTT)``."""
    return np.asarray(cbf * np.exp(-residue_peak_s(mtt_s, dispersion_s) / mtt_s), np.float32)


def tissue_peak_s(mtt_s: Field, dispersion_s: Field) -> Field:
    """When ``AIF * R * h`` is largest, counted from the delay; seconds, from a table."""
    from scipy.ndimage import map_coordinates

    index = [
        np.interp(np.log(values), np.log(knots), np.arange(len(knots)))
        for values, knots in ((mtt_s, _MTT_S), (dispersion_s, _DISPERSION_S))
    ]
    return np.asarray(map_coordinates(_peak_table(), index, order=1, mode="nearest"), np.float32)


def passage(mtt_s: float, dispersion_s: float, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(AIF * R * h)(t)`` at evenly spaced times from 0, the area under AIF being 1."""
    step = times_s[1] - times_s[0]
    aif = times_s**AIF_SHAPE * np.exp(-times_s / AIF_SCALE_S)
    curve = aif / (aif.sum() * step)
    for scale, height in ((mtt_s, 1.0), (dispersion_s, 1 / dispersion_s)):
        curve = np.convolve(curve, height * np.exp(-times_s / scale))[: len(times_s)] * step
    return np.asarray(curve)


@functools.cache
def _peak_table() -> NDArray[np.float64]:
    times = np.arange(0, 90, _STEP_S)
    return np.array(
        [[times[passage(mtt, s, times).argmax()] for s in _DISPERSION_S] for mtt in _MTT_S], np.float64
    )
