"""One patient: a brain, what an occlusion does to it, and what imitates a lesion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.phantoms.head.anatomy import Head, Progress, head_frame, make_head, tell_nobody
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Field
from medview.phantoms.stroke.decoys import Tissue, add_decoys
from medview.phantoms.stroke.occlusion import Occlusion, draw_occlusion, starve
from medview.phantoms.stroke.supply import BRAIN, membership, supply_values
from medview.phantoms.stroke.territories import supply_margins

Z_RANGE_MM = (-52.0, 90.0)
VESSEL_CBF, VESSEL_CBV = 260.0, 34.0
WATERSHED_DELAY_S = 0.9
_IN_SKULL = (*BRAIN, "csf")


@dataclass(frozen=True, eq=False, kw_only=True)
class Patient:
    """A brain with a stroke, on cubic voxels, before any scanner saw it.

    Args:
        seed: The number it was made from.
        geometry: Axis-aligned RAS grid of all arrays.
        brain: True where skull stripping leaves something.
        tissue: Flow, volume, delay, dispersion, diffusion and density of each voxel.
        core: True where flow is too low for tissue to survive: the lesion.
        facts: All that was drawn, as plain JSON values.
    """

    seed: int
    geometry: Geometry
    brain: NDArray[np.bool_]
    tissue: Tissue
    core: NDArray[np.bool_]
    facts: dict[str, Any]


def make_patient(seed: int, spacing_mm: float = 2.0, progress: Progress = tell_nobody) -> Patient:
    """Make a patient: the same bits for the same arguments.

    Args:
        seed: 0 or above; the same seed is the same head as in the study ``head-mr``.
        spacing_mm: Edge of the cubic voxels.
        progress: Told the part done (0-1) and a few words.
    """
    head = make_head(seed, spacing_mm, Z_RANGE_MM, lambda part, words: progress(0.8 * part, words))
    progress(0.8, "Closing an artery")
    frame = head_frame(seed, head.geometry)
    streams = [np.random.default_rng([seed, 500 + part]) for part in range(4)]
    margins = supply_margins(frame, streams[0])
    brain, parenchyma = brain_mask(head), head.tissue.look_up(membership(BRAIN))
    tissue = _healthy(head, frame, margins, streams[0])
    tissue, decoys = add_decoys(tissue, frame, parenchyma * brain, margins, streams[1])
    occlusion = draw_occlusion(frame, parenchyma * brain, margins, streams[2])
    tissue, core = starve(tissue, frame, parenchyma * brain, occlusion, streams[3])
    return Patient(
        seed=seed,
        geometry=head.geometry,
        brain=brain,
        tissue=tissue,
        core=core,
        facts={"occlusion": _told(occlusion), "decoys": decoys, **head.variants},
    )


def brain_mask(head: Head) -> NDArray[np.bool_]:
    """Brain and the fluid around it, as skull stripping leaves them: one piece without holes."""
    from scipy import ndimage

    inside = head.tissue.look_up(membership(_IN_SKULL)) > 0.5
    voxel = float(head.geometry.spacing_mm[0])
    steps = max(1, round(2.5 / voxel))
    pieces, _ = ndimage.label(ndimage.binary_erosion(inside, iterations=steps))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    kept = ndimage.binary_dilation(pieces == sizes.argmax(), iterations=steps + 1)
    closed = ndimage.binary_closing(np.pad(kept & inside, 3), iterations=2)[3:-3, 3:-3, 3:-3]
    return np.asarray(ndimage.binary_fill_holes(closed))


def _healthy(head: Head, frame: HeadFrame, margins: dict[str, Field], rng: np.random.Generator) -> Tissue:
    flow, volume, adc, hu = (head.tissue.look_up(supply_values(name)) for name in ("cbf", "cbv", "adc", "hu"))
    scale = np.float32(rng.uniform(0.85, 1.15))
    grid = frame.grid
    slow, fine = grid.refine(grid.noise(rng, 50.0)), grid.refine(grid.noise(rng, 14.0))
    vary = np.exp(0.06 * slow + 0.06 * fine)
    nearest = np.maximum.reduce(list(margins.values()))
    watershed = grid.refine(np.asarray(np.exp(-((np.maximum(nearest, 0) / 7) ** 2)), np.float32))
    white = head.tissue.fraction_of("white matter")
    delay = 0.5 + 0.5 * white + 0.25 * slow + WATERSHED_DELAY_S * watershed
    vessels = head.vessels
    return Tissue(
        cbf=np.asarray(flow * scale * vary * (1 - vessels) + VESSEL_CBF * vessels, np.float32),
        cbv=np.asarray(volume * np.sqrt(scale * vary) * (1 - vessels) + VESSEL_CBV * vessels, np.float32),
        delay_s=np.asarray(np.maximum(delay, 0), np.float32),
        dispersion_s=np.asarray(0.45 + 0.2 * white + 0.07 * fine, np.float32).clip(0.2),
        adc=np.asarray(adc * (1 + 0.02 * fine), np.float32),
        hu=hu,
    )


def _told(occlusion: Occlusion) -> dict[str, Any]:
    return {
        "territory": occlusion.territory,
        "site": occlusion.site,
        "centre_ras_mm": [round(value, 1) for value in occlusion.centre_ras],
        "reach_mm": round(occlusion.reach_mm, 1),
        "core_ml": round(occlusion.core_ml, 1),
        "emboli": occlusion.emboli,
        "adc_drop": round(occlusion.adc_drop, 3),
    }
