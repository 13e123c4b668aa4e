"""The Help menu: the guide, the keys, the chosen model's card, and what the program is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from medview import __version__
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.ports.menu_port import ActionRow

ABOUT = (
    f"medview {__version__}\n\n"
    "See a scan, run a neural model on it, judge and correct the result.\n\n"
    "For research and teaching. Not a medical device: never use it to diagnose or treat a patient.\n"
    "It opens no network connection.\n\n"
    "Licence: Apache 2.0. Licences of the libraries are in resources/notices."
)
_MOUSE = (
    "Wheel: slices. Ctrl+wheel: zoom. Shift+wheel: brush size.\n"
    "Left drag: the chosen tool. Middle drag: move. Right drag: zoom.\n"
    "Double click: maximise the pane, or come back.\n"
    "3-D: drag turns, middle drag moves, wheel zooms."
)


def help_actions(desk: Desk, rows: Callable[[], Iterable[ActionRow]]) -> tuple[Action, ...]:
    """Return the actions of the Help menu, in its order.

    Args:
        desk: What the actions work with.
        rows: Gives every action, for the list of keys.
    """
    return (
        Action(
            action_id="help.guide",
            title="User guide",
            run=desk.window.show_guide,
            shortcuts=("F1",),
            tip="Open the guide that came with the program.",
            icon="help",
            group="help",
        ),
        Action(
            action_id="help.keys",
            title="Keys and mouse",
            run=lambda: desk.window.show_text("Keys and mouse", keys_text(rows())),
            shortcuts=("Ctrl+/",),
            tip="List what every key and mouse button does.",
            group="help",
        ),
        Action(
            action_id="help.model_card",
            title="Card of the chosen model",
            run=lambda: desk.window.show_card(desk.workflows.models.card_page(desk.model_id)),
            why_not=lambda: "" if desk.model_id else "Choose a model in the tools panel first.",
            tip="What the model was trained on, what it is for, and where it fails.",
            icon="model",
            group="help",
        ),
        Action(
            action_id="help.about",
            title="About medview",
            run=lambda: desk.window.show_about(ABOUT),
            tip="Version, licence, and what the program is not for.",
            icon="logo",
            group="about",
        ),
    )


def keys_text(rows: Iterable[ActionRow]) -> str:
    """One line per action that has a key, then the mouse."""
    lines = [f"{', '.join(row.shortcuts)}: {row.title.removesuffix('…')}" for row in rows if row.shortcuts]
    return "\n".join((*lines, "", _MOUSE))
