"""The open list with what belongs to it in the session: the mask, the clock, and the file of states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import MedviewError
from medview.core.layers import Layer, LayerId
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.session import Session
from medview.session.worklist.cases import Case
from medview.session.worklist.notes import Note, noting
from medview.session.worklist.open_list import OpenList
from medview.session.worklist.record import CaseState, ListRecord
from medview.session.worklist.state_file import Change, change_record, describe
from medview.session.worklist.work_clock import WorkClock

Done = Callable[[], None]


class OpenWork:
    """Holds the open list, and writes down what is done in it.

    Args:
        session: What is open.
        desk: Where jobs are started.
        notices: Told what could not be noted.
        lane: A lane of this process.

    Attributes:
        changed: Emitted when anything of the list is different.
        place_taken: Emitted with the file that the open case's mask belongs in.
        list: The open list; None where none is open.
        clock: Runs while somebody works on the open case.
        apart: Ids of jobs that have nothing to do with the open case.
    """

    changed = Signal()
    place_taken = Signal(Path)

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self.session, self.desk, self.notices, self.lane = session, desk, notices, lane
        self.list: OpenList | None = None
        self.clock = WorkClock()
        self.apart: set[str] = set()
        self._mask_id: LayerId | None = None

    @property
    def case(self) -> Case | None:
        """The open case; None where none is open."""
        return self.list.open_case if self.list is not None else None

    @property
    def is_own(self) -> bool:
        """Whether the person works on masks of their own."""
        return self.list is not None and self.list.is_own

    @property
    def mask(self) -> Layer | None:
        """The layer of the open case's mask; None where it was removed, or no case is open."""
        return self.session.state.layer(self._mask_id) if self.case is not None else None

    @property
    def place(self) -> Path | None:
        """The file that the open case's mask belongs in; None where it is not the person's own."""
        work, case = self.list, self.case
        return (
            work.mask_path(case, work.whose)
            if work is not None and case is not None and work.is_own
            else None
        )

    def beside(self) -> tuple[Layer, ...]:
        """Unsaved layers that going to another case does not save."""
        mask = self.mask if self.is_own else None
        kept = mask.id if mask is not None else None
        unsaved = (layer for layer in self.session.state.layers if layer.is_unsaved)
        return tuple(layer for layer in unsaved if layer.id != kept)

    def put(self, work: OpenList | None) -> None:
        """Hold another list, or another state of it; the case whose mask is open is the open one."""
        self._mask_id = None
        if work is not None:
            masks = {layer.path: layer.id for layer in self.session.state.layers if layer.is_labels}
            places = ((case.id, work.mask_path(case, work.whose)) for case in work.cases if work.is_own)
            current, self._mask_id = next(
                ((case_id, masks[place]) for case_id, place in places if place in masks), (None, None)
            )
            work = replace(work, current=current)
        self.list = work
        self.clock.rest()
        self._tell_place()
        self.changed.emit()

    def open(self, case_id: str, mask_id: LayerId) -> None:
        """Another case is open, with this mask."""
        assert self.list is not None
        self.clock.rest()
        self.list, self._mask_id = replace(self.list, current=case_id), mask_id
        self._tell_place()

    def _tell_place(self) -> None:
        """Tell where the open mask belongs, so that it is saved there without a question."""
        if self.mask is not None and self.place is not None:
            self.place_taken.emit(self.place)

    def take_record(self, record: ListRecord) -> None:
        """Know what the file holds now."""
        if self.list is not None:
            self.list = replace(self.list, record=record)
            self.changed.emit()

    def note(self, mark: CaseState | None, done: Done, failed: Done) -> None:
        """Note state and time of the open case in a job; nothing where none is open."""
        note = self._note(mark)
        if note is None:
            done()
            return

        def undone() -> None:
            self.clock.give_back(note.seconds)
            failed()

        self.change(noting(note), done, undone)

    def note_now(self) -> None:
        """Note the time of the open case before the program goes on; a failure is told."""
        note = self._note(None)
        if note is None or self.list is None or note.seconds < 1:
            return
        try:
            change_record(self.list.place.state, noting(note))
        except MedviewError as error:
            self.notices.fail(error)

    def change(self, change: Change, done: Done, failed: Done = lambda: None) -> None:
        """Change the file of the list in a job."""
        assert self.list is not None
        place = self.list.place
        payload = {"path": place.state, "description": place.description, "change": change}
        job = Job(title="Noting the work list", target=write_record, payload=payload)
        went_on: list[bool] = []

        def react(event: JobDone) -> None:
            went_on.append(True)
            self.take_record(event.value)
            done()

        reactions = Reactions(done=react, ended=lambda: None if went_on else failed())
        self.desk.start(self.lane, job, reactions, is_shown=False)

    def _learn_mask(self) -> None:
        """Know of a mask that was saved by hand."""
        work, case, mask = self.list, self.case, self.mask
        if work is None or case is None or mask is None or self.place is None:
            return
        if mask.path == self.place and mask.saved_revision:
            self.list = work.having(case.with_mask(work.whose, self.place))

    def _note(self, mark: CaseState | None) -> Note | None:
        self._learn_mask()
        work, case, mask = self.list, self.case, self.mask
        if work is None or case is None:
            return None
        return Note(
            case_id=case.id,
            whose=work.whose,
            by=work.annotator,
            seconds=self.clock.take(),
            mark=mark,
            has_mask=work.is_own and work.whose in case.masks,
            is_new=work.is_own and mask is not None and mask.saved_revision != 0,
        )


def write_record(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[ListRecord, Mapping[str, AnyArray]]:
    """Job target: change the file of a list, describing its folder for BIDS; returns what the file holds."""
    if payload["description"] is not None:
        describe(payload["description"])
    return change_record(payload["path"], payload["change"]), {}
