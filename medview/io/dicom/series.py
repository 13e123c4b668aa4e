"""The series of a choice of files, each as the volumes that it will become."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medview.core.errors import InputRefused
from medview.io.byte_source import refused
from medview.io.dicom.gate import BROKEN
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.seg import segmentation_part
from medview.io.dicom.spacing import layouts_of
from medview.io.dicom.stack import Stack, stacks_of
from medview.io.dicom.volume import Part, warnings_of


@dataclass(frozen=True, kw_only=True)
class Series:
    """One volume that can be read, known from headers only; a DICOM series may become several.

    Args:
        uid: SeriesInstanceUID.
        description: What people call it; never a patient's name.
        modality: DICOM modality code.
        count: Number of planes.
        shape: Columns, rows, slices and frames.
        spacing_mm: Distance of columns, rows, slices.
        files: The files, in order.
        warnings: Sentences about what was guessed, left out or is not even.
        part: How it will be read.
        is_segmentation: Whether it holds labels.
    """

    uid: str
    description: str
    modality: str
    count: int
    shape: tuple[int, int, int, int]
    spacing_mm: tuple[float, float, float]
    files: tuple[Path, ...]
    part: Part
    is_segmentation: bool = False
    warnings: tuple[str, ...] = ()


def series_of(headers: list[ImageFile], origin: Path) -> tuple[list[Series], list[InputRefused]]:
    """Group headers into series, and series into volumes, in the order of series number.

    Returns:
        The series, and the refusals of those that have no grid.
    """
    groups: dict[tuple[str, bool, bool], list[ImageFile]] = defaultdict(list)
    for header in headers:
        own = f"{header.series_uid} {header.path}" if header.is_segmentation else header.series_uid
        groups[own, header.is_colour, header.is_segmentation].append(header)
    ordered = sorted(groups.values(), key=lambda group: _number(group[0]))
    found: list[Series] = []
    refusals: list[InputRefused] = []
    for group in ordered:
        try:
            found += _series_in(group, origin)
        except InputRefused as refusal:
            refusals.append(refusal)
        except BROKEN:
            detail = "its positions, directions or pixel sizes cannot be right"
            refusals.append(refused(group[0].path, detail, "Export it again from its source."))
    return found, refusals


def _number(header: ImageFile) -> float:
    return np.inf if header.series_number is None else header.series_number


def _series_in(group: list[ImageFile], origin: Path) -> list[Series]:
    if group[0].is_segmentation:
        return [_segmentation(group[0], origin)]
    planes = [plane for file in group for plane in _spread(file)]
    stacks = stacks_of(planes)
    parts = [part for stack in stacks for part in _parts(stack, group, origin)]
    return [_series(part, part_name) for part, part_name in zip(parts, _names(parts, group[0]), strict=True)]


def _spread(file: ImageFile) -> tuple[Plane, ...]:
    """Planes of a file; colour frames in one place are laid side by side, for colour has no time axis."""
    if not file.is_colour or len({plane.position_lps for plane in file.planes}) == len(file.planes):
        return file.planes
    first = file.planes[0]
    step = first.normal_lps * (first.depth_mm or first.pixel_mm[0])
    corner = np.asarray(first.position_lps)
    return tuple(
        replace(plane, position_lps=tuple((corner + n * step).tolist()))
        for n, plane in enumerate(file.planes)
    )


def _parts(stack: Stack, group: list[ImageFile], origin: Path) -> list[Part]:
    positions = np.array([place[0].position_lps for place in stack.places], float)
    parts = []
    layouts = layouts_of(positions)
    for number, layout in enumerate(layouts, start=1):
        places = tuple(stack.places[n] for n in layout.members)
        used = list(dict.fromkeys(plane.path for place in places for plane in place))
        by_path = {file.path: file for file in group}
        label = f"part {number} of {len(layouts)}" if len(layouts) > 1 else ""
        part = Part(
            name=", ".join(words for words in (stack.label, label) if words),
            path=origin,
            files=tuple(by_path[path] for path in used),
            places=places,
            layout=layout,
            warnings=stack.warnings,
        )
        parts.append(part)
    return parts


def _names(parts: list[Part], head: ImageFile) -> list[str]:
    base = head.description or " ".join(
        word for word in (head.modality or "DICOM", "series", str(head.series_number or "")) if word
    )
    if len(parts) == 1:
        return [base]
    labels = [part.name or str(number) for number, part in enumerate(parts, start=1)]
    unique = [
        label if labels.count(label) == 1 else f"{label} #{labels[: n + 1].count(label)}"
        for n, label in enumerate(labels)
    ]
    return [f"{base} ({label})" for label in unique]


def _series(part: Part, name: str) -> Series:
    part = replace(part, name=name)
    stored = part.stored
    return Series(
        uid=part.head.series_uid,
        description=name,
        modality=part.head.modality,
        count=sum(len(place) for place in part.places),
        shape=(*stored.shape, part.frames),
        spacing_mm=stored.spacing_mm,
        files=tuple(file.path for file in part.files),
        part=part,
        is_segmentation=part.head.is_segmentation,
        warnings=warnings_of(part),
    )


def _segmentation(head: ImageFile, origin: Path) -> Series:
    part = segmentation_part(head, origin)
    return _series(part, _names([part], head)[0])
