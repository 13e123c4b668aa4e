"""The tools of the hand: one table for menus, keys, buttons and the mouse's shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medview.core.state import SessionState, Tool
from medview.present.stroke import why_not_paint
from medview.present.window_level import why_not_window
from medview.session.proposals.offer import why_not_judge

_MOUSE = "wheel: slices, middle drag: move, right drag: zoom"
_CORNERS = "Click: corner, Enter: close, Backspace: corner back, Esc: drop it, Ctrl first: erases"


@dataclass(frozen=True, kw_only=True)
class HandTool:
    """One tool.

    Args:
        tool: Which.
        title: What menus and tooltips call it.
        keys: Shortcuts.
        tip: What the left button does with it, in a sentence.
        hint: For the status bar while it is in the hand.
        shape: The mouse over a slice: see `SliceViewPort.set_cursor_shape`.
        why_not: Why it cannot work now; empty where it can.
        paints: It changes a mask.
    """

    tool: Tool
    title: str
    keys: tuple[str, ...]
    tip: str
    hint: str
    shape: str
    why_not: Callable[[SessionState], str]
    paints: bool = True


def _needs_scan(state: SessionState) -> str:
    return "" if state.base is not None else "Open a scan first."


def _needs_window(state: SessionState) -> str:
    return why_not_window("auto", state.active_image)


def _needs_label(state: SessionState) -> str:
    return why_not_paint(state, Tool.BRUSH)


def _needs_mask(state: SessionState) -> str:
    return why_not_paint(state, Tool.ERASER)


HAND_TOOLS: tuple[HandTool, ...] = (
    HandTool(
        tool=Tool.NAVIGATE,
        title="Navigate",
        keys=("1", "N"),
        tip="Left drag moves the crosshair.",
        hint=f"Left drag: crosshair, {_MOUSE}",
        shape="cross",
        why_not=_needs_scan,
        paints=False,
    ),
    HandTool(
        tool=Tool.WINDOW,
        title="Window",
        keys=("2", "W"),
        tip="Left drag changes the window: right widens, up brightens.",
        hint=f"Left drag: right widens, up brightens, {_MOUSE}",
        shape="window",
        why_not=_needs_window,
        paints=False,
    ),
    HandTool(
        tool=Tool.BRUSH,
        title="Brush",
        keys=("3", "B"),
        tip="Left drag paints the chosen label; Shift+wheel changes the size.",
        hint="Left drag paints, Shift+wheel: size, Esc: take the stroke back, wheel: slices",
        shape="none",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.ERASER,
        title="Eraser",
        keys=("4", "E"),
        tip="Left drag erases labels that are not locked; Shift+wheel changes the size.",
        hint="Left drag erases, Shift+wheel: size, Esc: take the stroke back, wheel: slices",
        shape="none",
        why_not=_needs_mask,
    ),
    HandTool(
        tool=Tool.LASSO,
        title="Lasso",
        keys=("5",),
        tip="Left drag draws around what gets the label; with Ctrl held, around what is erased.",
        hint="Left drag: around what is painted, Ctrl: erases, Esc: drop it, wheel: slices",
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.POLYGON,
        title="Polygon",
        keys=("6",),
        tip="Click corner after corner; Enter or a double click closes it, Backspace takes one back.",
        hint=_CORNERS,
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.LIVEWIRE,
        title="Livewire",
        keys=("7",),
        tip="As the polygon, but between two clicks the outline follows the strongest edge.",
        hint=_CORNERS,
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.WAND,
        title="Magic wand",
        keys=("8",),
        tip="Click: paints the connected voxels of like value; drag right for more of them, left for fewer.",
        hint="Click: paint what is alike, drag right: more, left: less, Ctrl: erases, Esc: take it back",
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.BUCKET,
        title="Bucket",
        keys=("9",),
        tip="Click: gives the chosen label to the connected area of one label; with Ctrl held, erases it.",
        hint="Click: fill the area, Ctrl: erases it, wheel: slices",
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.SCISSORS,
        title="Scissors",
        keys=("Q",),
        tip="In the 3-D pane, left drag cuts the label away inside the outline; Shift keeps the inside only.",
        hint="3-D pane: left drag around what goes, Shift: around what stays, middle drag: move, wheel: zoom",
        shape="cross",
        why_not=_needs_label,
    ),
    HandTool(
        tool=Tool.CLICK,
        title="Smart click",
        keys=("C",),
        tip=(
            "Click what belongs to the label, right click (or Ctrl+click) what does not: the mask follows. "
            "Drag: scribble, Shift+drag: box, Backspace: last click back."
        ),
        hint=(
            "Click: include, right click or Ctrl: exclude, drag: scribble, Shift+drag: box, "
            "Backspace: click back, right drag: zoom"
        ),
        shape="cross",
        why_not=_needs_label,
    ),
)
"""In the order of menu and buttons."""

JUDGING_TOOLS: tuple[HandTool, ...] = (
    HandTool(
        tool=Tool.JUDGE,
        title="Judge by click",
        keys=("P",),
        tip="Click: accepts the connected difference under the mouse; with Ctrl held, rejects it.",
        hint="Click: accept the difference, Ctrl: reject it, K: next difference, wheel: slices",
        shape="cross",
        why_not=why_not_judge,
    ),
    HandTool(
        tool=Tool.ACCEPT,
        title="Accept by brush",
        keys=("T",),
        tip="Left drag takes over what the proposal holds there; with Ctrl held, keeps the mask instead.",
        hint="Left drag accepts, Ctrl: rejects, Shift+wheel: size, Esc: take the stroke back",
        shape="none",
        why_not=why_not_judge,
    ),
    HandTool(
        tool=Tool.REJECT,
        title="Reject by brush",
        keys=("Shift+T",),
        tip="Left drag keeps the mask as it is there; with Ctrl held, takes the proposal over instead.",
        hint="Left drag rejects, Ctrl: accepts, Shift+wheel: size, Esc: take the stroke back",
        shape="none",
        why_not=why_not_judge,
    ),
)
"""For proposals; in the order of menu and buttons."""

BY_TOOL = {entry.tool: entry for entry in (*HAND_TOOLS, *JUDGING_TOOLS)}
JUDGING_STAMPS = (Tool.ACCEPT, Tool.REJECT)
STAMPS = (Tool.BRUSH, Tool.ERASER, *JUDGING_STAMPS)
OUTLINES = (Tool.POLYGON, Tool.LIVEWIRE)
