"""A scan: numbers on a grid in the patient, never changed after reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry

AnyArray = NDArray[Any]

MARK = "synthesized"
"""Key of `Source.header` that says that no scanner measured the numbers."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Where an array came from, and how it lies in its file.

    Args:
        path: The file or folder; None for what was made inside the program.
        format: Such as ``"NIfTI-1"``, ``"DICOM"`` or ``"synthetic"``.
        stored: The grid as the file states it (inside, arrays are turned to RAS+).
        axes: The stored axis that each inner axis i, j, k came from.
        flipped: Whether each inner axis runs against its stored axis.
        dtype: Stored number type, such as ``"int16"``.
        header: Facts of the file that a writer must repeat (NIfTI codes and units).
        files: The files of a series, in order; empty where `path` is the file.
    """

    path: Path | None
    format: str
    stored: Geometry
    axes: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)
    dtype: str = ""
    header: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ValueRange:
    """Extremes of the finite values, and the quantiles that make a good first window."""

    minimum: float
    maximum: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume:
    """A scan whose voxel axes run as nearly as possible to right, anterior, superior.

    Args:
        name: What people call it; never a patient's name.
        data: Read-only array: (I, J, K), or (I, J, K, T) with frames,
            or (I, J, K, 3) uint8 where `is_colour`.
        geometry: The grid of I, J, K.
        source: Where it came from.
        values: Extremes and default window.
        modality: ``"CT"``, ``"T1"``, ``"T2"``, ``"FLAIR"``, ``"MRA"`` … or empty where unknown.
        value_unit: Such as ``"HU"``; empty where the numbers have none.
        is_colour: The last axis holds red, green, blue.
        frame_step_s: Seconds between frames, where known.
        warnings: Sentences about what was guessed or repaired while reading.
    """

    name: str
    data: AnyArray
    geometry: Geometry
    source: Source
    values: ValueRange
    modality: str = ""
    value_unit: str = ""
    is_colour: bool = False
    frame_step_s: float | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.data.shape[:3] != self.geometry.shape:
            raise ValueError(f"array {self.data.shape} does not fit grid {self.geometry.shape}")
        self.data.flags.writeable = False

    @property
    def is_synthesized(self) -> bool:
        """Whether no scanner measured it: made by a model or a phantom, here or wherever its file is from."""
        return self.source.format == "synthetic" or bool(self.source.header.get(MARK, False))

    @property
    def frame_count(self) -> int:
        """Number of time points: 1 for a still volume."""
        return int(self.data.shape[3]) if self.data.ndim == 4 and not self.is_colour else 1

    def frame(self, index: int) -> AnyArray:
        """The (I, J, K) or, for colour, (I, J, K, 3) array of one time point, as a view."""
        if self.frame_count == 1 and self.data.ndim == 4 and not self.is_colour:
            return self.data[..., 0]
        if self.frame_count == 1:
            return self.data
        return self.data[..., min(max(index, 0), self.frame_count - 1)]


@dataclass(frozen=True)
class Extremes:
    """Smallest, largest and sum of the finite values seen so far."""

    minimum: float = float("inf")
    maximum: float = float("-inf")
    total: float = 0.0
    count: int = 0

    def with_values(self, values: AnyArray) -> Extremes:
        """These extremes and those of more values."""
        with np.errstate(invalid="ignore", over="ignore"):
            total = float(values.sum(dtype=np.float64))
        if not np.isfinite(total):
            values = values[np.isfinite(values)]
            total = float(values.sum(dtype=np.float64))
        if values.size == 0:
            return self
        return Extremes(
            min(self.minimum, float(values.min())),
            max(self.maximum, float(values.max())),
            self.total + total,
            self.count + values.size,
        )


def extremes_of(data: AnyArray) -> Extremes:
    """Extremes of a whole array, slab by slab, so that no second copy is made."""
    found = Extremes()
    for slab in np.moveaxis(data, int(np.argmax(np.abs(data.strides[:3]))), 0):
        found = found.with_values(slab)
    return found


def value_range(data: AnyArray, sample_voxels: int = 400_000, extremes: Extremes | None = None) -> ValueRange:
    """Measure finite extremes and the 0.5 % and 99.5 % quantiles of a strided sample.

    Args:
        data: At least three axes.
        sample_voxels: Size of the sample.
        extremes: Of the whole array, where they are known from reading it.
    """
    whole = extremes if extremes is not None else extremes_of(data)
    if whole.count == 0:
        return ValueRange(0.0, 1.0, 0.0, 0.0, 1.0)
    step = max(1, int(np.ceil((data.size / sample_voxels) ** (1 / min(data.ndim, 3)))))
    sample = data[::step, ::step, ::step]
    sample = sample[np.isfinite(sample)]
    low, high = (float(q) for q in np.quantile(sample, [0.005, 0.995])) if sample.size else (0.0, 0.0)
    if high <= low:
        low, high = whole.minimum, whole.maximum
    if high <= low:
        high = low + 1.0
    return ValueRange(whole.minimum, whole.maximum, whole.total / whole.count, low, high)
