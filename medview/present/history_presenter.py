"""The history: every step done and undone, and the way to any of them."""

from __future__ import annotations

from medview.core.undo import UndoStack
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.ports.history_port import HistoryPlan, HistoryViewPort
from medview.session.session import Session

_KILO, _MEGA = 1024, 2**20


def resolve_history(stack: UndoStack[Session]) -> HistoryPlan:
    """Return what the list shows: pure."""
    steps, position, dropped = stack.history, stack.position, stack.dropped
    first, first_tip = _first_row(stack)

    def tip(row: int) -> str:
        if row == 0:
            return first_tip
        step, state = steps[row - 1], "done" if row <= position else "undone"
        place = f"Step {row + dropped} of {len(steps) + dropped}, {state}"
        return f"{step.title}\n{place}, {bytes_words(step.nbytes)}"

    return HistoryPlan(
        titles=(first, *(step.title for step in steps)),
        tip=tip,
        position=position,
        dropped=dropped,
        summary=f"{_steps_words(len(steps))}, {bytes_words(stack.nbytes)}",
        summary_tip=_summary_tip(stack, len(steps)),
    )


def _first_row(stack: UndoStack[Session]) -> tuple[str, str]:
    """Title and tooltip of the place before the oldest step."""
    budget = bytes_words(stack.budget_bytes)
    if not stack.dropped:
        return "Beginning", "Before the first step"
    return (
        f"Older steps were let go: budget {budget}",
        f"The {_steps_words(stack.dropped)} before this place can no longer be undone: "
        f"all steps together may take {budget}.",
    )


def _summary_tip(stack: UndoStack[Session], count: int) -> str:
    undone = count - stack.position
    lines = [
        f"{_steps_words(stack.position)} done, {undone} undone",
        f"{bytes_words(stack.nbytes)} of {bytes_words(stack.budget_bytes)} that steps may take together",
    ]
    if stack.dropped:
        lines.append(f"{_steps_words(stack.dropped)} let go, the oldest first")
    return "\n".join(lines)


def _steps_words(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def bytes_words(count: int) -> str:
    """Such as ``"512 bytes"``, ``"3.4 kB"``, ``"1.2 MB"``."""
    if count < _KILO:
        return f"{count} bytes"
    if count < _MEGA:
        return f"{count / _KILO:.1f} kB"
    return f"{count / _MEGA:.0f} MB" if count % _MEGA == 0 else f"{count / _MEGA:.1f} MB"


class HistoryPresenter:
    """Presents the list of steps.

    Args:
        desk: What the actions work with.
        view: The list.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, view: HistoryViewPort, actions: ActionTable) -> None:
        self._desk = desk
        self._view = view
        self._actions = actions
        desk.show_history = view.reveal
        view.chosen.connect(self._on_chosen)
        desk.session.undo_stack.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the steps as they are now."""
        self._view.show(resolve_history(self._desk.session.undo_stack))

    def _on_chosen(self, position: int) -> None:
        self._desk.strokes.finish()
        self._actions.guarded("Go to a step", lambda: self._desk.session.go_to(position))
