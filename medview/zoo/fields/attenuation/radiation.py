"""From CT numbers to what X-rays lose on their way, and back.

Hounsfield: HU = 1000 (mu / mu_water - 1). Beer and Lambert: I = I0 exp(-integral of mu along the ray).
One energy stands for the beam; there is no scatter and no hardening.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import AnyArray

WATER_PER_MM = 0.02059
"""Linear attenuation of water at 60 keV (0.2059 cm2/g)."""
AIR_HU = -1000.0
Floats = NDArray[np.float32]


def relative_attenuation(hu: AnyArray) -> Floats:
    """Linear attenuation in units of water's: 0 for air and below, 1 for water."""
    return np.maximum(np.asarray(hu, np.float32) / 1000 + 1, np.float32(0))


def hounsfield(relative: AnyArray) -> Floats:
    """CT numbers of attenuations in units of water's."""
    return np.asarray((np.asarray(relative, np.float32) - 1) * 1000, np.float32)


def with_photon_noise(integrals: Floats, photons: float, rng: np.random.Generator) -> Floats:
    """Line integrals as a detector measures them that counts photons.

    Args:
        integrals: Integral of mu along each ray, without unit.
        photons: I0, expected for a ray that meets nothing; 0: no noise.
        rng: Draws the counts.

    Returns:
        ``-ln(counts / I0)`` with Poisson counts of mean ``I0 exp(-integral)``; a pixel that caught nothing
        is read as half a photon, and none is read as brighter than air.
    """
    if photons <= 0:
        return integrals
    counts = rng.poisson(photons * np.exp(-integrals.astype(np.float64)))
    measured = -np.log(np.maximum(counts, 0.5) / photons)
    return np.asarray(np.maximum(measured, 0), np.float32)
