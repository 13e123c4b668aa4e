"""An occluded artery: how far the flow falls where, which tissue dies, and how late blood arrives.

A severity field rises from 0 at the border of the territory to its height around a centre. It is scaled so
that 1 encloses the core, whose volume is drawn. With severity u, the flow that is left is

    f = 1 - (1 - f_core) u^p  for u < 1,   f_core exp(-k (u - 1))  beyond,   f_core = 0.3

(the core rule of perfusion software: flow below 30 % of normal; Campbell et al., Stroke 42:3435, 2011).
Volume rises by up to a quarter where vessels dilate and falls where they collapse. Delay and dispersion
rise with u up to 1: late arrival does not tell dead tissue from threatened one. Diffusion falls where flow is
below the threshold. Clots that went further leave small cores beside the large one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.fields import axis_positions
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Field, Point
from medview.phantoms.stroke.decoys import Tissue
from medview.phantoms.stroke.territories import TERRITORIES

CORE_FLOW = 0.3
_CHANCES = {"ACA": 0.15, "MCA": 0.65, "PCA": 0.2}
_FLOW_KNOTS = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)
_VOLUME_KNOTS = (0.1, 0.4, 0.95, 1.25, 1.1, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Occlusion:
    """One occlusion.

    Args:
        territory: Such as ``"left MCA"``.
        site: ``"proximal"`` (most of the territory suffers) or ``"distal"`` (a branch).
        centre_ras: Where flow is lowest.
        reach_mm: Distance from the centre at which severity has fallen to about a third.
        core_ml: Volume that was aimed at.
        shape: Powers p and q, and the slope k, of flow and delay against severity.
        delay_s: Extra delay where the core begins.
        adc_drop: Part of its diffusion that dead tissue loses.
        water_hu: Density that dead tissue loses by taking up water.
        severity: (I, J, K), 1 where the core begins.
        emboli: Number of small cores beside the large one, from clots that went further.
    """

    territory: str
    site: str
    centre_ras: Point
    reach_mm: float
    core_ml: float
    shape: tuple[float, float, float]
    delay_s: float
    adc_drop: float
    water_hu: float
    severity: Field
    emboli: int


def draw_occlusion(
    frame: HeadFrame, parenchyma: Field, margins: dict[str, Field], rng: np.random.Generator
) -> Occlusion:
    """Draw side, artery, site and size, and spread the severity.

    Args:
        frame: Where the brain lies.
        parenchyma: Share (I, J, K) of brain tissue.
        margins: Of every territory, on the coarse grid.
        rng: Source of all draws.
    """
    weights = np.array([_CHANCES[name.split()[1]] for name in TERRITORIES]) / 2
    territory = TERRITORIES[int(rng.choice(len(TERRITORIES), p=weights))]
    inside = frame.grid.refine(margins[territory])
    is_proximal = bool(rng.random() < 0.5)
    reach = float(rng.uniform(34, 55) if is_proximal else rng.uniform(18, 32))
    centre = _draw_centre(frame, parenchyma * (inside > (6 if is_proximal else 2)), rng)
    raw = _spread(frame, inside, centre, reach, rng)
    voxel_ml = float(np.prod(frame.grid.fine.spacing_mm)) / 1000
    wanted = float(np.exp(rng.uniform(np.log(0.008), np.log(0.1)))) * float(parenchyma.sum())
    level, voxels = _level(raw, parenchyma, wanted)
    emboli = int(rng.choice(5, p=(0.4, 0.25, 0.15, 0.1, 0.1)))
    return Occlusion(
        territory=territory,
        site="proximal" if is_proximal else "distal",
        centre_ras=centre,
        reach_mm=reach,
        core_ml=voxels * voxel_ml,
        shape=(float(rng.uniform(1.3, 2.6)), float(rng.uniform(0.4, 1.6)), float(rng.uniform(0.8, 2.5))),
        delay_s=float(rng.uniform(2.5, 7.0)),
        adc_drop=float(rng.uniform(0.15, 0.42)),
        water_hu=float(rng.uniform(1.0, 5.0)),
        severity=_with_emboli(frame, raw / np.float32(level), parenchyma * (inside > 0), emboli, rng),
        emboli=emboli,
    )


def _draw_centre(frame: HeadFrame, eligible: Field, rng: np.random.Generator) -> Point:
    places = np.argwhere(eligible > 0.9)
    place = places[rng.integers(len(places))]
    x, y, z = (float(axis_positions(frame.grid.fine, a)[place[a]]) for a in range(3))
    return x, y, z


def _spread(
    frame: HeadFrame,
    inside: Field,
    centre: tuple[float, float, float],
    reach: float,
    rng: np.random.Generator,
) -> Field:
    """Severity before scaling: high near the centre, 0 outside the territory, winding borders."""
    axes = [axis_positions(frame.grid.fine, a).astype(np.float32) - np.float32(centre[a]) for a in range(3)]
    r2 = axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2][None, None, :] ** 2
    grid = frame.grid
    winding = grid.refine(0.2 * grid.noise(rng, 28.0) + 0.13 * grid.noise(rng, 13.0))
    profile = np.exp(-r2 / np.float32(reach**2)) * np.exp(winding)
    border = 1 / (1 + np.exp(-inside / np.float32(2.5)))
    return np.asarray(profile * border, np.float32)


def _with_emboli(
    frame: HeadFrame, severity: Field, eligible: Field, count: int, rng: np.random.Generator
) -> Field:
    """Severity with small round cores of 3 to 6 mm radius added."""
    for _ in range(count):
        x, y, z = _draw_centre(frame, eligible, rng)
        axes = [axis_positions(frame.grid.fine, a) - at for a, at in enumerate((x, y, z))]
        r2 = axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2][None, None, :] ** 2
        small = 1.8 * np.exp(-r2 * np.log(1.8) / rng.uniform(3, 6) ** 2)
        severity = np.maximum(severity, small)
    return np.asarray(severity, np.float32)


def _level(raw: Field, parenchyma: Field, wanted: float) -> tuple[float, float]:
    """The severity that encloses a wanted number of voxels of tissue, and the number it does enclose."""
    is_tissue = parenchyma > 0.5
    ordered = np.sort(raw[is_tissue])[::-1]
    count = min(round(wanted), int((ordered > 0.25 * ordered[0]).sum()))
    return float(ordered[count - 1]), float(count)


def starve(
    tissue: Tissue, frame: HeadFrame, parenchyma: Field, occlusion: Occlusion, rng: np.random.Generator
) -> tuple[Tissue, NDArray[np.bool_]]:
    """Let an occlusion act; gives the tissue afterwards and the core."""
    p, q, k = occlusion.shape
    u = occlusion.severity
    left = remaining_flow(u, p, k)
    grid = frame.grid
    volume = np.interp(left, _FLOW_KNOTS, _VOLUME_KNOTS).astype(np.float32)
    late = np.float32(occlusion.delay_s) * np.minimum(u, 1.0) ** np.float32(q)
    # diffusion falls a little before or after the flow threshold: it is no exact copy of the label
    fray = grid.refine(grid.noise(rng, 11.0))
    dead = 1 / (1 + np.exp((left - CORE_FLOW * (1 + 0.22 * fray)) / np.float32(0.03)))
    patchy = np.clip(1 + 0.22 * grid.refine(grid.noise(rng, 16.0)), 0.3, 1.5)
    drop = np.float32(occlusion.adc_drop) * dead * patchy * np.minimum(parenchyma * 1.2, 1)
    starved = Tissue(
        cbf=np.asarray(tissue.cbf * left, np.float32),
        cbv=np.asarray(tissue.cbv * volume, np.float32),
        delay_s=np.asarray(tissue.delay_s + late, np.float32),
        dispersion_s=np.asarray(tissue.dispersion_s + 0.3 * late, np.float32),
        adc=np.asarray(tissue.adc * (1 - drop), np.float32),
        hu=np.asarray(tissue.hu - np.float32(occlusion.water_hu) * dead * parenchyma, np.float32),
    )
    return starved, _core(u, parenchyma)


def remaining_flow(severity: Field, power: float, slope: float) -> Field:
    """The part of normal flow that is left at a severity, 0 to 1."""
    below = 1 - (1 - CORE_FLOW) * np.minimum(severity, 1) ** np.float32(power)
    beyond = CORE_FLOW * np.exp(-np.float32(slope) * np.maximum(severity - 1, 0))
    return np.asarray(np.where(severity < 1, below, beyond), np.float32)


def _core(severity: Field, parenchyma: Field) -> NDArray[np.bool_]:
    """Dead tissue as a person outlines it: thin sulci within belong to it, specks do not."""
    from scipy import ndimage

    core = ndimage.binary_closing((severity >= 1) & (parenchyma > 0.5))
    pieces, _ = ndimage.label(core)
    sizes = np.bincount(pieces.ravel())
    kept = sizes >= 8
    kept[0] = False
    return np.asarray(kept[pieces])
