"""Carrying a label on to the next slice: the quick way through a structure that changes slowly."""

from __future__ import annotations

from medview.core.state import Tool
from medview.edit import slice_tools
from medview.present.desk import Desk
from medview.present.hand.paint import Paint
from medview.present.plane_frame import plane_frame
from medview.present.stroke import why_not_paint


def why_not_copy(desk: Desk) -> str:
    """Why nothing can be copied; empty where it can."""
    return why_not_paint(desk.state, Tool.BRUSH)


def copy_to_next(desk: Desk, step: int) -> None:
    """Copy what the label in hand has in the slice on show to the next one, and go there: one undo step.

    Args:
        desk: Whose pane under the mouse is meant.
        step: 1 towards the patient's right, front or head; -1 the other way.
    """
    state, pane = desk.state, desk.pane
    base = state.base
    assert base is not None
    paint = Paint.of(state, erases=False)
    frame = plane_frame(base.geometry, pane.orientation, state.view.convention, state.view.planes)
    region = slice_tools.copied(paint.labels, paint.value, state.view.cursor_ras, frame.through, step)
    if region.is_empty:
        desk.window.show_hint("This label has nothing in the slice on show that could be copied.")
        return
    desk.strokes.begin(paint.layer, f"Copy slice in {paint.layer.name}")
    desk.strokes.paint(paint.patch(region))
    desk.strokes.finish()
    pane.step(step)
