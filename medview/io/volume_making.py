"""The last step of every reader: stored array and grid in, RAS+ volume out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import Extremes, Source, ValueRange, Volume, value_range
from medview.io.naming import modality_in, suggests_labels
from medview.io.orientation import turn_of, turned, turned_geometry
from medview.io.watch import Watch


@dataclass(frozen=True, eq=False, kw_only=True)
class Stored:
    """What a reader has in hand: an array along the file's axes, and the facts around it.

    Args:
        array: (I, J, K), (I, J, K, T), or (I, J, K, 3) uint8 where `is_colour`.
        geometry: The grid along the file's axes.
        dtype: Stored number type.
        extremes: Of the values, where reading has measured them.
    """

    path: Path
    format: str
    array: NDArray[Any]
    geometry: Geometry
    dtype: str
    is_colour: bool = False
    extremes: Extremes | None = None
    frame_step_s: float | None = None
    header: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def volume_from_stored(stored: Stored, name: str, watch: Watch) -> Volume:
    """Turn to RAS+ without a copy, and measure the values."""
    watch.at(0, "measuring values")
    turn = turn_of(stored.geometry.ras_from_ijk)
    values = value_range(stored.array, extremes=stored.extremes)
    watch.at(1, "reading")
    modality = "" if suggests_labels(name) else modality_in(name)
    return Volume(
        name=name,
        data=turned(stored.array, turn),
        geometry=turned_geometry(stored.geometry, turn),
        source=_source(stored),
        values=values,
        modality=modality,
        value_unit="HU" if modality == "CT" and _is_hounsfield(values) else "",
        is_colour=stored.is_colour,
        frame_step_s=stored.frame_step_s,
        warnings=stored.warnings,
    )


def _source(stored: Stored) -> Source:
    turn = turn_of(stored.geometry.ras_from_ijk)
    return Source(
        path=stored.path,
        format=stored.format,
        stored=stored.geometry,
        axes=turn.axes,
        flipped=turn.flipped,
        dtype=stored.dtype,
        header=stored.header,
    )


def _is_hounsfield(values: ValueRange) -> bool:
    """Air and water are both in reach: eight-bit copies of CT scans have no Hounsfield units."""
    return values.minimum <= -200 and values.maximum >= 100
