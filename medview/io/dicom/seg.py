"""DICOM segmentations as label volumes: binary, fractional and label-map objects on one even grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.core.labels import LabelEntry, default_entry
from medview.core.volume import Volume, value_range
from medview.io.byte_source import refused
from medview.io.dicom.canvas import Canvas
from medview.io.dicom.gate import quietly, read_data_set
from medview.io.dicom.label_facts import noted_origin, terms_of
from medview.io.dicom.pixels import decoded
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.spacing import Layout
from medview.io.dicom.tags import SEGMENT_KEYS
from medview.io.dicom.values import items, number, numbers, positive, text
from medview.io.dicom.volume import Part, volume_of
from medview.io.label_tables.json_table import row_of
from medview.io.watch import Watch

if TYPE_CHECKING:
    from pydicom import Dataset

AnyArray = NDArray[Any]

#: Where a segment has its codes: the sequence, and the one within it.
_TYPE, _REGION = "SegmentedPropertyTypeCodeSequence", "AnatomicRegionSequence"
_CODES = {
    "category": ("SegmentedPropertyCategoryCodeSequence", ""),
    "type": (_TYPE, ""),
    "type_modifier": (_TYPE, "SegmentedPropertyTypeModifierCodeSequence"),
    "region": (_REGION, ""),
    "region_modifier": (_REGION, "AnatomicRegionModifierSequence"),
}
_MOST_SLICES = 8192


@dataclass(frozen=True, kw_only=True)
class SegmentKind:
    """How the numbers of a segmentation become labels: ``BINARY``, ``FRACTIONAL`` or ``LABELMAP``."""

    name: str
    full_value: float


def segmentation_part(head: ImageFile, origin: Path) -> Part:
    """The even grid that holds all frames of a segmentation; slices without frames are background.

    Raises:
        InputRefused: Its frames do not lie on one even grid.
    """
    planes = sorted(head.planes, key=lambda plane: plane.distance_mm)
    first = planes[0]
    if not all(np.allclose(plane.axes_lps, first.axes_lps, atol=1e-3) for plane in planes):
        raise refused(
            head.path, "its segments lie in slices of several directions, which cannot be shown as labels"
        )
    slots = _slots(head, planes)
    recipe = tuple((n, n, 0.0) for n in range(int(slots[-1]) + 1))
    layout = Layout(
        members=tuple(range(len(planes))),
        origin_lps=first.position_lps,
        step_lps=_step_lps(head, planes, slots),
        recipe=recipe,
    )
    placed = tuple((plane,) for plane in planes)
    return Part(name="", path=origin, files=(head,), places=placed, layout=layout)


def _slots(head: ImageFile, planes: list[Plane]) -> NDArray[np.int64]:
    """Number of the grid slice that every plane lies in."""
    away = np.array([plane.distance_mm for plane in planes]) - planes[0].distance_mm
    gaps = np.diff(np.unique(np.round(away, 3)))
    gaps = gaps[gaps > 0.01]
    if gaps.size == 0:
        return np.zeros(len(planes), int)
    step = _stated_step(gaps, planes[0].trait("slice distance")) or float(gaps.min())
    slots = np.round(away / step).astype(int)
    step = float(away[-1] / slots[-1])
    if np.abs(away - slots * step).max() > max(0.02 * step, 0.02) or slots[-1] >= _MOST_SLICES:
        raise refused(
            head.path, "its segments lie in slices of uneven distance, which cannot be shown as labels"
        )
    return slots


def _stated_step(gaps: NDArray[np.float64], words: str) -> float | None:
    """The stated distance of slices, where frames were left out between those that are there."""
    try:
        stated_mm = float(words)
    except ValueError:
        return None
    if not 0.01 < stated_mm < gaps.min() / 1.5:
        return None
    parts = gaps / stated_mm
    return stated_mm if np.abs(parts - np.round(parts)).max() < 0.02 else None


def _step_lps(head: ImageFile, planes: list[Plane], slots: NDArray[np.int64]) -> tuple[float, ...] | None:
    """From one slice to the next, which need not be along the normal: a gantry may have been tilted."""
    if slots[-1] == 0:
        return None
    positions = np.array([plane.position_lps for plane in planes])
    step = (positions[-1] - positions[0]) / slots[-1]
    if np.abs(positions - positions[0] - slots[:, None] * step).max() > 0.05:
        detail = "its segments are shifted against each other, which cannot be shown as labels"
        raise refused(head.path, detail)
    return tuple(step.tolist())


def read_segmentation(part: Part, watch: Watch) -> Volume:
    """Read a segmentation as labels: 0 is background, other values are segment numbers.

    The volume's ``source.header`` holds ``kind`` = ``"labels"`` and ``labels``: number, name, colour, codes.

    Raises:
        InputRefused: The pixels are broken, or memory does not suffice.
        Cancelled: From the watch.
    """
    with quietly():
        data_set = read_data_set(part.head.path, SEGMENT_KEYS)
        kind, labels = _kind(data_set), _labels(data_set)
    highest = max([label["value"] for label in labels], default=1)
    canvas = Canvas(part.path, part.stored, 1, False, np.dtype(np.uint8 if highest < 256 else np.uint16))
    overlap = _paint(part, canvas, kind, watch)
    part = replace(part, warnings=(*part.warnings, *_words(kind, overlap)))
    extra = {"kind": "labels", "labels": labels}
    return volume_of(part, canvas.array, value_range(canvas.array), extra)


def _paint(part: Part, canvas: Canvas, kind: SegmentKind, watch: Watch) -> int:
    """Write all frames; returns how many voxels belong to more than one segment."""
    planes = [plane for place in part.places for plane in place]
    slots = _slots(part.head, planes)
    slot_of = {plane.frame: int(slot) for slot, plane in zip(slots, planes, strict=True)}
    overlap = 0
    for done, (plane, picture) in enumerate(decoded(part.head, planes)):
        watch.at(done / len(planes), "reading segments")
        target = canvas.stored[:, :, slot_of[plane.frame]]
        values = _numbers_of(plane, picture, kind).T
        overlap += int(np.count_nonzero((values > 0) & (target > 0) & (values != target)))
        np.copyto(target, values.astype(target.dtype), where=values > 0)
    return overlap


def _numbers_of(plane: Plane, picture: AnyArray, kind: SegmentKind) -> AnyArray:
    if kind.name == "LABELMAP":
        return picture
    own = int(plane.trait("segment") or 1)
    inside = picture >= kind.full_value / 2 if kind.name == "FRACTIONAL" else picture > 0
    return inside.astype(np.uint16) * own


def _kind(data_set: Dataset) -> SegmentKind:
    name = text(data_set, "SegmentationType").upper() or "BINARY"
    return SegmentKind(name=name, full_value=positive(data_set, "MaximumFractionalValue") or 255.0)


def _words(kind: SegmentKind, overlap: int) -> list[str]:
    said = []
    if kind.name == "FRACTIONAL":
        said.append("The segmentation states fractions: voxels of one half and more are labelled.")
    if overlap:
        said.append(f"Segments overlap in {overlap} voxels: the later segment is shown there.")
    return said


def _labels(data_set: Dataset) -> list[dict[str, Any]]:
    found = []
    for segment in items(data_set, "SegmentSequence"):
        value = number(segment, "SegmentNumber")
        if value is None or not 0 < value < 65536:
            continue
        plain = default_entry(int(value))
        origin, is_reviewed = noted_origin(segment)
        entry = LabelEntry(
            value=plain.value,
            name=text(segment, "SegmentLabel") or f"Segment {plain.value}",
            colour=_colour(segment) or plain.colour,
            terms=terms_of(segment, _CODES),
            origin=origin,
            is_reviewed=is_reviewed,
        )
        found.append(row_of(entry))
    return found


def _colour(segment: Dataset) -> tuple[int, int, int] | None:
    """RecommendedDisplayCIELabValue as sRGB (PS3.3 C.10.7.1.1)."""
    stated = numbers(segment, "RecommendedDisplayCIELabValue", 3)
    if stated is None:
        return None
    from skimage.color import lab2rgb

    lab = np.array([stated[0] / 655.35, stated[1] / 257 - 128, stated[2] / 257 - 128])
    red, green, blue = np.rint(lab2rgb(lab[None, None])[0, 0] * 255).astype(int).tolist()
    return red, green, blue
