"""The Layers menu: order, names, and taking layers out."""

from __future__ import annotations

from medview.core.layers import Layer, LayerId
from medview.core.volume import Volume
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.layers_presenter import rename
from medview.present.saving import Saving
from medview.session.commands import ChangeLayer, MoveLayer, RemoveLayer


def layer_actions(desk: Desk, saving: Saving) -> tuple[Action, ...]:
    """Return the actions of the Layers menu, in its order."""
    return (*_order_actions(desk), *_choice_actions(desk), *_own_actions(desk, saving))


def _order_actions(desk: Desk) -> tuple[Action, ...]:
    def action(name: str, steps: int, tip: str) -> Action:
        return Action(
            action_id=f"layer.{name}",
            title=f"Move {name}",
            run=lambda: _move(desk, steps),
            why_not=lambda: _why_not_move(desk, steps),
            shortcuts=(f"Ctrl+{name.capitalize()}",),
            tip=tip,
            group="order",
        )

    return (
        action("up", 1, "Lay the active layer over the next one."),
        action("down", -1, "Lay the active layer under the next one."),
    )


def _choice_actions(desk: Desk) -> tuple[Action, ...]:
    return (
        Action(
            action_id="layer.next",
            title="Next layer",
            run=lambda: _next(desk),
            why_not=lambda: _why_not_layer(desk),
            shortcuts=("L",),
            tip="Make the layer above active.",
            group="choice",
        ),
        Action(
            action_id="layer.show_next",
            title="Show next scan",
            run=lambda: _show_next(desk),
            why_not=lambda: "" if len(_scans(desk)) > 1 else "Only one scan is open.",
            shortcuts=("V",),
            tip="Show the next scan of the list in place of the one on show.",
            group="choice",
        ),
    )


def _own_actions(desk: Desk, saving: Saving) -> tuple[Action, ...]:
    return (
        Action(
            action_id="layer.rename",
            title="Rename…",
            run=lambda: _rename(desk),
            why_not=lambda: _why_not_layer(desk),
            shortcuts=("F2",),
            tip="Give the active layer another name.",
            group="layer",
        ),
        Action(
            action_id="layer.remove",
            title="Remove",
            run=lambda: remove_layer(desk, saving, desk.state.active_id),
            why_not=lambda: _why_not_layer(desk),
            shortcuts=("Ctrl+Del",),
            tip="Take the active layer out; unsaved masks are asked about first.",
            group="layer",
        ),
    )


def _why_not_layer(desk: Desk) -> str:
    return "" if desk.state.active is not None else "Choose a layer in the list first."


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
