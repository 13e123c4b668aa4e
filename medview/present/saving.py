"""Saving, and the guard before anything that would lose unsaved work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from medview.core.layers import Layer, LayerId
from medview.core.state import SessionState
from medview.present.ports.window_port import WindowViewPort
from medview.present.stroke import Strokes
from medview.session.session import Session
from medview.session.workflows import Workflows


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """A deed that follows once these layers lie on disk as they are."""

    layer_ids: tuple[LayerId, ...]
    deed: Callable[[], object]


class Saving:
    """Asks where to save, and whether to.

    Args:
        session: Tells when a save has ended.
        workflows: Saves.
        window: Asks.
        strokes: Finished before a save, so that what is seen is what is written.
    """

    def __init__(
        self, session: Session, workflows: Workflows, window: WindowViewPort, strokes: Strokes
    ) -> None:
        self._session = session
        self._workflows = workflows
        self._window = window
        self._strokes = strokes
        self._written: set[Path] = set()
        self._waiting: _Waiting | None = None
        session.changed.connect(self._on_changed)
        workflows.failed.connect(self._on_failed)

    def know(self, path: Path) -> None:
        """Save to this file without asking where: it is the program's own."""
        self._written.add(path)

    def save(self, layer: Layer | None) -> bool:
        """Save where this program saved the layer before; a file that was only opened is asked about.

        Returns:
            False where the person cancelled.
        """
        if layer is None:
            return False
        if layer.path is None or layer.path not in self._written:
            return self.save_as(layer)
        self._strokes.finish()
        self._workflows.saving.save_layer(layer.id, layer.path)
        return True

    def save_as(self, layer: Layer | None) -> bool:
        """Ask where, and save there; False where the person cancelled."""
        if layer is None:
            return False
        path = self._window.ask_save_path(self._workflows.saving.suggested_path(layer.id))
        if path is None:
            return False
        self._strokes.finish()
        self._written.add(path)
        self._workflows.saving.save_layer(layer.id, path)
        return True

    def guard(self, layers: tuple[Layer, ...], before: str, deed: Callable[[], object]) -> None:
        """Do what would lose these layers, after asking where they are unsaved.

        Args:
            layers: What would be lost.
            before: What is about to happen, such as ``"closing"``.
            deed: Done at once, after a save has ended well, or never.
        """
        self._strokes.finish()
        self._waiting = None
        current = [self._session.state.layer(layer.id) for layer in layers]
        unsaved = tuple(layer for layer in current if layer is not None and layer.is_unsaved)
        answer = self._window.ask_unsaved(tuple(x.name for x in unsaved), before) if unsaved else "discard"
        if answer == "discard":
            deed()
        elif answer == "save" and all(self.save(layer) for layer in unsaved):
            self._waiting = _Waiting(layer_ids=tuple(layer.id for layer in unsaved), deed=deed)
            self._go_on_if_saved()

    def _on_changed(self, _old: SessionState, _new: SessionState) -> None:
        self._go_on_if_saved()

    def _on_failed(self, *_words: str) -> None:
        self._waiting = None

    def _go_on_if_saved(self) -> None:
        waiting = self._waiting
        if waiting is None:
            return
        layers = [self._session.state.layer(layer_id) for layer_id in waiting.layer_ids]
        if not any(layer is not None and layer.is_unsaved for layer in layers):
            self._waiting = None
            waiting.deed()
