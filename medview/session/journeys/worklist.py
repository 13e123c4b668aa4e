"""The journey through a work list: a folder as a queue of cases, with all work saved and noted on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.session.files.recent import RecentFiles
from medview.session.files.subject_names import is_scan
from medview.session.job_desk import Reactions
from medview.session.journeys.opening import Opening
from medview.session.journeys.recovery import Recovery
from medview.session.worklist.cases import read_cases
from medview.session.worklist.open_list import OpenList
from medview.session.worklist.open_work import OpenWork
from medview.session.worklist.place import annotator_word, is_work_list, own_lists, place_of
from medview.session.worklist.record import CaseState
from medview.session.worklist.state_file import read_record
from medview.session.worklist.way import Way

_NOTE_S = 60.0
"""So much time at work may be lost where the program is killed: it is noted that often."""


class WorkList:
    """Opens a folder as a list of cases and leads through it.

    Args:
        work: Holds the list that is open.
        opening: Puts cases into the session.
        recovery: Keeps the journal.
        is_apart: Whether a job has nothing to do with what is open.
        recent: Remembers the folders; None remembers nothing.

    Attributes:
        changed: Emitted when anything of the list, or of what is shown of it, is different.
        place_taken: Emitted with the file that the open case's mask belongs in.
    """

    def __init__(
        self,
        work: OpenWork,
        opening: Opening,
        recovery: Recovery,
        is_apart: Callable[[str], bool],
        recent: RecentFiles | None,
    ) -> None:
        self._work = work
        self._way = Way(self._work, opening, recovery, is_apart)
        self._own = own_lists()
        self._recent = recent
        self.changed = self._work.changed
        self.place_taken = self._work.place_taken

    @property
    def list(self) -> OpenList | None:
        """The open list; None where none is open."""
        return self._work.list

    @property
    def is_moving(self) -> bool:
        """Whether a case is being left or opened."""
        return self._way.is_moving

    @property
    def seconds_here(self) -> float:
        """Time at work on the open case that is not noted yet."""
        return self._work.clock.seconds

    @property
    def mask(self) -> Layer | None:
        """The layer of the open case's mask; None where it was removed."""
        return self._work.mask

    def beside(self) -> tuple[Layer, ...]:
        """Unsaved layers that going to another case would lose: to be asked about before."""
        return self._work.beside()

    def look_into(
        self, paths: Sequence[Path], as_list: Callable[[Path], None], as_scans: Callable[[], None]
    ) -> None:
        """Find out whether paths are one folder that has been a work list before, or is a BIDS data set.

        Args:
            paths: What a person has chosen or dropped.
            as_list: Called with the folder where it is.
            as_scans: Called where it is not: for files, at once.
        """
        if len(paths) != 1 or is_scan(paths[0]):
            as_scans()
            return
        folder = Path(paths[0])
        payload = {"folder": folder, "own": self._own}
        job = Job(title=f"Looking into {folder.name}", target=is_list, payload=payload)
        done = Reactions(done=lambda event: as_list(folder) if event.value else as_scans())
        self._work.desk.start(self._work.lane, job, done, is_shown=False)

    def open_folder(self, folder: Path, name: str) -> None:
        """Read a folder as a list for this person; the open case of another list is saved and noted first.

        Raises:
            InputRefused: The name has no letters.
        """
        payload = {"folder": Path(folder), "own": self._own, "annotator": annotator_word(name)}
        job = Job(title=f"Reading the work list {Path(folder).name}", target=read_list, payload=payload)

        def done(event: JobDone) -> None:
            self._work.put(event.value)
            if self._recent is not None:
                self._recent.add(event.value.place.root)

        def read() -> None:
            self._work.desk.start(self._work.lane, job, Reactions(done=done))

        self._way.go(None, then=read)

    def save(self, then: Callable[[], None]) -> None:
        """Save and note the open case, and go on once it lies on disk."""
        self._way.go(None, then=then)

    def close(self) -> None:
        """Save and note the open case, and put the list away; what is open stays open."""
        self._way.go(None, then=lambda: self._work.put(None))

    def end(self) -> None:
        """Note the time of the open case at once, and forget the list: the program ends."""
        self._work.note_now()
        self._work.list = None

    def go_to(self, case_id: str | None, mark: CaseState | None = None) -> None:
        """Leave the open case, saving its mask and noting its time, and open another one.

        Unsaved layers beside the mask are given up: ask before (`beside`).

        Args:
            case_id: The case to open; None stays, and only saves and notes.
            mark: What the open case becomes: in work, done, or checked.

        Raises:
            InputRefused: A job is running that belongs to what is open.
        """
        if self.list is not None:
            self._way.go(case_id, mark)

    def read_ahead(self, case_id: str | None) -> None:
        """Read a case in the background, so that it opens at once; None lets go of what was read."""
        self._way.read_ahead(case_id)

    def look_at(self, annotator: str) -> None:
        """Show an annotator's states, and open that one's masks from now on."""

        def switch() -> None:
            if self.list is not None:
                self._work.put(replace(self.list, whose=annotator))

        if self.list is not None and annotator != self.list.whose:
            self._way.go(None, then=switch)

    def take_labels(self) -> None:
        """Let the open mask's labels be those of every case from now on.

        Raises:
            InputRefused: No mask of the list is open.
        """
        mask = self.mask
        if mask is None or not isinstance(mask.data, LabelMap):
            raise InputRefused("Cannot take the labels", "no mask of the list is open", "Open a case first.")
        entries = mask.data.table.entries
        words = "has this label" if len(entries) == 1 else f"has these {len(entries)} labels"

        def done() -> None:
            self._work.notices.told.emit(f"Every case of the list {words} from now on.")

        self._work.change(lambda record: replace(record, labels=entries), done)

    def look(self, now_s: float, *, is_active: bool, has_worked: bool) -> None:
        """Let the clock know what a person does now; the time is noted every minute.

        Args:
            now_s: Of a clock that never goes back.
            is_active: Whether the program's window has the keyboard.
            has_worked: Whether the mouse or the work has moved since the last look.
        """
        clock = self._work.clock
        if self._work.case is None:
            clock.rest()
            return
        clock.look(now_s, is_active=is_active, has_worked=has_worked)
        if clock.seconds >= _NOTE_S and not self.is_moving:
            self._work.note(None, lambda: None, lambda: None)


def is_list(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[bool, Mapping[str, AnyArray]]:
    """Job target: whether ``payload["folder"]`` is a work list."""
    return is_work_list(payload["folder"], payload["own"]), {}


def read_list(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[OpenList, Mapping[str, AnyArray]]:
    """Job target: the `OpenList` of ``payload["folder"]``."""
    link.progress(0.1, "Looking for cases")
    place = place_of(payload["folder"], payload["own"])
    name = payload["annotator"]
    made = OpenList(
        place=place, cases=read_cases(place), record=read_record(place.state), annotator=name, whose=name
    )
    return made, {}
