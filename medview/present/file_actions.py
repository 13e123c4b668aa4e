"""The File menu: open, save, leave."""

from __future__ import annotations

from pathlib import Path

from medview.core.layers import Layer
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.export_actions import export_actions
from medview.present.install_presenter import install_actions
from medview.present.saving import Saving
from medview.present.scene_out_actions import scene_out_actions
from medview.present.volume_plan import picture_mark
from medview.present.worklist_actions import worklist_action


def file_actions(desk: Desk, saving: Saving) -> tuple[Action, ...]:
    """Return the actions of the File menu, in its order."""
    return (
        *_open_actions(desk),
        *_save_actions(desk, saving),
        *export_actions(desk),
        *scene_out_actions(desk),
        *_picture_actions(desk),
        *install_actions(desk),
        _quit_action(desk),
    )


def _open_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="file.open",
            title="Open…",
            run=lambda: _open(desk, desk.window.ask_paths()),
            shortcuts=("Ctrl+O",),
            tip="Open scans and masks, one or several. Dropping files on the window does the same.",
            icon="open",
            group="open",
        ),
        Action(
            action_id="file.open_folder",
            title="Open DICOM folder…",
            run=lambda: _open(desk, tuple(filter(None, (desk.window.ask_folder(),)))),
            shortcuts=("Ctrl+Shift+O",),
            tip="Open a folder of DICOM files; with several series you are asked which.",
            icon="folder",
            group="open",
        ),
        worklist_action(desk),
        Action(
            action_id="file.sample",
            title="Open sample study",
            run=desk.workflows.opening.open_sample,
            tip="Open a made-up head scan, to try things without a patient's data.",
            icon="sample",
            group="open",
        ),
        Action(
            action_id="file.lost_work",
            title="Lost work…",
            run=lambda: desk.open_lost_work(),
            tip="Look at work that a crash or a power cut left behind: restore it, keep it or discard it.",
            group="lost",
        ),
    )


def _open(desk: Desk, paths: tuple[Path, ...]) -> None:
    if paths:
        desk.workflows.opening.open_paths(paths)


def _save_actions(desk: Desk, saving: Saving) -> tuple[Action, ...]:
    return (
        Action(
            action_id="file.save_mask",
            title="Save mask",
            run=lambda: saving.save(_mask(desk)),
            why_not=lambda: _why_not_save_mask(desk),
            shortcuts=("Ctrl+S",),
            tip="Save the active mask; the first time, or over a file that was opened, you are asked where.",
            icon="save",
            group="save",
        ),
        Action(
            action_id="file.save_mask_as",
            title="Save mask as…",
            run=lambda: saving.save_as(_mask(desk)),
            why_not=lambda: _why_not_save_mask(desk),
            shortcuts=("Ctrl+Shift+S",),
            tip="Save the active mask under another name or in another format.",
            group="save",
        ),
        Action(
            action_id="file.save_layer_as",
            title="Save layer as…",
            run=lambda: saving.save_as(desk.state.active),
            why_not=lambda: _why_not_save_layer(desk),
            tip="Save the active layer, scan or mask, under a name of your choice.",
            group="save",
        ),
    )


def _picture_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="file.save_picture",
            title="Save picture…",
            run=lambda: _save_picture(desk),
            why_not=desk.needs_scan,
            tip="Save what the panes show as PNG; the mark of synthesized images is part of it.",
            group="picture",
        ),
        Action(
            action_id="file.copy_picture",
            title="Copy picture",
            run=desk.window.copy_picture,
            why_not=desk.needs_scan,
            shortcuts=("Ctrl+Shift+C",),
            tip="Put what the panes show on the clipboard.",
            group="picture",
        ),
    )


def _save_picture(desk: Desk) -> None:
    path = desk.window.ask_picture_path()
    if path is not None:
        desk.window.save_picture(path, picture_mark(desk.state))
        desk.window.show_hint(f"Saved {path.name}.")


def _quit_action(desk: Desk) -> Action:
    return Action(
        action_id="file.quit",
        title="Quit",
        run=desk.window.close_asked.emit,
        shortcuts=("Ctrl+Q",),
        tip="Leave the program; unsaved masks are asked about first.",
        group="quit",
    )


def _mask(desk: Desk) -> Layer | None:
    """The active mask, or the only one there is."""
    if desk.state.active is not None and desk.state.active.is_labels:
        return desk.state.active
    masks = [layer for layer in desk.state.layers if layer.is_labels]
    return masks[0] if len(masks) == 1 else None


def _why_not_save_layer(desk: Desk) -> str:
    if desk.state.active is None:
        return "There is no layer to save."
    if desk.state.active.is_field:
        return "A scene lies in the folder that it was trained into; Scene exports what it shows."
    return ""


def _why_not_save_mask(desk: Desk) -> str:
    if _mask(desk) is not None:
        return ""
    has_masks = any(layer.is_labels for layer in desk.state.layers)
    return "Choose which mask to save in the layer list." if has_masks else "There is no mask to save."
