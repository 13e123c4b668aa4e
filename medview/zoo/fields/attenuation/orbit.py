"""A source and a flat detector that turn about the patient's long axis: where each ray starts and goes.

Millimetres in axes parallel to right, anterior, superior, with the centre of the scan as origin. View 0 looks
from front to back; the source turns towards the patient's right, as seen from above the head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry

Floats = NDArray[np.float64]
_CLEARANCE = 1.05
"""The source keeps so much more than the scan's radius from the axis."""


@dataclass(frozen=True, kw_only=True)
class Orbit:
    """A scan by radiographs.

    Args:
        views: Number of radiographs.
        arc_deg: Equally spaced over so much, the end left out.
        columns: Pixels of the detector around the axis.
        rows: Pixels along the axis.
        pitch_mm: Side of a pixel.
        source_axis_mm: From the source to the axis; infinite for parallel rays.
        source_detector_mm: From the source to the detector; of no meaning for parallel rays.
        start_deg: Angle of the first view.
    """

    views: int
    arc_deg: float
    columns: int
    rows: int
    pitch_mm: float
    source_axis_mm: float = math.inf
    source_detector_mm: float = math.inf
    start_deg: float = 0.0

    @property
    def is_parallel(self) -> bool:
        """Whether the source is infinitely far away."""
        return math.isinf(self.source_axis_mm)

    @property
    def angles(self) -> Floats:
        """Of all views, in radians."""
        return np.radians(self.start_deg + self.arc_deg * np.arange(self.views) / self.views)

    def rays(self, view: int) -> tuple[Floats, Floats]:
        """Starts (rows * columns, 3) and unit directions of the rays through all pixels of one view."""
        towards_source, across = self._axes(view)
        along = np.array([0.0, 0.0, 1.0])
        column = (np.arange(self.columns) - (self.columns - 1) / 2) * self.pitch_mm
        row = (np.arange(self.rows) - (self.rows - 1) / 2) * self.pitch_mm
        plane = (row[:, None, None] * along + column[None, :, None] * across).reshape(-1, 3)
        if self.is_parallel:
            return plane, np.broadcast_to(-towards_source, plane.shape)
        source = self.source_axis_mm * towards_source
        pixels = plane - (self.source_detector_mm - self.source_axis_mm) * towards_source
        lines = pixels - source
        starts = np.broadcast_to(source, lines.shape)
        return starts, lines / np.linalg.norm(lines, axis=1, keepdims=True)

    def _axes(self, view: int) -> tuple[Floats, Floats]:
        """Towards the source, and along the detector's rows."""
        angle = self.angles[view]
        sine, cosine = math.sin(angle), math.cos(angle)
        return np.array([sine, cosine, 0.0]), np.array([cosine, -sine, 0.0])


def orbit_around(
    geometry: Geometry, *, views: int, arc_deg: float, columns: int, distances_mm: tuple[float, float] | None
) -> Orbit:
    """An orbit whose detector sees the whole scan from everywhere.

    Args:
        geometry: Of the scan.
        views: Number of radiographs.
        arc_deg: Arc of the orbit.
        columns: Pixels of the detector around the axis; those along it follow, with square pixels.
        distances_mm: From the source to the axis and to the detector; None for parallel rays.

    Raises:
        InputRefused: The source would lie in the scan, or the detector would.
    """
    radius, half_height = reach_mm(geometry)
    if distances_mm is None:
        width, height = 2 * radius, 2 * half_height
        source_axis = source_detector = math.inf
    else:
        source_axis, source_detector = distances_mm
        _demand_room(radius, source_axis, source_detector)
        width = 2 * source_detector * radius / math.sqrt(source_axis**2 - radius**2)
        height = 2 * source_detector * half_height / (source_axis - radius)
    pitch = width / columns
    return Orbit(
        views=views,
        arc_deg=arc_deg,
        columns=columns,
        rows=max(1, math.ceil(height / pitch)),
        pitch_mm=pitch,
        source_axis_mm=source_axis,
        source_detector_mm=source_detector,
    )


def reach_mm(geometry: Geometry) -> tuple[float, float]:
    """Largest distance of the scan's corners from the axis through its centre, and along it."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    offsets = (corners * geometry.shape) @ geometry.ras_from_ijk[:3, :3].T
    return float(np.hypot(offsets[:, 0], offsets[:, 1]).max()), float(np.abs(offsets[:, 2]).max())


def _demand_room(radius: float, source_axis: float, source_detector: float) -> None:
    title, needed = "Cannot simulate radiographs", radius * _CLEARANCE
    if source_axis < needed:
        detail = f"the source would turn through the scan, which reaches {radius:.0f} mm from the axis"
        raise InputRefused(title, detail, f"Set the distance of the source to {needed:.0f} mm or more.")
    if source_detector < source_axis + radius:
        raise InputRefused(
            title,
            "the detector would stand in the scan",
            f"Set the distance from source to detector to {source_axis + radius:.0f} mm or more.",
        )
