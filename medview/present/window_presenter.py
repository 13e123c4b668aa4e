"""The main window: menus, title, layout, readout, frames, recent files, questions and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from medview.core.layers import LayerId
from medview.core.plans import Vector
from medview.core.state import Orientation, SessionState
from medview.core.volume import Volume
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.hand.tool_table import BY_TOOL
from medview.present.install_presenter import look_at, split_models
from medview.present.ports.menu_port import ActionRow, RecentRow
from medview.present.ports.window_port import SeriesRow
from medview.present.readout import readout_lines
from medview.present.saving import Saving
from medview.present.slice_texts import frame_count, frame_text
from medview.present.view_actions import reset_view
from medview.session.files.opening import SeriesQuestion
from medview.session.files.recent import RecentFiles

#: Fields of the view that are kept for the next start under the settings of the same name.
_KEPT = ("convention", "planes", "crosshair", "overlays", "interpolate")


class WindowPresenter:
    """Presents the window itself.

    Args:
        desk: What the actions work with.
        actions: The table of actions.
        saving: Asks before unsaved work is lost.
        recent: Files opened before.
    """

    def __init__(self, desk: Desk, actions: ActionTable, saving: Saving, recent: RecentFiles) -> None:
        self._desk = desk
        self._window = desk.window
        self._actions = actions
        self._saving = saving
        self._recent = recent
        self._rows: tuple[ActionRow, ...] = ()
        self._shown: dict[str, object] = {}
        self._closing = False
        self._connect_window()
        self._connect_session()
        self._window.set_theme(str(desk.settings.value("theme")))
        self.refresh()
        self._show_recent()
        recent.refresh()
        if desk.settings.notices:
            self._window.show_warnings("Settings", tuple(desk.settings.notices))

    def _connect_window(self) -> None:
        self._window.triggered.connect(self._actions.run)
        self._window.dropped.connect(self._open)
        self._window.recent_chosen.connect(lambda path: self._open((path,)))
        self._window.frame_chosen.connect(lambda frame: self._desk.session.set_view(frame=frame))
        self._window.close_asked.connect(self._on_close_asked)
        self._window.self_test_asked.connect(self._on_self_test)

    def _connect_session(self) -> None:
        workflows = self._desk.workflows
        workflows.failed.connect(self._window.show_error)
        workflows.warned.connect(self._window.show_warnings)
        workflows.told.connect(self._window.show_hint)
        workflows.series_found.connect(self._on_series_found)
        workflows.opened.connect(self._on_opened)
        workflows.worklist.changed.connect(self._show_actions)
        workflows.scene_out.changed.connect(self._show_actions)
        self._desk.session.changed.connect(self._on_changed)
        self._desk.session.undo_stack.changed.connect(self.refresh)
        self._desk.outlines.turned.connect(self._show_actions)
        self._desk.settings.changed.connect(self._on_setting)
        self._recent.changed.connect(self._show_recent)

    def _on_self_test(self, model_id: str) -> None:
        def test() -> None:
            self._window.show_self_test("The self-test is running…", None)
            device = str(self._desk.settings.value("device"))
            self._desk.workflows.models.self_test(model_id, self._window.show_self_test, device)

        self._actions.guarded("Self-test", test)

    # what is shown

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        # what a stroke changes is told at its end: the mouse must not wait for menus at every stamp
        is_stamp = old.view is new.view and self._desk.session.is_painting
        if is_stamp or _only_moved(old, new):
            return
        self._keep_settings(old, new)
        self.refresh()

    def refresh(self) -> None:
        """Show menus, title, layout, frames and hint where they are new."""
        state = self._desk.state
        self._show_actions()
        self._show("title", self._window.show_title, _document(state), _is_unsaved(state))
        self._show("layout", self._window.show_layout, state.view.layout)
        self._show(
            "frames", self._window.show_frames, state.view.frame, frame_count(state), frame_text(state)
        )
        self._show("hint", self._window.show_hint, self._hint())
        self.hover(self._desk.hovered, self._desk.hover_ras)

    def _show(self, name: str, show: Callable[..., None], *values: object) -> None:
        if self._shown.get(name) != values:
            self._shown[name] = values
            show(*values)

    def _show_actions(self) -> None:
        rows = self._actions.rows()
        if rows != self._rows:
            self._rows = rows
            self._window.show_actions(rows)

    def _hint(self) -> str:
        state = self._desk.state
        if state.base is None:
            return "Drop scans into the window, or press Ctrl+O"
        return BY_TOOL[state.view.tool].hint if self._desk.settings.value("show_hints") else ""

    def hover(self, orientation: Orientation | None, ras: Vector | None) -> None:
        """Show what lies under the mouse; nothing of the session changes by it."""
        self._desk.hovered = orientation if ras is not None else self._desk.hovered
        self._desk.hover_ras = ras
        self._show("readout", self._window.show_readout, readout_lines(self._desk.state, ras))

    def _show_recent(self) -> None:
        rows = [
            RecentRow(path=entry.path, name=entry.path.name, exists=entry.exists is not False)
            for entry in self._recent.entries
        ]
        self._window.show_recent(tuple(rows))

    # what is opened

    def _open(self, paths: tuple[Path, ...]) -> None:
        models, scans = split_models(paths)
        for path in models:
            self._actions.guarded("Install", partial(look_at, self._desk, path))
        if scans:
            self._actions.guarded("Open", partial(self._open_scans, scans))

    def _open_scans(self, paths: tuple[Path, ...]) -> None:
        """Open scans; a single folder that is a work list is opened as that."""
        workflows = self._desk.workflows
        workflows.worklist.look_into(
            paths,
            as_list=lambda folder: self._desk.open_work_list(folder),
            as_scans=lambda: self._actions.guarded("Open", lambda: workflows.opening.open_paths(paths)),
        )

    def _on_series_found(self, question: SeriesQuestion) -> None:
        rows = [
            SeriesRow(
                title=choice.title,
                modality=choice.modality,
                detail=choice.detail,
                is_suggested=choice.is_suggested,
            )
            for choice in question.choices
        ]
        chosen = self._window.ask_series(tuple(rows))
        self._actions.guarded(
            "Open series", lambda: self._desk.workflows.opening.open_series(question, chosen)
        )

    def _on_opened(self, layer_ids: tuple[LayerId, ...]) -> None:
        """The first scan is shown from its middle; later ones leave the view alone."""
        scans = [layer for layer in self._desk.state.layers if isinstance(layer.data, Volume)]
        if all(layer.id in layer_ids for layer in scans):
            reset_view(self._desk)

    # settings

    def _keep_settings(self, old: SessionState, new: SessionState) -> None:
        for name in _KEPT:
            value = getattr(new.view, name)
            if value != getattr(old.view, name):
                self._keep(name, getattr(value, "value", value))

    def _keep(self, name: str, value: object) -> None:
        self._actions.guarded("Keep the settings", lambda: self._desk.settings.set(name, value))

    def _on_setting(self, _name: str, _value: object) -> None:
        self.refresh()

    # leaving

    def _on_close_asked(self) -> None:
        if not self._closing:
            self._saving.guard(self._desk.workflows.saving.unsaved(), "closing", self._close)

    def _close(self) -> None:
        self._closing = True
        self._keep("brush_radius_mm", self._desk.state.view.brush_radius_mm)
        self._desk.workflows.worklist.end()
        self._desk.workflows.cancel_all()
        self._desk.workflows.recovery.end()
        self._window.close()


def _only_moved(old: SessionState, new: SessionState) -> bool:
    is_same = old.layers is new.layers and old.active_id == new.active_id
    return is_same and replace(old.view, cursor_ras=new.view.cursor_ras) == new.view


def _document(state: SessionState) -> str:
    if state.base is None:
        return ""
    others = len(state.layers) - 1
    return f"{state.base.name} and {others} more" if others else state.base.name


def _is_unsaved(state: SessionState) -> bool:
    return any(layer.is_unsaved for layer in state.layers)
