"""Scissors: an outline on the 3-D pane cuts the label in hand through all depths."""

from __future__ import annotations

from typing import Any

from medview.core.state import SessionState, Tool
from medview.edit.by_click import scissors
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.hand.tool_table import BY_TOOL

Corners = tuple[tuple[float, float], ...]


class Scissors:
    """Hands the scissors to the 3-D pane while they are the tool, and cuts what it says.

    Args:
        desk: Where.
        actions: Runs the cut, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, actions: ActionTable) -> None:
        self._desk = desk
        self._actions = actions
        desk.volume_view.cut.connect(self._on_cut)
        desk.session.changed.connect(self._on_changed)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        has, had = (state.view.tool is Tool.SCISSORS for state in (new, old))
        if has != had:
            self._desk.volume_view.set_scissors(has)

    def _on_cut(self, outline: Corners, camera: Any, keeps_inside: bool) -> None:
        reason = BY_TOOL[Tool.SCISSORS].why_not(self._desk.state)
        layer = self._desk.state.active
        if reason or layer is None:
            self._desk.window.show_hint(reason)
            return
        cut = scissors(outline, camera, keeps_inside)
        self._actions.guarded("Scissors", lambda: self._desk.workflows.operating.start(layer.id, cut, {}))
