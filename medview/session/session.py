"""The session: one frozen state, changed by commands, told to whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.labels import LabelMap, LabelTable
from medview.core.layers import LayerId
from medview.core.mesh import LabelSurfaces
from medview.core.origin import HAND, Maker
from medview.core.state import Preview, SessionState
from medview.core.undo import UndoStack
from medview.session.commands import SessionCommand
from medview.session.deeds import (
    Activated,
    Doing,
    Failed,
    MacroBegun,
    MacroEnded,
    Saved,
    WentTo,
)
from medview.session.stamps import unreviewed_names
from medview.session.stroke import StrokeEdit


class Session:
    """What is open, and the only way to change it.

    Used from the window's thread only; jobs hand their results over there.

    Attributes:
        changed: Emitted with the old and the new state, after every change.
        deeds: Emitted with a `Deed` for everything that a journal must know in order to do it again.
        unreviewed: Emitted with the names of labels that a new step has changed after their review.
        undo_stack: Named steps; commands go through `do`.
    """

    changed = Signal(SessionState, SessionState)
    deeds = Signal(object)
    unreviewed = Signal(tuple)

    def __init__(self, undo_budget_bytes: int = 512 * 2**20) -> None:
        self._state = SessionState()
        self._ids = count(1)
        self._open_stroke: StrokeEdit | None = None
        self._is_gathering = False
        self.undo_stack: UndoStack[Session] = UndoStack(self, undo_budget_bytes)

    @property
    def state(self) -> SessionState:
        """The present state; frozen."""
        return self._state

    def new_id(self) -> LayerId:
        """An id that no layer of this session ever had."""
        return LayerId(next(self._ids))

    def do(self, command: SessionCommand) -> None:
        """Make an undoable change; what is being painted becomes a step of its own first."""
        self.close_stroke()
        self.deeds.emit(Doing(command))
        try:
            self.undo_stack.push(command)
        except BaseException:
            self.deeds.emit(Failed())
            raise

    @contextmanager
    def macro(self, title: str) -> Iterator[None]:
        """Make the changes done inside one step; an error takes them all back."""
        self.close_stroke()
        self.deeds.emit(MacroBegun(title))
        try:
            with self.undo_stack.macro(title):
                yield
                self.close_stroke()
        except BaseException:
            self.deeds.emit(MacroEnded(failed=True))
            raise
        self.deeds.emit(MacroEnded())

    def undo(self) -> str | None:
        """Take back the newest step and return its name."""
        self.close_stroke()
        return self._go_to(self.undo_stack.position - 1)

    def redo(self) -> str | None:
        """Make the newest undone step again and return its name."""
        self.close_stroke()
        return self._go_to(self.undo_stack.position + 1)

    def go_to(self, position: int) -> str | None:
        """Undo or redo until so many of the kept steps are done: one change, however many steps lie between.

        Returns:
            The name of the last step that was taken back or made again; None where nothing moved.
        """
        self.close_stroke()
        return self._go_to(position)

    def _go_to(self, position: int) -> str | None:
        position = min(max(position, 0), self.undo_stack.count)
        if position == self.undo_stack.position:
            return None
        self.deeds.emit(WentTo(position))
        try:
            with self._one_change():
                return self.undo_stack.go_to(position)
        except BaseException:
            self.deeds.emit(Failed())
            self.deeds.emit(WentTo(self.undo_stack.position))
            raise

    def set_state(self, state: SessionState) -> None:
        """Take a new state and tell the listeners. For commands and for the methods here."""
        old, self._state = self._state, _consistent(state)
        if self._state is not old and not self._is_gathering:
            self.changed.emit(old, self._state)

    @contextmanager
    def _one_change(self) -> Iterator[None]:
        """Tell the changes made inside as one, at the end."""
        old, self._is_gathering = self._state, True
        try:
            yield
        finally:
            self._is_gathering = False
            if self._state is not old:
                self.changed.emit(old, self._state)

    def adopt(self, other: Session) -> None:
        """Take over all that is open in a session that nobody else uses, with its history, as one change."""
        self.close_stroke()
        looked = other.state.view
        view = replace(
            self._state.view,
            cursor_ras=looked.cursor_ras,
            frame=looked.frame,
            label_value=looked.label_value,
        )
        self._ids = other._ids
        with self._one_change():
            self.set_state(replace(other.state, view=view))
            self.undo_stack.adopt(other.undo_stack)

    def keep_ids_above(self, layer_id: LayerId) -> None:
        """Give no id up to this one to a new layer: it is taken by a layer that came with its id."""
        self._ids = count(max(next(self._ids), layer_id + 1))

    def set_view(self, **changes: Any) -> None:
        """Change how the session is looked at: fields of `ViewState`. Not undoable."""
        self.set_state(self._state.with_view(**changes))

    def set_active(self, layer_id: LayerId | None) -> None:
        """Choose the layer that tools act on. Not undoable."""
        if layer_id != self._state.active_id:
            self.deeds.emit(Activated(layer_id))
        self.set_state(replace(self._state, active_id=layer_id))

    def refresh_revision(self, layer_id: LayerId) -> None:
        """Let the state stand for the content that a label map has now."""
        layer = self._state.layer(layer_id)
        if layer is not None and isinstance(layer.data, LabelMap):
            self.set_state(self._state.with_layer(replace(layer, revision=layer.data.revision)))

    def stamp(self, labels: LabelMap, table: LabelTable) -> LabelTable | None:
        """Take the table that notes who changed a map. For commands and strokes.

        Returns:
            The table before; None where nothing is new.
        """
        before = labels.table
        if table is before:
            return None
        labels.table = table
        self.tell_unreviewed(before, table)
        return before

    def tell_unreviewed(self, before: LabelTable, after: LabelTable) -> None:
        """Say which labels are no longer marked as reviewed."""
        names = unreviewed_names(before, after)
        if names:
            self.unreviewed.emit(names)

    def set_surfaces(self, layer_id: LayerId, surfaces: LabelSurfaces) -> None:
        """Take surfaces that a job has made; ignored where the layer is gone. Not undoable."""
        if self._state.layer(layer_id) is not None:
            known = {**self._state.surfaces, layer_id: surfaces}
            self.set_state(replace(self._state, surfaces=known))

    def set_preview(self, preview: Preview | None) -> None:
        """Show what a running model has finished so far; None takes it away. Not undoable."""
        if preview is not self._state.preview:
            self.set_state(replace(self._state, preview=preview))

    def mark_saved(self, layer_id: LayerId, revision: int, path: Path | None) -> None:
        """Remember which revision of a layer lies on disk, and where. Not undoable."""
        layer = self._state.layer(layer_id)
        if layer is not None:
            self.deeds.emit(Saved(layer_id, revision, path))
            self.set_state(self._state.with_layer(replace(layer, saved_revision=revision, path=path)))

    @contextmanager
    def stroke(self, layer_id: LayerId, title: str, by: Maker = HAND) -> Iterator[StrokeEdit]:
        """Open an edit of one label layer that becomes a single undo step.

        An error inside takes back what was painted.

        Args:
            layer_id: The mask.
            title: What people read in the menu.
            by: Who is noted as a maker of the labels that change.

        Raises:
            KeyError: There is no label layer with this id.
        """
        edit = self.begin_stroke(layer_id, title, by)
        try:
            yield edit
        except BaseException:
            edit.roll_back()
            raise
        edit.finish()

    def begin_stroke(self, layer_id: LayerId, title: str, by: Maker = HAND) -> StrokeEdit:
        """As `stroke`, for callers whose press and release are separate events."""
        layer = self._state.layer(layer_id)
        if layer is None or not isinstance(layer.data, LabelMap):
            raise KeyError(layer_id)
        self.close_stroke()
        return StrokeEdit(self, layer_id, layer.data, title, by)

    @property
    def is_painting(self) -> bool:
        """Whether a stroke has changes that are no undo step yet."""
        return self._open_stroke is not None

    def holds(self, stroke: StrokeEdit) -> bool:
        """Whether this is the stroke that has unfinished changes."""
        return self._open_stroke is stroke

    def hold_stroke(self, stroke: StrokeEdit | None) -> None:
        """Know the stroke that has unfinished changes. For `StrokeEdit` only."""
        self._open_stroke = stroke

    def close_stroke(self) -> None:
        """Make what is being painted an undo step now."""
        if self._open_stroke is not None:
            self._open_stroke.finish()


def _consistent(state: SessionState) -> SessionState:
    """Let nothing refer to a layer that is not there."""
    ids = {layer.id for layer in state.layers}
    if not state.surfaces.keys() <= ids:
        kept = {layer_id: found for layer_id, found in state.surfaces.items() if layer_id in ids}
        state = replace(state, surfaces=kept)
    if state.active_id is None or state.active_id in ids:
        return state
    return replace(state, active_id=state.layers[-1].id if state.layers else None)
