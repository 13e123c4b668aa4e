"""Preferences: how the view begins with them, and how a change takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medview.core.state import Convention, Planes, Tool
from medview.present.actions import Action, ActionTable
from medview.present.desk import Desk
from medview.session.files.recent import RecentFiles
from medview.session.session import Session
from medview.session.settings import SETTINGS, Settings

#: Fields of the view that begin with the preference of the same name, and how its value is read.
_VIEW_FIELDS: dict[str, Callable[[Any], object]] = {
    "convention": Convention,
    "planes": Planes,
    "crosshair": bool,
    "overlays": bool,
    "interpolate": bool,
    "brush_radius_mm": float,
}
_RESTING = {"crosshair": Tool.NAVIGATE, "window": Tool.WINDOW}


def preferences_action(desk: Desk) -> Action:
    """Return the action that shows the preferences."""
    return Action(
        action_id="edit.preferences",
        title="Preferences…",
        run=lambda: desk.window.show_preferences(SETTINGS, desk.settings.values),
        shortcuts=("Ctrl+,",),
        tip="Theme, sides, what the left button does, and what else is kept for the next start.",
        group="preferences",
    )


def resting_tool(settings: Settings) -> Tool:
    """The tool of the left button while none is chosen, as the person prefers."""
    return _RESTING[settings.value("mouse")]


def apply_settings(session: Session, settings: Settings) -> None:
    """Begin with the view that the person prefers."""
    fields = {name: read(settings.value(name)) for name, read in _VIEW_FIELDS.items()}
    session.set_view(**fields, tool=resting_tool(settings))


class Preferences:
    """Lets changed preferences take effect, wherever they were changed.

    Args:
        desk: What the actions work with.
        actions: Runs the deeds, so that failures are told in one place.
        recent: Files opened before.
    """

    def __init__(self, desk: Desk, actions: ActionTable, recent: RecentFiles) -> None:
        self._desk = desk
        self._actions = actions
        self._recent = recent
        desk.window.preference_changed.connect(self._on_wish)
        desk.settings.changed.connect(self._take_effect)

    def _on_wish(self, name: str, value: object) -> None:
        self._actions.guarded("Keep the settings", lambda: self._desk.settings.set(name, value))

    def _take_effect(self, name: str, value: Any) -> None:
        if name in _VIEW_FIELDS:
            self._desk.session.set_view(**{name: _VIEW_FIELDS[name](value)})
        elif name == "theme":
            self._desk.window.set_theme(value)
        elif name == "recent_limit":
            self._recent.set_limit(value)
        elif name == "mouse" and self._desk.state.view.tool in _RESTING.values():
            self._desk.session.set_view(tool=_RESTING[value])
