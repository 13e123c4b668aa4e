"""What scanners and their perfusion software make of a patient: maps on thick slices, with noise.

Each voxel of the thick grid is one compartment: flow and volume are means over it, delay and dispersion means
weighted by flow. The maps follow from `medview.phantoms.stroke.tracer`. Noise is that of a measurement:
MTT is the quotient of the noisy volume and flow, times are less certain where little blood is, and
come in steps of the frame time; software cuts every map off at a ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.phantoms.shapes import Field
from medview.phantoms.stroke.decoys import Tissue
from medview.phantoms.stroke.patient import Patient
from medview.phantoms.stroke.tracer import ARRIVAL_S, measured_flow, residue_peak_s, tissue_peak_s

SLICE_STEPS = 2.5
"""Thickness of a slice in cubic voxels of the patient: 5 mm of 2 mm."""
MARGIN = 4
TMAX_PENUMBRA_S = 6.0
_LEAST_CBV = 0.05


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """How a scanner measures and its software reports.

    Args:
        adc_noise: Standard deviation of ADC, 10^-6 mm^2/s.
        hu_noise: Standard deviation of CT, HU.
        flow_noise: Relative standard deviation of CBF and CBV.
        time_noise_s: Standard deviation of TTP and Tmax where blood is plenty.
        blur: Standard deviation, in pixels, of the in-plane smoothing of perfusion maps.
        frame_s: Time between images.
        gain: Factor of relative CBF and CBV.
        ceilings: Largest CBF, CBV, MTT and Tmax that the software writes (CBF, CBV before the gain).
        offset_s: When the series begins, which shifts TTP.
    """

    adc_noise: float = 65.0
    hu_noise: float = 2.2
    flow_noise: float = 0.3
    time_noise_s: float = 1.5
    blur: float = 1.0
    frame_s: float = 1.5
    gain: float = 1.0
    ceilings: tuple[float, float, float, float] = (150.0, 20.0, 25.0, 20.0)
    offset_s: float = 0.0


STANDARD = Scanner()


def random_scanner(rng: np.random.Generator) -> Scanner:
    """A scanner of its own: noise, smoothing, frame time, ceilings and gain drawn at random."""
    ceilings = [float(value * np.exp(rng.normal(0, 0.2))) for value in STANDARD.ceilings]
    return Scanner(
        adc_noise=float(rng.uniform(40, 100)),
        hu_noise=float(rng.uniform(1.5, 3.0)),
        flow_noise=float(rng.uniform(0.15, 0.45)),
        time_noise_s=float(rng.uniform(0.8, 2.2)),
        blur=float(rng.uniform(0.6, 1.4)),
        frame_s=float(rng.uniform(1.0, 2.0)),
        gain=float(np.exp(rng.normal(0, 0.5))),
        ceilings=(ceilings[0], ceilings[1], ceilings[2], ceilings[3]),
        offset_s=float(rng.uniform(-4, 6)),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Maps:
    """Maps and labels on one thick-slice grid.

    Args:
        geometry: The grid, cut to the brain.
        images: Float32 (I, J, K) by role: adc, ncct, cbf, cbv, mtt, ttp, tmax; 0 outside the brain.
        lesion: uint8, 1 where at least half of a voxel is core.
        penumbra: uint8, 1 where Tmax without noise exceeds 6 s in brain that is no lesion.
    """

    geometry: Geometry
    images: dict[str, Field]
    lesion: NDArray[np.uint8]
    penumbra: NDArray[np.uint8]


def scan(patient: Patient, scanner: Scanner, rng: np.random.Generator) -> Maps:
    """Measure a patient: the same bits for the same arguments and state of `rng`."""
    box, thick, geometry = _thick_grid(patient)
    tissue = _thickened(patient.tissue, box, thick)
    brain = (patient.brain[box].astype(np.float32) @ thick) >= 0.5
    lesion = (patient.core[box].astype(np.float32) @ thick >= 0.5) & brain
    mtt = _transit_s(tissue)
    late: Field = tissue.delay_s + residue_peak_s(mtt, tissue.dispersion_s)
    penumbra = (late > TMAX_PENUMBRA_S) & (tissue.cbv > 1.0) & brain & ~lesion
    images = _structure(tissue, scanner, rng) | _perfusion(tissue, mtt, late, scanner, rng)
    return Maps(
        geometry=geometry,
        images={role: np.asarray(image * brain, np.float32) for role, image in images.items()},
        lesion=lesion.astype(np.uint8),
        penumbra=penumbra.astype(np.uint8),
    )


def _transit_s(tissue: Tissue) -> Field:
    """Mean transit time in seconds by the central volume theorem; finite where there is no blood."""
    least = np.float32(_LEAST_CBV)
    quotient = np.maximum(tissue.cbv, least) / np.maximum(tissue.cbf, least)
    return np.asarray(quotient * np.float32(60), np.float32)


def _structure(tissue: Tissue, scanner: Scanner, rng: np.random.Generator) -> dict[str, Field]:
    adc = tissue.adc + np.float32(scanner.adc_noise) * (0.6 + 0.5 * tissue.adc / 1000) * _normal(tissue, rng)
    hu = tissue.hu + _smooth(_normal(tissue, rng), 0.7) * np.float32(scanner.hu_noise)
    return {"adc": np.rint(np.clip(adc, 1, 4000)), "ncct": np.rint(np.clip(hu, 1, 90))}


def _perfusion(
    tissue: Tissue, mtt: Field, late: Field, scanner: Scanner, rng: np.random.Generator
) -> dict[str, Field]:
    most_flow, most_volume, most_mtt, most_tmax = scanner.ceilings
    noise = np.float32(scanner.flow_noise)

    def measured(values: Field, floor: float) -> Field:
        noisy: Field = _smooth(values, scanner.blur) * (
            1 + noise * _smooth(_normal(tissue, rng), scanner.blur)
        )
        return np.maximum(noisy + np.float32(floor) * noise * _normal(tissue, rng), np.float32(0))

    flow = measured(measured_flow(tissue.cbf, mtt, tissue.dispersion_s), 8.0)
    volume = measured(tissue.cbv, 0.8)
    residence = np.clip(volume / np.maximum(flow, 0.5) * 60, 0, most_mtt)
    sure = _smooth(tissue.cbv, scanner.blur)
    doubt = np.float32(scanner.time_noise_s) * (1 + 4 * np.exp(-sure / 0.9))

    def timed(values: Field) -> Field:
        noisy = _smooth(values, scanner.blur) + doubt * _smooth(_normal(tissue, rng), scanner.blur)
        return np.asarray(np.rint(noisy / scanner.frame_s) * scanner.frame_s, np.float32)

    peak = ARRIVAL_S + scanner.offset_s + tissue.delay_s + tissue_peak_s(mtt, tissue.dispersion_s)
    return {
        "cbf": np.clip(flow, 0, most_flow) * np.float32(scanner.gain),
        "cbv": np.clip(volume, 0, most_volume) * np.float32(scanner.gain),
        "mtt": residence,
        "ttp": np.clip(timed(peak), 0, 60),
        "tmax": np.clip(timed(late), 0, most_tmax),
    }


def _normal(tissue: Tissue, rng: np.random.Generator) -> Field:
    return rng.standard_normal(tissue.cbf.shape, dtype=np.float32)


def _smooth(image: Field, sigma: float) -> Field:
    """In-plane smoothing by a Gaussian of `sigma` pixels."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(image, (sigma, sigma, 0), truncate=3), np.float32)


