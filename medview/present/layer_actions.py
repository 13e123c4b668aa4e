"""The Layers menu: order, names, and taking layers out."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.layers import Layer, LayerId
from medview.core.volume import Volume
from medview.present.action import Action
from medview.present.desk import Desk
from medview.present.layers_presenter import rename
from medview.present.saving import Saving
from medview.session.commands import ChangeLayer, MoveLayer, RemoveLayer


def layer_actions(desk: Desk, saving: Saving) -> tuple[Action, ...]:
    """Return the actions of the Layers menu, in its order."""

    def action(
        name: str,
        title: str,
        keys: tuple[str, ...],
        tip: str,
        run: Callable[[], None],
        why_not: Callable[[], str],
    ) -> Action:
        return Action(
            action_id=f"layer.{name}",
            title=title,
            run=run,
            why_not=why_not,
            shortcuts=keys,
            tip=tip,
            icon={"up": "up", "down": "down", "remove": "trash", "rename": "pencil"}.get(name, ""),
            group="order" if name in ("up", "down") else "layer",
        )

    def needs_layer() -> str:
        return "" if desk.state.active is not None else "Choose a layer in the list first."

    return (
        action(
            "up",
            "Move up",
            ("Ctrl+Up",),
            "Lay the active layer over the next one.",
            lambda: _move(desk, 1),
            lambda: _why_not_move(desk, 1),
        ),
        action(
            "down",
            "Move down",
            ("Ctrl+Down",),
            "Lay the active layer under the next one.",
            lambda: _move(desk, -1),
            lambda: _why_not_move(desk, -1),
        ),
        action(
            "show_next",
            "Show next scan",
            ("V",),
            "Show the next scan of the list in place of the one on show.",
            lambda: _show_next(desk),
            lambda: _why_not_show_next(desk),
        ),
        action(
            "next", "Next layer", ("L",), "Make the layer above active.", lambda: _next(desk), needs_layer
        ),
        action(
            "rename",
            "Rename…",
            ("F2",),
            "Give the active layer another name.",
            lambda: _rename(desk),
            needs_layer,
        ),
        action(
            "remove",
            "Remove",
            ("Ctrl+Del",),
            "Take the active layer out; unsaved masks are asked about first.",
            lambda: remove_layer(desk, saving, desk.state.active_id),
            needs_layer,
        ),
    )


def remove_layer(desk: Desk, saving: Saving, layer_id: LayerId | None) -> None:
    """Take a layer out as an undo step, after asking where it is unsaved."""
    layer = desk.state.layer(layer_id)
    if layer is not None:
        saving.guard(
            (layer,), f"removing {layer.name}", lambda: desk.session.do(RemoveLayer(layer_id=layer.id))
        )


def _place(desk: Desk) -> int:
    ids = [layer.id for layer in desk.state.layers]
    return ids.index(desk.state.active_id) if desk.state.active_id in ids else -1


def _why_not_move(desk: Desk, steps: int) -> str:
    place, count = _place(desk), len(desk.state.layers)
    if place < 0:
        return "Choose a layer in the list first."
    if not 0 <= place + steps < count:
        return f"This layer is already at the {'top' if steps > 0 else 'bottom'}."
    return ""


def _move(desk: Desk, steps: int) -> None:
    layer_id = desk.state.active_id
    if layer_id is not None:
        desk.session.do(MoveLayer(layer_id=layer_id, index=_place(desk) + steps))


def _next(desk: Desk) -> None:
    layers = desk.state.layers
    desk.session.set_active(layers[(_place(desk) + 1) % len(layers)].id)


def _scans(desk: Desk) -> tuple[Layer, ...]:
    return tuple(layer for layer in desk.state.layers if isinstance(layer.data, Volume))


def _why_not_show_next(desk: Desk) -> str:
    return "" if len(_scans(desk)) > 1 else "Only one scan is open."


def _show_next(desk: Desk) -> None:
    """Show one scan alone, as a single undo step; masks stay as they are."""
    scans = _scans(desk)
    shown = max((n for n, layer in enumerate(scans) if layer.visible), default=-1)
    chosen = scans[(shown + 1) % len(scans)]
    changed = [layer for layer in scans if layer.visible != (layer is chosen)]
    title = f"Show {chosen.name}"
    with desk.session.macro(title):
        for layer in changed:
            visible = {"visible": layer is chosen}
            desk.session.do(ChangeLayer(layer_id=layer.id, changes=visible, title=title))
    desk.session.set_active(chosen.id)


def _rename(desk: Desk) -> None:
    layer = desk.state.active
    name = desk.window.ask_text("Rename layer", "Name (never a patient's)", layer.name) if layer else None
    if layer is not None and name is not None:
        rename(desk.session, layer.id, name)
