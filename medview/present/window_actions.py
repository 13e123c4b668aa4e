"""The Window menu: window and level of the active scan."""

from __future__ import annotations

from medview.core.volume import Volume
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.layers_presenter import set_window
from medview.present.window_level import CT_PRESETS, named_window, why_not_window


def window_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions of the Window menu, in its order."""
    presets = (
        _window_action(
            desk, preset.preset_id, preset.title, (), f"Width {preset.width:g}, level {preset.level:g} HU."
        )
        for preset in CT_PRESETS
    )
    return (
        _window_action(
            desk,
            "auto",
            "Automatic",
            ("0",),
            "All but the darkest and brightest half per cent of the values.",
        ),
        _window_action(desk, "full", "Full range", (), "From the darkest to the brightest voxel."),
        *presets,
    )


def _window_action(desk: Desk, name: str, title: str, keys: tuple[str, ...], tip: str) -> Action:
    return Action(
        action_id=f"window.{name}",
        title=title,
        run=lambda: _choose(desk, name),
        why_not=lambda: why_not_window(name, desk.state.active_image),
        shortcuts=keys,
        tip=tip,
        group="ct" if name.startswith("ct_") else "window",
    )


def _choose(desk: Desk, name: str) -> None:
    layer = desk.state.active_image
    if layer is not None and isinstance(layer.data, Volume):
        set_window(desk.session, layer.id, *named_window(name, layer.data))
