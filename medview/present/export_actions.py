"""What of a mask goes to other programs: surfaces, numbers, DICOM segmentations, contours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medview.core.labels import LabelMap
from medview.core.layers import LayerId
from medview.present.actions import Action
from medview.present.desk import Desk


def export_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the File menu that export."""
    return (
        Action(
            action_id="file.export_surface",
            title="Export surface…",
            run=lambda: _export_surface(desk),
            why_not=lambda: _why_not_surface(desk),
            tip="Write the surface of the chosen label as STL, smoothed as it is on show.",
            group="export",
        ),
        Action(
            action_id="file.export_numbers",
            title="Export numbers…",
            run=lambda: _export_numbers(desk),
            why_not=lambda: "" if _labels(desk) is not None else "Choose a mask in the layer list.",
            tip="Write volume, pieces and the scan's values of every label as a CSV table.",
            group="export",
        ),
        Action(
            action_id="file.export_segmentation",
            title="Export DICOM segmentation…",
            run=lambda: _export_object(desk, "Export DICOM segmentation", "seg.dcm"),
            why_not=lambda: _why_no_series(desk),
            tip="Write the mask as a DICOM SEG of its series, with codes and makers, for a PACS.",
            group="export",
        ),
        Action(
            action_id="file.export_contours",
            title="Export contours…",
            run=lambda: _export_object(desk, "Export contours", "rtstruct.dcm"),
            why_not=lambda: _why_no_series(desk),
            tip="Write the outlines of the labels as an RT structure set, for planning systems.",
            group="export",
        ),
    )


def _why_no_series(desk: Desk) -> str:
    layer = desk.state.active
    if layer is None:
        return "Choose a mask in the layer list."
    return desk.workflows.exporting.why_no_series(layer.id)


def _export_object(desk: Desk, title: str, name: str) -> None:
    exporting = desk.workflows.exporting
    write = exporting.segmentation if name.startswith("seg") else exporting.contours
    _ask(desk, title, name, write)


def _labels(desk: Desk) -> LabelMap | None:
    layer = desk.state.active
    return layer.data if layer is not None and isinstance(layer.data, LabelMap) else None


def _why_not_surface(desk: Desk) -> str:
    labels = _labels(desk)
    if labels is None:
        return "Choose a mask in the layer list."
    entry = labels.table.find(desk.state.view.label_value)
    if entry is None:
        return "Choose a label in Paint."
    return "" if labels.voxel_count(entry.value) else f"{entry.name} has no voxels yet."


def _export_surface(desk: Desk) -> None:
    labels, value = _labels(desk), desk.state.view.label_value
    entry = labels.table.find(value) if labels is not None else None
    if entry is not None:
        exporting = desk.workflows.exporting
        _ask(
            desk,
            "Export surface",
            f"{entry.name}.stl",
            lambda mask, path: exporting.surface(mask, value, path),
        )


def _export_numbers(desk: Desk) -> None:
    _ask(desk, "Export numbers", "numbers.csv", desk.workflows.exporting.statistics)


def _ask(desk: Desk, title: str, name: str, write: Callable[[LayerId, Path], str]) -> None:
    layer = desk.state.active
    if layer is None:
        return
    mask = desk.workflows.saving.suggested_path(layer.id)
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    path = desk.window.ask_export_path(title, mask.with_name(f"{mask.name.split('.')[0]}_{plain}"))
    if path is not None:
        write(layer.id, path)
