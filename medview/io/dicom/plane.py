"""The brick of every DICOM volume: one plane of pixels and where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
AXIAL: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Plane:
    """One frame of a file (or one tile of a mosaic frame) in the patient.

    Args:
        path: The file.
        frame: Number of the frame in the file, from 0.
        corner: Row and column of the first pixel in a mosaic; None where the frame is the plane.
        rows: Number of rows.
        columns: Number of columns.
        position_lps: Centre of the first pixel, millimetres to the left, posterior, superior.
        axes_lps: Direction along a row, then along a column (six numbers).
        pixel_mm: Distance between rows, then between columns.
        depth_mm: Distance to the next slice as the file states it; None where it does not.
        slope: Factor from stored number to value.
        intercept: Value of stored zero.
        traits: What tells planes at the same place apart (echo, kind …), as names and words.
        order: Sorting keys along time, most telling first.
        time_s: Time of this plane, seconds from any zero; None where unknown.
        is_placed: Whether the file states where the plane lies.
        uid: Identifier of the image; the same only for copies.
    """

    path: Path
    frame: int
    rows: int
    columns: int
    position_lps: tuple[float, ...]
    axes_lps: tuple[float, ...]
    pixel_mm: tuple[float, float]
    depth_mm: float | None = None
    slope: float = 1.0
    intercept: float = 0.0
    corner: tuple[int, int] | None = None
    traits: tuple[tuple[str, str], ...] = ()
    order: tuple[float, ...] = ()
    time_s: float | None = None
    is_placed: bool = True
    uid: str = ""

    @property
    def normal_lps(self) -> Vector:
        """Unit vector across the plane, right-handed with rows and columns."""
        normal = np.cross(self.axes_lps[:3], self.axes_lps[3:])
        return np.asarray(normal / np.linalg.norm(normal), float)

    @property
    def distance_mm(self) -> float:
        """Position along the normal."""
        return float(self.normal_lps @ np.asarray(self.position_lps))

    def trait(self, name: str) -> str:
        """The words under this name; empty where there are none."""
        return dict(self.traits).get(name, "")


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """What the header of one file says about its pixels.

    Args:
        path: The file.
        planes: Its planes, in the order of the file.
        series_uid: Series that it belongs to.
        series_number: Number of the series; None where not stated.
        description: Series description, as stated.
        modality: DICOM modality code.
        unit: Unit of the values, such as ``"HU"``.
        photometric: Photometric interpretation.
        samples: Numbers per pixel: 1 or 3.
        bits_stored: Bits of a stored number.
        is_signed: Whether stored numbers may be negative.
        is_float: Whether stored numbers are floating-point.
        dtype: Stored number type in words.
        window: Centre and width that the file recommends, in values.
        tilt_deg: Stated gantry tilt, 0 where none.
        padding: Value that marks pixels outside the scan, stored units.
        is_segmentation: Whether the planes are segments.
        frame_step_s: Stated time between frames.
        warnings: Sentences about what was guessed.
    """

    path: Path
    planes: tuple[Plane, ...]
    series_uid: str
    series_number: int | None
    description: str
    modality: str
    unit: str
    photometric: str
    samples: int
    bits_stored: int
    is_signed: bool
    is_float: bool
    dtype: str
    window: tuple[float, float] | None = None
    tilt_deg: float = 0.0
    padding: int | None = None
    is_segmentation: bool = False
    frame_step_s: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_colour(self) -> bool:
        """Whether the pixels become red, green, blue."""
        return self.samples == 3 or self.photometric == "PALETTE COLOR"
