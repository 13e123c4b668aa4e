"""Named undo steps with a byte budget. Knows nothing of what the steps change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class HistoryStep:
    """One step as a list shows it: its name, and the bytes that keeping it costs."""

    title: str
    nbytes: int


class UndoStack(Generic[Target]):
    """Steps done and undone on one target, oldest let go beyond the budget.

    Args:
        target: What commands are applied to.
        budget_bytes: Most bytes that kept steps may cost together.
    """

    changed = Signal()

    def __init__(self, target: Target, budget_bytes: int = 512 * 2**20) -> None:
        self._target = target
        self._budget_bytes = budget_bytes
        self._steps: list[Command[Target]] = []
        self._told: list[HistoryStep] = []
        self._nbytes = 0
        self._position = 0
        self._dropped = 0
        self._gathered: list[Command[Target]] | None = None

    @property
    def undo_title(self) -> str | None:
        """Name of the step that undo takes back."""
        return self._steps[self._position - 1].title if self._position else None

    @property
    def redo_title(self) -> str | None:
        """Name of the step that redo makes again."""
        return self._steps[self._position].title if self._position < len(self._steps) else None

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of all steps that can be undone, oldest first."""
        return tuple(command.title for command in self._steps[: self._position])

    @property
    def history(self) -> tuple[HistoryStep, ...]:
        """All kept steps, oldest first; those from `position` on are undone."""
        return tuple(self._told)

    @property
    def count(self) -> int:
        """How many steps are kept, done and undone."""
        return len(self._steps)

    @property
    def position(self) -> int:
        """How many of the kept steps are done."""
        return self._position

    @property
    def dropped(self) -> int:
        """How many of the oldest steps were let go for the budget."""
        return self._dropped

    @property
    def budget_bytes(self) -> int:
        """Most bytes that kept steps may cost together; the newest step is kept whatever it costs."""
        return self._budget_bytes

    @property
    def nbytes(self) -> int:
        """Bytes that the kept steps cost."""
        return self._nbytes

    def push(self, command: Command[Target], *, is_applied: bool = False) -> None:
        """Apply a command (unless it already is) and remember it as the newest step."""
        if not is_applied:
            command.apply(self._target)
        if self._gathered is not None:
            self._gathered.append(command)
            return
        self._forget(self._position, len(self._steps))
        merged = self._steps[-1].merged(command) if self._steps else None
        if merged is not None:
            self._steps[-1] = merged
            self._weigh(len(self._steps) - 1)
        else:
            self._steps.append(command)
            self._told.append(HistoryStep(title=command.title, nbytes=0))
            self._weigh(len(self._steps) - 1)
        self._position = len(self._steps)
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
        return self.go_to(self._position - 1)

    def redo(self) -> str | None:
        """Make the newest undone step again and return its name."""
        return self.go_to(self._position + 1)

    def go_to(self, position: int) -> str | None:
        """Undo or redo until so many steps are done; told once.

        Returns:
            The name of the last step that was taken back or made again; None where nothing moved.
        """
        position = min(max(position, 0), len(self._steps))
        title = None
        while self._position != position:
            title = self._back() if self._position > position else self._forth()
        if title is not None:
            self.changed.emit()
        return title

    def adopt(self, other: UndoStack[Target]) -> None:
        """Take over the steps of a stack whose target has become this one's; the other is empty then."""
        self._steps, self._told = other._steps, other._told
        self._nbytes, self._position, self._dropped = other._nbytes, other._position, other._dropped
        other._steps, other._told, other._nbytes, other._position = [], [], 0, 0
        self.changed.emit()

    def _back(self) -> str:
        command = self._steps[self._position - 1]
        command.revert(self._target)
        self._position -= 1
        self._weigh(self._position)
        return command.title

    def _forth(self) -> str:
        command = self._steps[self._position]
        command.apply(self._target)
        self._weigh(self._position)
        self._position += 1
        return command.title

    def _weigh(self, index: int) -> None:
        """What a step costs changes when it is made or taken back: only that one is measured anew."""
        step = HistoryStep(title=self._steps[index].title, nbytes=self._steps[index].nbytes)
        self._nbytes += step.nbytes - self._told[index].nbytes
        self._told[index] = step

    def _forget(self, start: int, end: int) -> None:
        self._nbytes -= sum(step.nbytes for step in self._told[start:end])
        del self._steps[start:end], self._told[start:end]

    def _keep_budget(self) -> None:
        while len(self._steps) > 1 and self._nbytes > self._budget_bytes:
            self._forget(0, 1)
            self._position -= 1
            self._dropped += 1
