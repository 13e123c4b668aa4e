"""The stroke under way: one at a time in the whole program, from press to release or Escape."""

from __future__ import annotations

from medview.core.labels import LabelMap, Patch
from medview.core.layers import Layer
from medview.core.state import SessionState, Tool
from medview.session.session import Session
from medview.session.stroke import StrokeEdit


def why_not_paint(state: SessionState, tool: Tool | None = None) -> str:
    """Say why the brush or the eraser cannot work now; empty where it can.

    Args:
        state: The session.
        tool: Which one; None: the tool in hand.
    """
    layer, tool = state.active, tool or state.view.tool
    if state.base is None:
        return "Open a scan first."
    if layer is None or not isinstance(layer.data, LabelMap):
        return "Choose a mask in the layer list, or make one with New mask (Ctrl+M)."
    target = state.target_of(layer)
    if target is not None:
        return f"{layer.name} is a proposal; choose {target.name} in the layer list to paint."
    if not layer.visible:
        return f"{layer.name} is hidden; show it with S before painting."
    return "" if tool is Tool.ERASER else _why_not_label(layer.data, state.view.label_value)


def _why_not_label(labels: LabelMap, value: int) -> str:
    entry = labels.table.find(value)
    if entry is None:
        return "Choose a label to paint."
    if entry.locked:
        return f"{entry.name} is locked; unlock it before painting."
    return "" if entry.visible else f"{entry.name} is hidden; show it before painting."


class Strokes:
    """Holds the open edit, so that undo, saving and Escape know of it from anywhere."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._edit: StrokeEdit | None = None

    @property
    def is_open(self) -> bool:
        """Whether a stroke is under way."""
        return self._edit is not None

    def begin(self, layer: Layer, title: str) -> None:
        """Open an edit of a mask; one that is open is finished first."""
        self.finish()
        self._edit = self._session.begin_stroke(layer.id, title)

    def paint(self, patch: Patch | None) -> None:
        """Change voxels; an error takes the whole stroke back before it goes on."""
        if self._edit is None or patch is None:
            return
        try:
            self._edit.apply(patch)
        except BaseException:
            self.cancel()
            raise

    def start_over(self) -> None:
        """Take back what was painted in this stroke so far, and go on painting."""
        if self._edit is not None:
            self._edit.roll_back()

    def finish(self) -> None:
        """Release: one undo step."""
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.finish()

    def cancel(self) -> None:
        """Escape: as if never painted."""
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.roll_back()
