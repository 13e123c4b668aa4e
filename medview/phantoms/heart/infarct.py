"""An infarct: a sector of one coronary territory, from the cavity outwards, with or without a dark core.

Territories follow the 17 segments of Cerqueira et al. (Circulation 105:539, 2002): the left anterior
descending artery feeds the anterior wall, the anterior septum and the apex, the circumflex the lateral
wall, the right coronary artery the inferior wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.heart.ventricles import Field, Wall, ring_noise

TERRITORIES: dict[str, tuple[float, float, float]] = {
    "LAD": (112.0, 60.0, 0.6),
    "LCX": (-8.0, 46.0, 0.45),
    "RCA": (262.0, 48.0, 0.4),
}
"""Middle in degrees, half width in degrees, middle as a share of the way from base to apex."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Infarct:
    """One infarct.

    Args:
        territory: LAD, LCX or RCA.
        angle_deg: Middle of the sector.
        half_width_deg: Half of the sector where it is widest.
        middle_mm: Depth from the base where it is widest.
        half_length_mm: Half of its length along the heart.
        transmurality: Largest share of the wall that it takes, from the cavity outwards.
        core: Where no-reflow begins, as a share of the way from rim to middle; 1 for no core.
        thinning: Share by which it thins the wall (an old infarct).
        waves: Raggedness of its rim.
    """

    territory: str
    angle_deg: float
    half_width_deg: float
    middle_mm: float
    half_length_mm: float
    transmurality: float
    core: float
    thinning: float
    waves: NDArray[np.float64]

    @property
    def has_core(self) -> bool:
        """Whether it holds a region of no-reflow."""
        return self.core < 1


def draw_infarct(rng: np.random.Generator, length: float) -> Infarct | None:
    """Draw an infarct, or none: one subject in three has none; three in five of the others show no-reflow."""
    if rng.random() < 1 / 3:
        return None
    territory = str(rng.choice(list(TERRITORIES), p=(0.45, 0.2, 0.35)))
    angle, width, middle = TERRITORIES[territory]
    has_core = bool(rng.random() < 0.6)
    grown = 1.2 if has_core else 1.0
    return Infarct(
        territory=territory,
        angle_deg=float(rng.normal(angle, 10)),
        half_width_deg=float(np.clip(rng.normal(width, 9) * grown, 26, 85)),
        middle_mm=float(rng.normal(middle, 0.08) * length),
        half_length_mm=float(rng.uniform(25, 42) * grown),
        transmurality=float(rng.uniform(0.7, 1.05) if has_core else rng.uniform(0.4, 1.0)),
        core=float(rng.uniform(0.15, 0.48)) if has_core else 1.0,
        thinning=0.0 if has_core else float(rng.uniform(0, 0.35)),
        waves=np.stack([rng.normal(0, 1, 5), rng.uniform(0, 2 * np.pi, 5), rng.normal(0, 0.03, 5)], axis=1),
    )


def centrality(infarct: Infarct, angle: Field, t: Field) -> Field:
    """How deep a place lies within the territory: 1 in its middle, 0 at its ragged rim, below outside."""
    turn = angle - np.float32(np.radians(infarct.angle_deg))
    turn = np.abs((turn + np.float32(np.pi)) % np.float32(2 * np.pi) - np.float32(np.pi))
    around = turn / np.float32(np.radians(infarct.half_width_deg))
    along = (t - np.float32(infarct.middle_mm)) / np.float32(infarct.half_length_mm)
    ragged = np.float32(0.12) * ring_noise(infarct.waves, angle, t, 2)
    return np.asarray(1 - np.hypot(around, along) + ragged, np.float32)


def thinning_at(infarct: Infarct, inside: Field) -> Field:
    """Share by which the wall is thinned, given the centrality."""
    return np.asarray(np.float32(infarct.thinning) * np.clip(inside / np.float32(0.4), 0, 1), np.float32)


def infarct_distances(infarct: Infarct, wall: Wall, t: Field) -> tuple[Field, Field]:
    """Signed distances (below 0 inside, about millimetres) of the whole infarct and of its dark core."""
    inside = centrality(infarct, wall.angle, t)
    reach = np.float32(infarct.transmurality) * np.clip(inside / np.float32(0.3), 0, 1) ** np.float32(0.5)
    edge = reach * (1 + np.float32(0.08) * ring_noise(infarct.waves[::-1], wall.angle, t, 4))
    breadth = np.float32(0.6 * infarct.half_length_mm)
    outwards = (wall.depth - edge) * wall.thickness
    whole = np.maximum(outwards, -inside * breadth)
    if not infarct.has_core:
        return whole, np.full_like(whole, 1e3)
    # a thin bright rim stays on both sides of the core
    core = np.maximum(
        np.maximum((wall.depth - np.float32(0.72) * edge) * wall.thickness, np.float32(1.0) - wall.inner),
        (np.float32(infarct.core) - inside) * breadth,
    )
    return whole, np.maximum(core, whole)
