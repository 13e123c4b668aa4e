"""The Labels menu: new ones, tables from files and from the program, where to look."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.labels import LabelMap
from medview.core.layers import LayerId
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.labels_presenter import NO_MASK
from medview.session.labels.table import add_label
from medview.session.labels.vocabulary import BundledTable, bundled_tables


def label_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the Labels menu, in its order."""
    return (*_own_actions(desk), *_file_actions(desk), *(_take_action(desk, t) for t in bundled_tables()))


def _own_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="labels.add",
            title="Add label",
            run=lambda: _with_mask(desk, lambda mask: add_label(desk.session, mask)),
            why_not=lambda: _why_not(desk),
            shortcuts=("Ctrl+L",),
            tip="Add a label to the active mask, to be painted next.",
            group="own",
        ),
        Action(
            action_id="labels.jump",
            title="Jump to label",
            run=lambda: _with_mask(
                desk, lambda mask: desk.workflows.labels.jump_to(mask, desk.state.view.label_value)
            ),
            why_not=lambda: _why_not_label(desk),
            shortcuts=("G",),
            tip="Move the crosshair to the middle of the chosen label's largest axial slice.",
            group="own",
        ),
    )


def _file_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="labels.load",
            title="Load labels…",
            run=lambda: _with_mask(desk, lambda mask: _load(desk, mask)),
            why_not=lambda: _why_not(desk),
            tip="Take names, colours and codes from a file of ITK-SNAP, 3D Slicer, CSV or JSON.",
            group="file",
        ),
        Action(
            action_id="labels.load_contours",
            title="Load contours…",
            run=lambda: _load_contours(desk),
            why_not=lambda: "" if desk.state.active_image is not None else "Open a scan first.",
            tip="Lay the structures of a DICOM RT structure set over the active scan as a mask.",
            group="file",
        ),
        Action(
            action_id="labels.save",
            title="Save labels…",
            run=lambda: _with_mask(desk, lambda mask: _save(desk, mask)),
            why_not=lambda: _why_not_save(desk),
            tip="Write the table of the active mask for ITK-SNAP, 3D Slicer or a spreadsheet, or as JSON.",
            group="file",
        ),
    )


def _take_action(desk: Desk, table: BundledTable) -> Action:
    return Action(
        action_id=f"labels.take_{table.table_id}",
        title=f"Take labels: {table.title}",
        run=lambda: _with_mask(desk, lambda mask: desk.workflows.labels.take(mask, table)),
        why_not=lambda: _why_not(desk),
        tip="Add labels with SNOMED CT codes to the active mask; those of the same number get new names.",
        group="take",
    )


def _labels(desk: Desk) -> LabelMap | None:
    data = desk.state.active.data if desk.state.active is not None else None
    return data if isinstance(data, LabelMap) else None


def _why_not(desk: Desk) -> str:
    return "" if _labels(desk) is not None else NO_MASK


def _why_not_label(desk: Desk) -> str:
    labels = _labels(desk)
    if labels is None:
        return NO_MASK
    return "" if labels.voxel_count(desk.state.view.label_value) else "The chosen label has no voxels yet."


def _why_not_save(desk: Desk) -> str:
    labels = _labels(desk)
    if labels is None:
        return NO_MASK
    return "" if labels.table.entries else "The mask has no labels yet."


def _with_mask(desk: Desk, deed: Callable[[LayerId], object]) -> None:
    if desk.state.active is not None:
        deed(desk.state.active.id)


def _load(desk: Desk, mask_id: LayerId) -> None:
    path = desk.window.ask_labels_file()
    if path is not None:
        desk.workflows.labels.load(mask_id, path)


def _load_contours(desk: Desk) -> None:
    scan = desk.state.active_image
    path = desk.window.ask_contours_file() if scan is not None else None
    if scan is not None and path is not None:
        desk.workflows.opening.load_contours(scan.id, path)


def _save(desk: Desk, mask_id: LayerId) -> None:
    mask = desk.workflows.saving.suggested_path(mask_id)
    path = desk.window.ask_labels_path(mask.with_name(f"{mask.name.split('.')[0]}_labels.json"))
    if path is not None:
        desk.workflows.labels.save(mask_id, path)
