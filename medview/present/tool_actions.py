"""The Tools menu: what the left button does, the brush, and masks."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.state import Tool
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.hand.copying import copy_to_next, why_not_copy
from medview.present.hand.tool_table import HAND_TOOLS, JUDGING_TOOLS, HandTool
from medview.present.layers_presenter import change_layer
from medview.session import masks

_RADIUS_STEP = 1.25
_RADIUS_LIMITS_MM = (0.1, 100.0)
_OPACITY_STEP = 0.1


def tool_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the Tools menu, in its order."""
    return (*_tools(desk), *_brush_actions(desk), *_copy_actions(desk), *_mask_actions(desk))


def _tools(desk: Desk) -> tuple[Action, ...]:
    return tuple(_tool(desk, entry, "tool", icon=entry.tool.value) for entry in HAND_TOOLS)


def judging_tools(desk: Desk) -> tuple[Action, ...]:
    """Return the actions that take a tool for proposals into the hand; their buttons are in the panel."""
    return tuple(_tool(desk, entry, "judging", icon="") for entry in JUDGING_TOOLS)


def _tool(desk: Desk, entry: HandTool, group: str, icon: str) -> Action:
    return Action(
        action_id=f"tools.{entry.tool.value}",
        title=entry.title,
        run=desk.setter(tool=entry.tool),
        why_not=lambda: entry.why_not(desk.state),
        checked=lambda: desk.state.view.tool is entry.tool,
        shortcuts=entry.keys,
        tip=entry.tip,
        icon=icon,
        group=group,
    )


def _brush_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, title: str, key: str, tip: str, run: Callable[[], None]) -> Action:
        return Action(
            action_id=f"tools.{name}", title=title, run=run, shortcuts=(key,), tip=tip, group="brush"
        )

    return (
        action(
            "smaller",
            "Smaller brush",
            "[",
            "Shrink the brush by a fifth.",
            lambda: resize(desk, 1 / _RADIUS_STEP),
        ),
        action(
            "larger",
            "Larger brush",
            "]",
            "Enlarge the brush by a quarter.",
            lambda: resize(desk, _RADIUS_STEP),
        ),
    )


def _copy_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, title: str, key: str, step: int) -> Action:
        return Action(
            action_id=f"tools.{name}",
            title=title,
            run=lambda: copy_to_next(desk, step),
            why_not=lambda: why_not_copy(desk),
            shortcuts=(key,),
            tip="Copy the label's part in this slice to the neighbouring one, and go there.",
            group="copy",
        )

    return (
        action("copy_up", "Copy to the slice above", "Shift+PgUp", 1),
        action("copy_down", "Copy to the slice below", "Shift+PgDown", -1),
    )


def resize(desk: Desk, factor: float) -> None:
    """Change the brush's radius by a factor, kept within 0.1 to 100 mm."""
    low, high = _RADIUS_LIMITS_MM
    radius = min(max(desk.state.view.brush_radius_mm * factor, low), high)
    desk.session.set_view(brush_radius_mm=round(radius, 2))


def _mask_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, title: str, keys: tuple[str, ...], tip: str, run: Callable[[], object]) -> Action:
        return Action(
            action_id=f"tools.{name}",
            title=title,
            run=run,
            why_not=lambda: _why_not_mask(desk),
            shortcuts=keys,
            tip=tip,
            group="mask",
        )

    return (
        Action(
            action_id="tools.new_mask",
            title="New mask",
            run=lambda: make_mask(desk),
            why_not=desk.needs_scan,
            shortcuts=("Ctrl+M",),
            tip="Make an empty mask on the scan's grid and take up the brush.",
            icon="plus",
            group="mask",
        ),
        action(
            "toggle_mask", "Show or hide mask", ("S",), "Show or hide the active mask.", lambda: _toggle(desk)
        ),
        action(
            "fainter",
            "Fainter mask",
            ("A",),
            "Lower the mask's opacity.",
            lambda: _fade(desk, -_OPACITY_STEP),
        ),
        action(
            "stronger",
            "Stronger mask",
            ("D",),
            "Raise the mask's opacity.",
            lambda: _fade(desk, _OPACITY_STEP),
        ),
        action(
            "label_previous",
            "Previous label",
            (",",),
            "Paint the label before.",
            lambda: _turn_label(desk, -1),
        ),
        action("label_next", "Next label", (".",), "Paint the label after.", lambda: _turn_label(desk, 1)),
    )


def make_mask(desk: Desk) -> None:
    """Make an empty mask, make it active, and take up the brush with its first label."""
    mask_id = masks.new_mask(desk.session)
    layer = desk.state.layer(mask_id)
    if layer is None or not isinstance(layer.data, LabelMap):
        return
    desk.session.set_active(layer.id)
    first = next(iter(layer.data.table.entries), None)
    desk.session.set_view(tool=Tool.BRUSH, label_value=first.value if first is not None else 1)


def _mask(desk: Desk) -> Layer | None:
    """The active mask, else the topmost one."""
    if desk.state.active is not None and desk.state.active.is_labels:
        return desk.state.active
    return next((layer for layer in reversed(desk.state.layers) if layer.is_labels), None)


def _why_not_mask(desk: Desk) -> str:
    return "" if _mask(desk) is not None else "There is no mask; make one with New mask (Ctrl+M)."


def _toggle(desk: Desk) -> None:
    layer = _mask(desk)
    if layer is not None:
        change_layer(desk.session, layer, {"visible": not layer.visible}, "Show or hide {name}")


def _fade(desk: Desk, step: float) -> None:
    layer = _mask(desk)
    if layer is not None:
        opacity = round(min(max(layer.opacity + step, 0.0), 1.0), 2)
        change_layer(desk.session, layer, {"opacity": opacity}, "Opacity of {name}")


def _turn_label(desk: Desk, steps: int) -> None:
    layer = _mask(desk)
    if layer is None or not isinstance(layer.data, LabelMap) or not layer.data.table.entries:
        return
    values = [entry.value for entry in layer.data.table.entries]
    present = desk.state.view.label_value
    index = values.index(present) + steps if present in values else 0
    desk.session.set_view(label_value=values[index % len(values)])
