"""What a run of the attenuation field is told, and the sizes that follow from it; no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medview.core.geometry import Geometry
from medview.zoo.fields.attenuation.orbit import Orbit, orbit_around

CONE, PARALLEL = "cone", "parallel"
DENSE, PLANES, HASH = "dense", "planes", "hash"
_LEAST_SAMPLES = 32


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The parameters of a run; see the spec for what they mean."""

    views: int
    arc_deg: float
    beam: str
    source_axis_mm: float
    source_detector_mm: float
    columns: int
    photons: float
    encoding: str
    levels: int
    steps: int
    rays: int
    adam_rate: float
    sweeps: int

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Settings:
        """From the checked parameters of a request."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__})

    def orbit(self, geometry: Geometry) -> Orbit:
        """The orbit of source and detector about a scan; InputRefused where they do not pass it."""
        distances = None if self.beam == PARALLEL else (self.source_axis_mm, self.source_detector_mm)
        return orbit_around(
            geometry,
            views=self.views,
            arc_deg=self.arc_deg,
            columns=self.columns,
            distances_mm=distances,
        )


def resolution_mm(orbit: Orbit) -> float:
    """Side of a detector's pixel, seen at the axis: what the radiographs can tell apart."""
    if orbit.is_parallel:
        return orbit.pitch_mm
    return orbit.pitch_mm * orbit.source_axis_mm / orbit.source_detector_mm


def cells(geometry: Geometry, orbit: Orbit) -> tuple[int, int, int]:
    """Cells along each axis, of about the radiographs' resolution, and never finer than the scan."""
    size = resolution_mm(orbit)
    i, j, k = (
        max(2, min(count, math.ceil(count * float(mm) / size)))
        for count, mm in zip(geometry.shape, geometry.spacing_mm, strict=True)
    )
    return i, j, k


def samples_per_ray(geometry: Geometry, orbit: Orbit) -> int:
    """Points on a ray: as many as there are cells along the longest side of the grid."""
    return max(_LEAST_SAMPLES, max(cells(geometry, orbit)))
