"""The queue of cases as a person goes through it: which are on show, and the way to the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medview.core.errors import MedviewError
from medview.present.desk import Desk
from medview.present.saving import Saving
from medview.present.volume_presenter import Later
from medview.present.worklist_plan import fitting
from medview.session.worklist.open_list import OpenList, next_open, step
from medview.session.worklist.record import CaseState

_ASK_NAME = "Your name or initials (your masks, states and times are kept under it):"


class CaseQueue:
    """Goes from case to case among those on show, and asks before unsaved layers beside the mask are lost.

    Args:
        desk: What the actions work with.
        saving: Asks before unsaved work is lost.
        later: Calls a function once after so many seconds, on the window's thread.

    Attributes:
        shown: State that the cases are limited to; empty for all.
        search: Words that they are limited to.
        left_out: Annotators that are not to be compared.
        leaving: Called before a case is left, once the clock is there.
    """

    def __init__(self, desk: Desk, saving: Saving, later: Later) -> None:
        self._desk = desk
        self._saving = saving
        self._later = later
        self.shown, self.search = "", ""
        self.left_out: tuple[str, ...] = ()
        self.leaving: Callable[[], None] = lambda: None
        self._last: str | None = None
        desk.workflows.worklist.place_taken.connect(saving.know)
        desk.workflows.worklist.changed.connect(self._look_ahead)

    @property
    def work(self) -> OpenList | None:
        """The open list; None where none is open."""
        return self._desk.workflows.worklist.list

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of the cases on show."""
        work = self.work
        return tuple(case.id for case in fitting(work, self.shown, self.search)) if work is not None else ()

    def limit(self, shown: str, search: str) -> None:
        """Show only cases of a state whose names hold these words."""
        if (shown, search) != (self.shown, self.search):
            self.shown, self.search = shown, search
            self._desk.workflows.worklist.changed.emit()

    def leave_out(self, names: tuple[str, ...]) -> None:
        """Choose whose masks are not to be compared."""
        if names != self.left_out:
            self.left_out = names
            self._desk.workflows.worklist.changed.emit()

    def open_folder(self, folder: Path) -> None:
        """Open a folder as a work list; the first time it asks for the person's name."""
        settings = self._desk.settings
        name = str(settings.value("annotator")).strip()
        if not name:
            name = (self._desk.window.ask_text("Work list", _ASK_NAME, "") or "").strip()
            if not name:
                return
            settings.set("annotator", name)
        self._desk.workflows.worklist.open_folder(folder, name)

    def go(self, case_id: str, mark: CaseState | None = None) -> None:
        """Go to a case, marking the open one."""
        worklist = self._desk.workflows.worklist
        work, beside = worklist.list, worklist.beside()
        if work is None or (case_id == work.current and mark is None):
            return
        self.leaving()
        if not beside:
            worklist.go_to(case_id, mark)
            return
        # not within the signal of a save: its job must have ended
        self._saving.guard(
            beside,
            "going on",
            lambda: self._later(0, lambda: self._told(lambda: worklist.go_to(case_id, mark))),
        )

    def step(self, places: int) -> None:
        """Go to the case so many places further."""
        work = self.work
        target = step(work, self.order, places) if work is not None else None
        if target is not None:
            self.go(target)

    def finish(self, mark: CaseState) -> None:
        """Mark the open case and go to the next one that is not finished; the last one stays open."""
        work = self.work
        if work is None:
            return
        target = next_open(work, self.order)
        if target is not None:
            self.go(target, mark)
            return
        self.leaving()
        self._desk.workflows.worklist.go_to(None, mark)
        self._desk.window.show_hint("There is no other case to work on among those on show.")

    def mark(self, state: CaseState) -> None:
        """Mark the open case and stay."""
        self._desk.workflows.worklist.go_to(None, state)

    def _look_ahead(self) -> None:
        """Let the case that will probably be next be read, once another one is open."""
        worklist = self._desk.workflows.worklist
        work = worklist.list
        current = work.current if work is not None else None
        if current != self._last and not worklist.is_moving:
            self._last = current
            ahead = next_open(work, self.order) if work is not None and current is not None else None
            worklist.read_ahead(ahead)

    def _told(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except MedviewError as error:
            self._desk.window.show_error(error.title, error.detail, error.hint)
