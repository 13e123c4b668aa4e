"""The 3-D menu: sides to look from, presets, and what is drawn."""

from __future__ import annotations

from medview.core.volume import Volume
from medview.present.actions import Action
from medview.present.desk import Desk

_DIRECTIONS = ("anterior", "posterior", "left", "right", "superior", "inferior")


def volume_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the 3-D menu, in its order."""
    return (
        *(_direction_action(desk, direction) for direction in _DIRECTIONS),
        Action(
            action_id="3d.visible",
            title="Show the scan in 3-D",
            run=desk.switch("volume_visible"),
            why_not=desk.needs_scan,
            checked=lambda: desk.state.view.volume_visible,
            tip="Off shows only the surfaces of masks.",
            group="drawn",
        ),
        *(_preset_action(desk, name) for name in ("auto", *desk.volume_presets)),
    )


def _direction_action(desk: Desk, direction: str) -> Action:
    return Action(
        action_id=f"3d.from_{direction}",
        title=f"From {direction}",
        run=lambda: desk.volume_view.view_from(direction),
        why_not=desk.needs_scan,
        tip=f"Look at the 3-D view from the patient's {direction} side.",
        group="direction",
    )


def _preset_action(desk: Desk, name: str) -> Action:
    return Action(
        action_id=f"3d.preset_{name.lower().replace(' ', '_')}",
        title="Preset: by modality" if name == "auto" else f"Preset: {name}",
        run=desk.setter(volume_preset=name),
        why_not=lambda: _why_not_preset(desk, name),
        checked=lambda: desk.state.view.volume_preset == name,
        tip="How values become colour and opacity in 3-D.",
        group="preset",
    )


def _why_not_preset(desk: Desk, name: str) -> str:
    base = desk.state.base
    if base is None:
        return desk.needs_scan()
    is_ct = isinstance(base.data, Volume) and base.data.modality in ("CT", "CTA")
    if name.startswith("CT ") and not is_ct:
        return "This preset is for CT: its numbers are Hounsfield units."
    return ""
