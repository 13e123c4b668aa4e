"""The two studies of a stroke patient: maps of MR and maps of CT, by role, with their reference labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medview.core.volume import Source, Volume, value_range
from medview.phantoms.head.anatomy import Progress
from medview.phantoms.shapes import Field
from medview.phantoms.stroke.maps import SLICE_STEPS, STANDARD, Maps, Scanner, scan
from medview.phantoms.stroke.patient import Patient, make_patient
from medview.phantoms.stroke.supply import SUPPLIES
from medview.phantoms.study import Labels, Study, StudySpec

STROKE_MR = StudySpec(
    name="stroke-mr",
    title="Acute stroke, MR maps",
    summary="A synthetic patient with an occluded cerebral artery: ADC, rCBF, rCBV, MTT, TTP and Tmax.",
)
STROKE_CT = StudySpec(
    name="stroke-ct",
    title="Acute stroke, CT maps",
    summary="The same patients on CT: plain CT, CBF, CBV, MTT and Tmax.",
)
DEFAULT_SPACING_MM = 2.0
LESION = (1, "ischaemic lesion", (225, 40, 40))
PENUMBRA = (1, "penumbra", (240, 190, 60))


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One map of a study.

    Args:
        role: Key of the volume in the study.
        source: Which of the measured maps it is.
        title: What the volume is called.
        modality: Word that models and people use.
        value_unit: Unit of the numbers.
    """

    role: str
    source: str
    title: str
    modality: str
    value_unit: str = ""


MR_CHANNELS: tuple[Channel, ...] = (
    Channel(role="adc", source="adc", title="ADC", modality="ADC", value_unit="10^-6 mm2/s"),
    Channel(role="rcbf", source="cbf", title="rCBF", modality="RCBF"),
    Channel(role="rcbv", source="cbv", title="rCBV", modality="RCBV"),
    Channel(role="mtt", source="mtt", title="MTT", modality="MTT", value_unit="s"),
    Channel(role="ttp", source="ttp", title="TTP", modality="TTP", value_unit="s"),
    Channel(role="tmax", source="tmax", title="Tmax", modality="TMAX", value_unit="s"),
)
CT_CHANNELS: tuple[Channel, ...] = (
    Channel(role="ncct", source="ncct", title="NCCT", modality="CT", value_unit="HU"),
    Channel(role="cbf", source="cbf", title="CBF", modality="CBF", value_unit="mL/100mL/min"),
    Channel(role="cbv", source="cbv", title="CBV", modality="CBV", value_unit="mL/100mL"),
    Channel(role="mtt", source="mtt", title="MTT", modality="MTT", value_unit="s"),
    Channel(role="tmax", source="tmax", title="Tmax", modality="TMAX", value_unit="s"),
)


def measured(patient: Patient, kind: str, scanner: Scanner = STANDARD, stream: int = 0) -> Maps:
    """The maps of a patient, with noise that depends on seed, kind (``"mr"`` or ``"ct"``) and stream only."""
    return scan(patient, scanner, np.random.default_rng([patient.seed, 600 + (kind == "ct"), stream]))


def make_maps(
    seed: int, spacing_mm: float | None, channels: tuple[Channel, ...], progress: Progress
) -> tuple[dict[str, Volume], Maps, dict[str, Any]]:
    """Scans by role, the maps that they are of, and the facts of one study."""
    patient = make_patient(
        seed, spacing_mm or DEFAULT_SPACING_MM, lambda part, words: progress(0.95 * part, words)
    )
    progress(0.95, "Measuring perfusion")
    maps = measured(patient, "mr" if channels is MR_CHANNELS else "ct")
    volumes = {item.role: _volume(item, maps) for item in channels}
    return volumes, maps, _facts(patient, maps, channels)


def _volume(channel: Channel, maps: Maps) -> Volume:
    data: Field = np.round(maps.images[channel.source], 2)
    return Volume(
        name=f"Synthetic stroke {channel.title}",
        data=data,
        geometry=maps.geometry,
        source=Source(path=None, format="synthetic", stored=maps.geometry, dtype=str(data.dtype)),
        values=value_range(data),
        modality=channel.modality,
        value_unit=channel.value_unit,
    )


def _facts(patient: Patient, maps: Maps, channels: tuple[Channel, ...]) -> dict[str, Any]:
    voxel_ml = float(np.prod(maps.geometry.spacing_mm)) / 1000
    return {
        "seed": patient.seed,
        "spacing_mm": list(maps.geometry.spacing_mm),
        "slice_steps": SLICE_STEPS,
        "patient": patient.facts,
        "lesion_ml": round(float(maps.lesion.sum()) * voxel_ml, 2),
        "penumbra_ml": round(float(maps.penumbra.sum()) * voxel_ml, 2),
        "lesion_rule": "1 where at least half of the voxel is tissue with under 30 % of its normal flow",
        "penumbra_rule": "1 where Tmax without noise exceeds 6 s outside the lesion",
        "channels": [asdict(item) for item in channels],
        "scanner": asdict(STANDARD) | {"ceilings": list(STANDARD.ceilings)},
        "tissues": [asdict(item) | {"sources": list(item.sources)} for item in SUPPLIES],
    }


def make_stroke_mr(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    """Make a patient and the six maps of MR perfusion and diffusion; see `make_study`."""
    volumes, maps, facts = make_maps(seed, spacing_mm, MR_CHANNELS, progress)
    labels: dict[str, Labels] = {
        "lesion": (maps.lesion, maps.geometry, (LESION,)),
        "penumbra": (maps.penumbra, maps.geometry, (PENUMBRA,)),
    }
    return _study(STROKE_MR, seed, volumes, labels, facts)


def make_stroke_ct(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    """Make a patient, a plain CT and the maps of CT perfusion; see `make_study`."""
    volumes, maps, facts = make_maps(seed, spacing_mm, CT_CHANNELS, progress)
    labels: dict[str, Labels] = {"lesion": (maps.lesion, maps.geometry, (LESION,))}
    return _study(STROKE_CT, seed, volumes, labels, facts)


def _study(
    spec: StudySpec, seed: int, volumes: dict[str, Volume], labels: dict[str, Labels], facts: dict[str, Any]
) -> Study:
    return Study(
        name=spec.name, seed=seed, volumes=volumes, labels=labels, facts={"study": spec.name, **facts}
    )
