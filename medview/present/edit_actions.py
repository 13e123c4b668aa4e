"""The Edit menu: undo and redo by name, and Escape."""

from __future__ import annotations

from medview.core.state import Tool
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.preferences import resting_tool


def edit_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the Edit menu, in its order."""
    stack = desk.session.undo_stack
    return (
        Action(
            action_id="edit.undo",
            title=lambda: f"Undo {stack.undo_title}" if stack.undo_title else "Undo",
            run=desk.session.undo,
            why_not=lambda: "" if stack.undo_title else "Nothing has been done yet.",
            shortcuts=("Ctrl+Z",),
            tip="Take the last step back.",
            icon="undo",
            group="undo",
        ),
        Action(
            action_id="edit.redo",
            title=lambda: f"Redo {stack.redo_title}" if stack.redo_title else "Redo",
            run=desk.session.redo,
            why_not=lambda: "" if stack.redo_title else "Nothing has been undone.",
            shortcuts=("Ctrl+Shift+Z", "Ctrl+Y"),
            tip="Make the step again that was taken back last.",
            icon="redo",
            group="undo",
        ),
        Action(
            action_id="edit.history",
            title="History",
            run=lambda: desk.show_history(),
            shortcuts=("Ctrl+H",),
            tip="List all steps, done and undone, and go back to any of them.",
            group="undo",
        ),
        Action(
            action_id="edit.cancel",
            title="Cancel",
            run=lambda: _cancel(desk),
            shortcuts=("Esc",),
            tip="Take back the drag or stroke under way; otherwise put the tool down.",
            group="cancel",
        ),
        *_outline_actions(desk),
    )


def _outline_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="edit.close_outline",
            title="Close the outline",
            run=desk.outlines.close,
            why_not=lambda: _why_not_outline(desk),
            shortcuts=("Return", "Enter"),
            tip="Join the last corner to the first and paint what the outline encloses.",
            group="cancel",
        ),
        Action(
            action_id="edit.drop_corner",
            title="Take a corner or click back",
            run=lambda: _take_back(desk),
            why_not=lambda: _why_not_take_back(desk),
            shortcuts=("Backspace",),
            tip="Take the last corner of the outline, or the last smart click, back.",
            group="cancel",
        ),
    )


def _why_not_outline(desk: Desk) -> str:
    return "" if desk.outlines.is_open else "No outline is being drawn."


def _why_not_take_back(desk: Desk) -> str:
    if desk.outlines.is_open or desk.state.view.tool is Tool.CLICK:
        return ""
    return "No outline is being drawn, and Smart click is not in the hand."


def _take_back(desk: Desk) -> None:
    if desk.outlines.is_open:
        desk.outlines.drop_corner()
    elif not desk.clicks.take_back():
        desk.window.show_hint("There is no smart click to take back.")


def _drop_band(desk: Desk) -> bool:
    """Take the preview of a threshold away; whether there was one."""
    has_band = desk.state.view.band is not None
    if has_band:
        desk.session.set_view(band=None)
    return has_band


def _cancel(desk: Desk) -> None:
    cancelled = [pane.cancel() for pane in desk.panes.values()]
    cancelled.append(desk.volume_view.drop_outline())
    cancelled.append(desk.clicks.cancel())
    cancelled.append(_drop_band(desk))
    if not any(cancelled):
        desk.session.set_view(tool=resting_tool(desk.settings))
