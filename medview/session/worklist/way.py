"""The way from one case to the next: nothing is let go before it lies on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused, RunFailed
from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerId
from medview.jobs.job import Job, JobDone
from medview.session.files.saving import saving_job, write_own_labels
from medview.session.job_desk import Reactions
from medview.session.journeys.opening import Opening
from medview.session.journeys.recovery import Recovery
from medview.session.worklist.ahead import ReadAhead
from medview.session.worklist.case_reading import CaseContents, read_case
from medview.session.worklist.cases import Case
from medview.session.worklist.open_list import OpenList
from medview.session.worklist.open_work import OpenWork
from medview.session.worklist.record import CaseState

_Revisions = frozenset[tuple[LayerId, int]]


@dataclass(kw_only=True)
class _Move:
    """A way under way.

    Attributes:
        to: The case to open; None stays at the open one.
        mark: What the open case becomes.
        then: Follows at the end.
        given_up: Unsaved layers beside the mask, with their revisions: a person has said that they may go.
        is_noted: Whether state and time of the open case are on disk.
        read: The new case, once it is read.
    """

    to: str | None
    mark: CaseState | None
    then: Callable[[], None]
    given_up: _Revisions
    is_noted: bool = False
    read: CaseContents | None = None


class Way:
    """Leads from case to case.

    The mask is saved first, then state and time are noted, then the next case is read; only then does it take
    the place of the open one, whose journal ends with that. Whatever fails leaves the open case open.

    Args:
        work: The open list.
        opening: Puts cases into the session.
        recovery: Keeps the journal.
        is_apart: Whether a job has nothing to do with what is open.
    """

    def __init__(
        self, work: OpenWork, opening: Opening, recovery: Recovery, is_apart: Callable[[str], bool]
    ) -> None:
        self._work = work
        self._opening = opening
        self._recovery = recovery
        self._is_apart = is_apart
        self._move: _Move | None = None
        self._ahead = ReadAhead(work.desk, work.lane)

    @property
    def is_moving(self) -> bool:
        """Whether a case is being left or opened."""
        return self._move is not None

    def go(
        self, case_id: str | None, mark: CaseState | None = None, then: Callable[[], None] = lambda: None
    ) -> None:
        """Save and note the open case, and open another one; nothing while another way is under way.

        Raises:
            InputRefused: A job is running that belongs to what is open.
        """
        if self._move is not None:
            return
        if case_id is not None:
            self._refuse_running()
        self._work.session.close_stroke()
        given_up = _revisions(self._work.beside())
        self._move = _Move(to=case_id, mark=mark, then=then, given_up=given_up)
        self._work.changed.emit()
        self._advance()

    def read_ahead(self, case_id: str | None) -> None:
        """Read a case in the background, so that it opens at once; None lets go of what was read."""
        work = self._work.list
        case = work.case(case_id) if work is not None else None
        if work is None or case is None or self._move is not None:
            self._ahead.drop()
        else:
            self._ahead.start(_payload_of(work, case))

    def _refuse_running(self) -> None:
        rows = self._work.desk.rows
        others = (row for row in rows if row.job_id not in self._work.apart)
        running = next((row.title for row in others if not self._is_apart(row.job_id)), "")
        if running:
            raise InputRefused(
                "Cannot leave what is open",
                f"“{running}” is still running",
                "Wait for its end, or cancel it.",
            )

    def _advance(self) -> None:
        """Do the next step; what was painted meanwhile is saved as well."""
        move, mask = self._move, self._work.mask
        if move is None:
            return
        place = self._work.place
        if mask is not None and place is not None and _must_save(mask, place, move):
            self._save(mask, place)
        elif not move.is_noted:
            self._work.note(move.mark, self._on_noted, self._stop)
        elif move.to is None:
            self._arrive(move)
        elif move.read is None:
            self._read(move.to)
        elif _revisions(self._work.beside()) != move.given_up:
            self._stop()
            told = ("The case stays open", "something was changed meanwhile", "Go on once more.")
            self._work.notices.fail(RunFailed(*told))
        else:
            self._change_over(move, move.read)

    def _save(self, mask: Layer, path: Path) -> None:
        work, case = self._work, self._work.case
        assert case is not None and work.list is not None
        whose = work.list.whose

        def done(_event: JobDone) -> None:
            work.session.mark_saved(mask.id, mask.revision, path)
            if work.list is not None:
                work.list = work.list.having(case.with_mask(whose, path))
            self._advance()

        self._run(replace(saving_job(mask, path), target=write_own_labels), done)

    def _on_noted(self) -> None:
        if self._move is not None:
            self._move.is_noted = True
        self._advance()

    def _read(self, case_id: str) -> None:
        work = self._work.list
        case = work.case(case_id) if work is not None else None
        if work is None or case is None:
            self._stop()
            return
        payload = _payload_of(work, case)
        found = self._ahead.take(payload)
        if found is not None and self._move is not None:
            self._move.read = found
            self._advance()
            return

        def done(event: JobDone) -> None:
            if self._move is not None:
                self._move.read = event.value
            self._advance()

        self._run(Job(title=f"Opening {case.id}", target=read_case, payload=payload), done)

    def _change_over(self, move: _Move, read: CaseContents) -> None:
        work = self._work
        # all of the case before lies on disk, or was given up
        self._recovery.begin_anew()
        work.session.clear()
        mask = self._opening.add(f"Open {read.case_id}", read.contents)[-1]
        work.session.set_active(mask.id)
        if isinstance(mask.data, LabelMap) and mask.data.table.values:
            work.session.set_view(label_value=mask.data.table.values[0])
        if read.notes:
            work.notices.warned.emit(f"Open {read.case_id}", read.notes)
        work.open(read.case_id, mask.id)
        self._arrive(move)

    def _arrive(self, move: _Move) -> None:
        self._move = None
        self._work.changed.emit()
        move.then()

    def _stop(self) -> None:
        self._move = None
        self._work.changed.emit()

    def _run(self, job: Job, done: Callable[[JobDone], None]) -> None:
        """Start a step; where it does not end well, the way ends here."""
        went_on: list[bool] = []

        def react(event: JobDone) -> None:
            done(event)
            went_on.append(True)

        reactions = Reactions(done=react, ended=lambda: None if went_on else self._stop())
        self._work.desk.start(self._work.lane, job, reactions)


def _payload_of(work: OpenList, case: Case) -> dict[str, Any]:
    """What `read_case` needs in order to open a case."""
    return {
        "case": case,
        "mask": work.mask_path(case, work.whose),
        "labels": work.record.labels,
        "name": f"{case.id} {work.whose}",
        "is_own": work.is_own,
    }


def _must_save(mask: Layer, place: Path, move: _Move) -> bool:
    # a mask that was saved under another name meanwhile belongs into its place as well
    if mask.is_unsaved or mask.path != place:
        return True
    # an empty mask says that there is nothing to mark, once a person has said that it is done
    return move.mark is CaseState.DONE and not place.is_file()


def _revisions(layers: tuple[Layer, ...]) -> _Revisions:
    return frozenset((layer.id, layer.revision) for layer in layers)
