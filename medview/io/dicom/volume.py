"""From stacks of planes to volumes: grids, values, names, warnings."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import Source, ValueRange, Volume, value_range
from medview.io.dicom.canvas import Canvas, first_type
from medview.io.dicom.pixels import as_values, decoded
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.spacing import Layout
from medview.io.orientation import turn_of, turned_geometry
from medview.io.watch import Watch

AnyArray = NDArray[Any]
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_ASSUMED_DEPTH = "The file states no slice thickness: that of a pixel is shown."
_SEQUENCES = (
    (r"flair|dark.?fluid", "FLAIR"),
    (r"\badc\b|apparent", "ADC"),
    (r"dwi|diff|trace|\bdti\b", "DWI"),
    (r"\btof\b|\bmra\b|angio", "MRA"),
    (r"t2.?star|t2\*|swi|\bgre\b", "T2*"),
    (r"(^|[^a-z0-9])t2", "T2"),
    (r"(^|[^a-z0-9])t1|mp.?rage|\bspgr\b|bravo", "T1"),
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One volume to be read.

    Args:
        name: What people call it.
        path: File or folder that it came from.
        files: The headers of its files.
        places: Planes at each measured slice, one per time point.
        layout: How measured slices become those of the grid.
        warnings: Sentences from splitting and sorting.
    """

    name: str
    path: Path
    files: tuple[ImageFile, ...]
    places: tuple[tuple[Plane, ...], ...]
    layout: Layout
    warnings: tuple[str, ...] = ()

    @property
    def head(self) -> ImageFile:
        """The header that speaks for the part."""
        return self.files[0]

    @property
    def frames(self) -> int:
        """Number of time points."""
        return len(self.places[0])

    @property
    def stored(self) -> Geometry:
        """The grid as stored: columns, rows, slices."""
        plane = self.places[0][0]
        lps_from_ijk = np.eye(4)
        lps_from_ijk[:3, 0] = np.array(plane.axes_lps[:3]) * plane.pixel_mm[1]
        lps_from_ijk[:3, 1] = np.array(plane.axes_lps[3:]) * plane.pixel_mm[0]
        lone = plane.normal_lps * (plane.depth_mm or plane.pixel_mm[0])
        lps_from_ijk[:3, 2] = lone if self.layout.step_lps is None else self.layout.step_lps
        lps_from_ijk[:3, 3] = self.layout.origin_lps
        shape = (plane.columns, plane.rows, len(self.layout.recipe))
        return Geometry(shape, _RAS_FROM_LPS @ lps_from_ijk)


def read_part(part: Part, watch: Watch) -> Volume:
    """Read the pixels of a part.

    Raises:
        InputRefused: A file is broken or memory does not suffice.
        Cancelled: From the watch.
    """
    canvas = _filled_canvas(part, watch)
    array = canvas.array if part.layout.is_measured else _interpolated(part, canvas)
    return volume_of(part, array, _range_of(part, array))


def volume_of(part: Part, array: AnyArray, values: ValueRange, extra: dict[str, Any] | None = None) -> Volume:
    """Wrap an array along RAS+ axes with all that the headers say."""
    turn, head = turn_of(part.stored.ras_from_ijk), part.head
    facts = {"modality": head.modality, "photometric": head.photometric, "padding": head.padding}
    source = Source(
        path=part.path,
        format="DICOM",
        stored=part.stored,
        axes=turn.axes,
        flipped=turn.flipped,
        dtype=head.dtype,
        header={**{name: fact for name, fact in facts.items() if fact not in (None, "")}, **(extra or {})},
        files=tuple(file.path for file in part.files),
    )
    return Volume(
        name=part.name,
        data=array,
        geometry=turned_geometry(part.stored, turn),
        source=source,
        values=values,
        modality=_modality(head),
        value_unit=head.unit,
        is_colour=head.is_colour,
        frame_step_s=_frame_step(part),
        warnings=warnings_of(part),
    )


