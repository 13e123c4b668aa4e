"""What there is to say about labels, as text to read and copy."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.boxes import value_box
from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.volume import Volume
from medview.measure.label_place import scan_inside
from medview.measure.pieces import piece_count
from medview.session.labels.table import entry_of


def label_facts(labels: LabelMap, values: Sequence[int], image: Layer | None, frame: int) -> str:
    """Volume, voxels, pieces, extent and the scan's values of every label, a paragraph each."""
    return "\n\n".join(_paragraph(labels, value, image, frame) for value in values)


def _paragraph(labels: LabelMap, value: int, image: Layer | None, frame: int) -> str:
    entry = entry_of(labels, value)
    lines = [f"{entry.name} (number {value})"]
    if entry.terms:
        lines.append(f"Code: {entry.terms}")
    lines += _size(labels, value)
    if image is not None and isinstance(image.data, Volume):
        lines += _inside(labels, value, image.name, image.data, frame)
    if entry.origin:
        lines.append(f"Made by: {entry.origin}")
    lines.append("Reviewed" if entry.is_reviewed else "Not reviewed")
    if entry.note:
        lines.append(f"Note: {entry.note}")
    return "\n".join(lines)


def _size(labels: LabelMap, value: int) -> list[str]:
    box = value_box(labels.array, value)
    if box is None:
        return ["No voxels yet"]
    pieces = piece_count(labels.array[box] == value)
    sides = ((side.stop - side.start) for side in box)
    extent = " × ".join(f"{n * mm:.1f}" for n, mm in zip(sides, labels.geometry.spacing_mm, strict=True))
    return [
        f"Volume: {labels.volume_ml(value):.3f} mL ({labels.voxel_count(value)} voxels)",
        f"Pieces: {pieces}",
        f"Extent along the grid: {extent} mm",
    ]


def _inside(labels: LabelMap, value: int, name: str, volume: Volume, frame: int) -> list[str]:
    found = scan_inside(labels, value, volume, frame)
    if found is None:
        return []
    unit = f" {volume.value_unit}" if volume.value_unit else ""
    return [
        f"{name}: mean {found.mean:.4g} ± {found.deviation:.4g}{unit}, median {found.median:.4g}, "
        f"from {found.minimum:.4g} to {found.maximum:.4g}"
    ]