def _thickened(tissue: Tissue, box: tuple[slice, slice, slice], thick: Field) -> Tissue:
    """Means over thick slices; of times, weighted by flow."""
    flow = tissue.cbf[box] @ thick
    weight = tissue.cbf[box] + np.float32(0.5)
    total = weight @ thick

    def mean(values: Field) -> Field:
        return np.asarray(values[box] @ thick, np.float32)

    def timed(values: Field) -> Field:
        return np.asarray((values[box] * weight) @ thick / total, np.float32)

    return replace(
        tissue,
        cbf=flow,
        cbv=mean(tissue.cbv),
        delay_s=timed(tissue.delay_s),
        dispersion_s=timed(tissue.dispersion_s),
        adc=mean(tissue.adc),
        hu=mean(tissue.hu),
    )


def _thick_grid(patient: Patient) -> tuple[tuple[slice, slice, slice], Field, Geometry]:
    """The box around the brain, the weights (K, slices) of thick slices, and their grid."""
    spans = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        held = np.flatnonzero(patient.brain.any(axis=others))
        margin = MARGIN if axis < 2 else 0
        size = patient.brain.shape[axis]
        spans.append(slice(max(0, int(held[0]) - margin), min(size, int(held[-1]) + 1 + margin)))
    box = (spans[0], spans[1], spans[2])
    depth = spans[2].stop - spans[2].start
    slices = int(depth / SLICE_STEPS)
    edges = np.arange(depth + 1)
    starts = np.arange(slices)[None, :] * SLICE_STEPS
    overlap = np.minimum(edges[1:, None], starts + SLICE_STEPS) - np.maximum(edges[:-1, None], starts)
    thick = np.asarray(np.clip(overlap, 0, 1) / SLICE_STEPS, np.float32)
    matrix = patient.geometry.ras_from_ijk.copy()
    first = np.array([spans[0].start, spans[1].start, spans[2].start + (SLICE_STEPS - 1) / 2, 1.0])
    matrix[:, 3] = matrix @ first
    matrix[:, 2] *= SLICE_STEPS
    shape = (spans[0].stop - spans[0].start, spans[1].stop - spans[1].start, slices)
    return box, thick, Geometry(shape, matrix)
