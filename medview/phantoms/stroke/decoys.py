"""What looks like a fresh lesion on one map or another and is none.

Old infarcts and lacunes (fluid, little flow), white matter disease, choroid plexus, a narrowed carotid artery
whose whole hemisphere fills late, and the false diffusion near air-filled bone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Field, ellipsoid, smooth_step

OLD_ADC, OLD_HU = 2100.0, 13.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Tissue:
    """What a scanner measures, each (I, J, K) in single precision.

    Args:
        cbf: Blood flow, mL per 100 mL and minute.
        cbv: Blood volume, mL per 100 mL.
        delay_s: Delay of the bolus after the arteries of the neck.
        dispersion_s: Time constant of its dispersion.
        adc: Apparent diffusion coefficient, 10^-6 mm^2/s.
        hu: X-ray density.
    """

    cbf: Field
    cbv: Field
    delay_s: Field
    dispersion_s: Field
    adc: Field
    hu: Field


def add_decoys(
    tissue: Tissue,
    frame: HeadFrame,
    parenchyma: Field,
    margins: dict[str, Field],
    rng: np.random.Generator,
) -> tuple[Tissue, dict[str, Any]]:
    """Draw and paint decoys; gives the tissue with them and what was drawn."""
    old = int(rng.choice(4, p=(0.4, 0.3, 0.2, 0.1)))
    for _ in range(old):
        tissue = _old_infarct(tissue, frame, parenchyma, rng)
    disease = float(rng.uniform(0, 1)) * float(rng.random() < 0.6)
    tissue = _white_matter_disease(tissue, frame, disease, rng)
    tissue = _choroid(tissue, frame)
    narrowed = str(rng.choice(("none", "left", "right"), p=(0.6, 0.2, 0.2)))
    if narrowed != "none":
        tissue = _narrow_carotid(tissue, frame, margins, narrowed, rng)
    tissue = _false_diffusion(tissue, frame, rng)
    told = {"old_infarcts": old, "white_matter_disease": round(disease, 2), "narrowed_carotid": narrowed}
    return tissue, told


def _old_infarct(tissue: Tissue, frame: HeadFrame, parenchyma: Field, rng: np.random.Generator) -> Tissue:
    places = np.argwhere(parenchyma > 0.9)
    i, j, k = places[rng.integers(len(places))]
    x, y, z = frame.refined()
    centre = (float(x[i, j, k]), float(y[i, j, k]), float(z[i, j, k]))
    radii = rng.uniform(3, 9, 3)
    hole = ellipsoid((x, y, z), centre, (float(radii[0]), float(radii[1]), float(radii[2])))
    rough = hole + frame.grid.refine(frame.grid.noise(rng, 9.0))
    share = smooth_step(np.asarray(rough, np.float32), 1.5, -1.5)
    return replace(
        tissue,
        cbf=tissue.cbf * (1 - 0.85 * share),
        cbv=tissue.cbv * (1 - 0.75 * share),
        delay_s=tissue.delay_s + np.float32(rng.uniform(0.5, 2.0)) * share,
        adc=tissue.adc + np.maximum(OLD_ADC - tissue.adc, 0) * share,
        hu=tissue.hu + np.minimum(OLD_HU - tissue.hu, 0) * share,
    )


def _white_matter_disease(
    tissue: Tissue, frame: HeadFrame, degree: float, rng: np.random.Generator
) -> Tissue:
    """A frayed halo around the lateral ventricles."""
    x, y, z = frame.canonical
    halo = ellipsoid((np.abs(x), y, z), (19, -8, 22), (13, 46, 12)) + 4 * frame.grid.noise(rng, 18.0)
    covered = frame.grid.refine(smooth_step(np.asarray(halo, np.float32), 3, -3))
    share = np.float32(degree) * np.clip(covered, 0, 1)
    return replace(
        tissue,
        cbf=tissue.cbf * (1 - 0.25 * share),
        cbv=tissue.cbv * (1 - 0.15 * share),
        delay_s=tissue.delay_s + np.float32(0.7) * share,
        adc=tissue.adc * (1 + 0.25 * share),
        hu=tissue.hu - 4 * share,
    )


def _choroid(tissue: Tissue, frame: HeadFrame) -> Tissue:
    x, y, z = frame.canonical
    plexus = ellipsoid((np.abs(x), y, z), (23, -42, 9), (3.5, 5, 5))
    body = np.clip(frame.grid.refine(smooth_step(plexus, 1.2, -1.2)), 0, 1)
    rest = 1 - body
    return replace(
        tissue,
        cbf=tissue.cbf * rest + 85 * body,
        cbv=tissue.cbv * rest + 9 * body,
        adc=tissue.adc * rest + 1300 * body,
        hu=tissue.hu * rest + 42 * body,
    )


def _narrow_carotid(
    tissue: Tissue, frame: HeadFrame, margins: dict[str, Field], side: str, rng: np.random.Generator
) -> Tissue:
    """Everything that one carotid feeds fills late and flows a little less; nothing dies of it."""
    fed = np.maximum(margins[f"{side} MCA"], margins[f"{side} ACA"])
    share = np.clip(frame.grid.refine(smooth_step(np.asarray(fed, np.float32), -6, 8)), 0, 1)
    late, less = np.float32(rng.uniform(1.0, 3.2)), np.float32(rng.uniform(0.03, 0.2))
    return replace(
        tissue,
        cbf=tissue.cbf * (1 - less * share),
        cbv=tissue.cbv * (1 + less * share),
        delay_s=tissue.delay_s + late * share,
        dispersion_s=tissue.dispersion_s + np.float32(0.3) * late * share,
    )


def _false_diffusion(tissue: Tissue, frame: HeadFrame, rng: np.random.Generator) -> Tissue:
    """Echo-planar images lose signal above nose and ear: diffusion and flow read too low there."""
    x, y, z = frame.canonical
    places = (((0, 42, -24), (18, 16, 9)), ((46, -20, -32), (14, 20, 9)), ((-46, -20, -32), (14, 20, 9)))
    lost = np.zeros_like(x)
    for centre, radii in places:
        near = smooth_step(ellipsoid((x, y, z), centre, radii), 5, -5)
        lost = np.maximum(lost, np.float32(rng.uniform(0.0, 0.9)) * near)
    spots = smooth_step(frame.grid.noise(rng, 12.0), 0.2, 1.6)
    share = np.clip(frame.grid.refine(np.asarray(lost * spots, np.float32)), 0, 1)
    return replace(tissue, adc=tissue.adc * (1 - 0.5 * share), cbf=tissue.cbf * (1 - 0.4 * share),
                   cbv=tissue.cbv * (1 - 0.4 * share))  # fmt: skip
