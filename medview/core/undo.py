"""Named undo steps with a byte budget. Knows nothing of what the steps change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from psygnal import Signal

Target_contra = TypeVar("Target_contra", contravariant=True)
Target = TypeVar("Target")


class Command(Protocol[Target_contra]):
    """One change that can be taken back. Holds ids and patches, never whole arrays."""

    @property
    def title(self) -> str:
        """What people read in the menu: "Undo TITLE"."""

    @property
    def nbytes(self) -> int:
        """Bytes that keeping the step costs."""

    def apply(self, target: Target_contra) -> None:
        """Make the change."""

    def revert(self, target: Target_contra) -> None:
        """Take it back, exactly."""

    def merged(self, following: object) -> Command[Target_contra] | None:
        """One step that stands for this and the following one, or None."""


class Macro(Generic[Target]):
    """Several commands that people see as one step."""

    def __init__(self, title: str, commands: tuple[Command[Target], ...]) -> None:
        self.title = title
        self.commands = commands

    @property
    def nbytes(self) -> int:
        """Sum over the steps inside."""
        return sum(command.nbytes for command in self.commands)

    def apply(self, target: Target) -> None:
        """Make the changes in order."""
        for command in self.commands:
            command.apply(target)

    def revert(self, target: Target) -> None:
        """Take them back in reverse order."""
        for command in reversed(self.commands):
            command.revert(target)

    def merged(self, following: object) -> Command[Target] | None:  # noqa: ARG002
        """Never merged: a macro is one deed."""
        return None


class UndoStack(Generic[Target]):
    """Steps done and undone on one target, oldest dropped beyond the budget.

    Args:
        target: What commands are applied to.
        budget_bytes: Most bytes that kept steps may cost together.
    """

    changed = Signal()

    def __init__(self, target: Target, budget_bytes: int = 512 * 2**20) -> None:
        self._target = target
        self._budget_bytes = budget_bytes
        self._done: list[Command[Target]] = []
        self._undone: list[Command[Target]] = []
        self._gathered: list[Command[Target]] | None = None

    @property
    def undo_title(self) -> str | None:
        """Name of the step that undo takes back."""
        return self._done[-1].title if self._done else None

    @property
    def redo_title(self) -> str | None:
        """Name of the step that redo makes again."""
        return self._undone[-1].title if self._undone else None

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of all steps that can be undone, oldest first."""
        return tuple(command.title for command in self._done)

    def push(self, command: Command[Target], *, is_applied: bool = False) -> None:
        """Apply a command (unless it already is) and remember it as the newest step."""
        if not is_applied:
            command.apply(self._target)
        if self._gathered is not None:
            self._gathered.append(command)
            return
        self._undone.clear()
        merged = self._done[-1].merged(command) if self._done else None
        if merged is None:
            self._done.append(command)
        else:
            self._done[-1] = merged
        self._keep_budget()
        self.changed.emit()

    @contextmanager
    def macro(self, title: str) -> Iterator[None]:
        """Gather the commands pushed inside into one step; an error takes them all back."""
        gathered: list[Command[Target]] = []
        self._gathered = gathered
        try:
            yield
        except BaseException:
            for command in reversed(gathered):
                command.revert(self._target)
            raise
        finally:
            self._gathered = None
        if gathered:
            self.push(Macro(title, tuple(gathered)), is_applied=True)

    def undo(self) -> str | None:
        """Take the newest step back and return its name."""
        if not self._done:
            return None
        self._done[-1].revert(self._target)
        self._undone.append(self._done.pop())
        self.changed.emit()
        return self._undone[-1].title

    def redo(self) -> str | None:
        """Make the newest undone step again and return its name."""
        if not self._undone:
            return None
        self._undone[-1].apply(self._target)
        self._done.append(self._undone.pop())
        self.changed.emit()
        return self._done[-1].title

    @property
    def nbytes(self) -> int:
        """Bytes that the kept steps cost."""
        return sum(command.nbytes for command in (*self._done, *self._undone))

    def _keep_budget(self) -> None:
        while len(self._done) > 1 and self.nbytes > self._budget_bytes:
            del self._done[0]
