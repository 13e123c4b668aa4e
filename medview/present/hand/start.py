"""What a press of the left button begins, by the tool in the hand."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.hand import WandRule
from medview.core.state import Tool
from medview.edit.by_click import BUCKET, CONFIDENCE, WAND
from medview.present.hand.click_drag import ClickDrag
from medview.present.hand.corners import press_corner
from medview.present.hand.grip import Grip
from medview.present.hand.judging import JudgeDrag, judge_here
from medview.present.hand.lasso import LassoDrag
from medview.present.hand.stamp import StampDrag
from medview.present.hand.tool_table import BY_TOOL
from medview.present.hand.touch import WandDrag, pour, tolerance
from medview.present.ports.slice_port import Pointer
from medview.present.slice_drags import CrosshairDrag, Drag, WindowDrag


def started(grip: Grip, pointer: Pointer) -> Drag | None:
    """Begin what the tool does; None where it is done at once, or where it cannot work, which is told."""
    tool = BY_TOOL[grip.state.view.tool]
    reason = tool.why_not(grip.state)
    if reason:
        grip.told(reason)
        return None
    return _STARTS[tool.tool](grip, pointer)


def _navigate(grip: Grip, pointer: Pointer) -> Drag:
    return CrosshairDrag(grip.session, grip.pane, pointer)


def _window(grip: Grip, pointer: Pointer) -> Drag:
    layer = grip.state.active_image
    assert layer is not None
    return WindowDrag(grip.session, layer, pointer)


def _corner(grip: Grip, pointer: Pointer) -> None:
    press_corner(grip, pointer)


def _wand(grip: Grip, pointer: Pointer) -> Drag | None:
    hand = grip.state.view.hand
    if hand.wand is WandRule.CONFIDENCE:
        grip.reach.grow(
            CONFIDENCE, {"multiplier": hand.wand_multiplier, "erase": pointer.ctrl}, pointer.position_ras
        )
        return None
    if hand.wand_in_3d:
        grip.reach.grow(
            WAND, {"tolerance": tolerance(grip.state), "erase": pointer.ctrl}, pointer.position_ras
        )
        return None
    return WandDrag(grip, pointer)


def _bucket(grip: Grip, pointer: Pointer) -> None:
    if grip.state.view.hand.wand_in_3d:
        grip.reach.grow(BUCKET, {"erase": pointer.ctrl}, pointer.position_ras)
    else:
        pour(grip, pointer)


def _scissors(grip: Grip, _pointer: Pointer) -> None:
    grip.told("Scissors cut in the 3-D pane: draw around what shall go.")


_STARTS: dict[Tool, Callable[[Grip, Pointer], Drag | None]] = {
    Tool.NAVIGATE: _navigate,
    Tool.WINDOW: _window,
    Tool.BRUSH: StampDrag,
    Tool.ERASER: StampDrag,
    Tool.LASSO: LassoDrag,
    Tool.POLYGON: _corner,
    Tool.LIVEWIRE: _corner,
    Tool.WAND: _wand,
    Tool.BUCKET: _bucket,
    Tool.SCISSORS: _scissors,
    Tool.CLICK: ClickDrag,
    Tool.JUDGE: judge_here,
    Tool.ACCEPT: JudgeDrag,
    Tool.REJECT: JudgeDrag,
}