def _filled_canvas(part: Part, watch: Watch) -> Canvas:
    """All measured planes; at their final places where none has to be interpolated."""
    headers = {file.path: file for file in part.files}
    planes = tuple(plane for place in part.places for plane in place)
    slots: dict[Path, dict[Plane, tuple[int, int]]] = defaultdict(dict)
    for index, place in zip(_targets(part), part.places, strict=True):
        for frame, plane in enumerate(place):
            slots[plane.path][plane] = (index, frame)
    stored = part.stored if part.layout.is_measured else _measured_grid(part)
    canvas = Canvas(part.path, stored, part.frames, part.head.is_colour, first_type(list(part.files), planes))
    done = 0
    for path, of_file in slots.items():
        for plane, picture in decoded(headers[path], list(of_file)):
            canvas.put(*of_file[plane], as_values(headers[path], plane, picture))
            done += 1
            watch.at(done / len(planes), f"reading {path.name}")
    return canvas


def _targets(part: Part) -> list[int]:
    return list(range(len(part.places)))


def _measured_grid(part: Part) -> Geometry:
    """A grid with one slice per measured one: right axes, any distance."""
    stored = part.stored
    return Geometry((stored.shape[0], stored.shape[1], len(part.places)), stored.ras_from_ijk)


def _interpolated(part: Part, measured: Canvas) -> AnyArray:
    dtype = measured.array.dtype
    canvas = Canvas(part.path, part.stored, part.frames, part.head.is_colour, dtype)
    source, target = measured.stored, canvas.stored
    for index, (lower, upper, weight) in enumerate(part.layout.recipe):
        if weight == 0:
            target[:, :, index] = source[:, :, lower]
        else:
            mixed = source[:, :, lower] * (1 - weight) + source[:, :, upper] * weight
            target[:, :, index] = mixed if dtype.kind == "f" else np.rint(mixed)
    return canvas.array


def _range_of(part: Part, array: AnyArray) -> ValueRange:
    """Measured extremes; the file's own window as the first one where it meets the values."""
    # Broken floating-point files hold numbers whose sum is beyond any number.
    with np.errstate(all="ignore"):
        values = value_range(array)
    window = part.files[len(part.files) // 2].window
    if window is None or part.head.is_colour:
        return values
    low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    meets = (
        low < values.maximum and high > values.minimum and high - low < 4 * (values.maximum - values.minimum)
    )
    return ValueRange(values.minimum, values.maximum, values.mean, low, high) if meets else values


def _modality(head: ImageFile) -> str:
    if head.modality != "MR":
        return head.modality
    words = head.description.lower()
    return next((name for pattern, name in _SEQUENCES if re.search(pattern, words)), "MR")


def _frame_step(part: Part) -> float | None:
    if part.frames < 2:
        return None
    times = [plane.time_s for plane in part.places[0]]
    if all(time is not None for time in times):
        steps = np.diff(np.array(times, float))
        if (steps > 0).all():
            return float(np.median(steps))
    return part.head.frame_step_s


def warnings_of(part: Part) -> tuple[str, ...]:
    """All sentences about a part, each once."""
    said = [
        *part.warnings,
        *(warning for file in part.files for warning in file.warnings),
        *part.layout.warnings,
    ]
    said += _tilt_words(part)
    first = part.places[0][0]
    if part.layout.step_lps is None and first.depth_mm is None and first.is_placed:
        said.append(_ASSUMED_DEPTH)
    if part.head.photometric == "MONOCHROME1":
        said.append(
            "The file means its low values to be shown bright (MONOCHROME1): values are kept as stored."
        )
    if part.head.is_colour and part.head.bits_stored > 8:
        said.append(f"Colours of {part.head.bits_stored} bits are shown with 8 bits.")
    return tuple(dict.fromkeys(said))


def _tilt_words(part: Part) -> list[str]:
    if part.layout.step_lps is None:
        return []
    step, normal = np.asarray(part.layout.step_lps), part.places[0][0].normal_lps
    angle = float(np.degrees(np.arccos(np.clip(abs(step @ normal) / np.linalg.norm(step), 0, 1))))
    if angle > 0.1:
        why = (
            "the gantry was tilted"
            if abs(part.head.tilt_deg) > 0.05
            else "slices are shifted against each other"
        )
        return [f"The slices are sheared by {angle:.1f}° ({why}): they are kept at their true places."]
    if abs(part.head.tilt_deg) > 0.05:
        return [f"The gantry was tilted by {part.head.tilt_deg:+.1f}°."]
    return []
