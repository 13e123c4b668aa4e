"""The journey of recovery: this session's journal, and the work of sessions that ended without saving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import Cancelled, InputRefused, MedviewError
from medview.core.volume import AnyArray
from medview.io.journal import End
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Post, Reactions
from medview.session.journal.catalogue import LARGE_BYTES, OLD_DAYS, JournalFolder, orphans
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import Replayed, replay
from medview.session.journal.sight import Sight, sight_of
from medview.session.journal.survey import survey
from medview.session.notices import Notices
from medview.session.session import Session

_IS_OPEN = "Something is open in this window. Start medview again to restore lost work."
_Outcome = tuple[Any, Mapping[str, AnyArray]]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Work that a session left behind.

    Args:
        offer_id: Names it here.
        name: The scan's name; never a patient's.
        ended: When the last of it was written.
        nbytes: What it takes on disk.
        notes: Sentences about its age and state.
    """

    offer_id: str
    name: str
    ended: datetime
    nbytes: int
    notes: tuple[str, ...]


class Recovery:
    """Keeps the running journal, and brings back the work of those that nobody holds.

    Args:
        session: Whose work is kept.
        desk: Where the jobs are listed.
        notices: Told what keeps the journal from being written.
        lane: Where journals are read.
        root: The folder of all journals; None keeps none.
        post: Runs a function on the window's thread soon.

    Attributes:
        seen: Emitted with an offer's id and its `Sight`.
        restored: Emitted with the sentences to tell, once the work is back.
        not_restored: Emitted where it could not be, after the failure was told.
    """

    seen = Signal(str, Sight)
    restored = Signal(tuple)
    not_restored = Signal()

    def __init__(
        self, session: Session, desk: JobDesk, notices: Notices, lane: Lane, root: Path | None, post: Post
    ) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._root = root
        self._held: dict[str, JournalFolder] = {}
        self._recorder = Recorder(session, root, post, self._on_trouble) if root is not None else None

    @property
    def recorder(self) -> Recorder | None:
        """What keeps the running journal; None where none is kept."""
        return self._recorder

    def look(self, found: Callable[[tuple[Offer, ...]], None]) -> None:
        """Look for lost work and tell it, newest first; at once where there is none."""
        if self._root is None:
            found(())
            return
        for folder in orphans(self._root):
            self._held[folder.path.name] = folder
        if not self._held:
            found(())
            return
        folders = tuple(self._held.values())
        job = Job(title="Looking for lost work", target=look_through, payload={"folders": folders})

        def done(event: JobDone) -> None:
            offers: tuple[Offer, ...] = event.value
            self._forget_all_but({offer.offer_id for offer in offers})
            found(offers)

        def failed(error: MedviewError) -> None:
            self.keep()
            self._notices.fail(error)
            found(())

        self._desk.start(self._lane, job, Reactions(done=done, failed=failed), is_shown=False)

    def look_at(self, offer_id: str) -> None:
        """Find out what an offer would bring back; `seen` tells it."""
        folder = self._held[offer_id]
        job = Job(title="Looking at lost work", target=see, payload={"folder": folder})
        done = Reactions(done=lambda event: self.seen.emit(offer_id, event.value))
        self._desk.start(self._lane, job, done, is_shown=False)

    @property
    def why_not_restore(self) -> str:
        """Why nothing can be restored now; empty where it can."""
        is_fresh = not self._session.state.layers and not self._session.undo_stack.count
        return "" if is_fresh else _IS_OPEN

    def restore(self, offer_id: str) -> str:
        """Bring work back into this empty session, whose journal goes on; returns the job's id.

        Raises:
            InputRefused: Something is open.
        """
        if self.why_not_restore:
            raise InputRefused("Cannot restore", "something is open in this window", "Start medview again.")
        folder = self._held[offer_id]
        job = Job(title="Restoring lost work", target=bring_back, payload={"folder": folder})

        def failed(error: MedviewError) -> None:
            self._notices.fail(error)
            self.not_restored.emit()

        reactions = Reactions(done=lambda event: self._take(offer_id, event.value), failed=failed)
        return self._desk.start(self._lane, job, reactions)

    def discard(self, offer_id: str) -> None:
        """Delete work for good."""
        self._held.pop(offer_id).remove()

    def keep(self) -> None:
        """Leave all offered work for a later start."""
        for folder in self._held.values():
            folder.release()
        self._held.clear()

    def end(self) -> None:
        """The session ends well: all is saved, or given up on purpose."""
        self.keep()
        self.begin_anew()

    def begin_anew(self) -> None:
        """All that is open is saved, or given up on purpose: a new journal begins with what is done next."""
        if self._recorder is not None:
            self._recorder.end()

    def _take(self, offer_id: str, replayed: Replayed) -> None:
        if self.why_not_restore:
            raise InputRefused("Cannot restore", "something was opened meanwhile", "Start medview again.")
        folder = self._held.pop(offer_id)
        if self._recorder is not None:
            self._recorder.go_on(folder, replayed.offset, replayed.closing)
        self._session.adopt(replayed.session)
        self.restored.emit(replayed.notes)

    def _forget_all_but(self, kept: set[str]) -> None:
        """Journals in which nothing was changed hold nothing that could be lost."""
        for name in set(self._held) - kept:
            self._held.pop(name).remove()

    def _on_trouble(self, error: MedviewError | None) -> None:
        if error is None:
            self._notices.told.emit("The journal is being kept again.")
        else:
            self._notices.fail(error)


def look_through(payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: an `Offer` for each journal of ``payload["folders"]`` that holds work."""
    total = sum(folder.nbytes() for folder in payload["folders"])
    offers = []
    for folder in payload["folders"]:
        if link.is_cancelled():
            raise Cancelled
        found = survey(folder)
        if found.has_work or found.end is End.BROKEN:
            notes = _state_notes(folder, found.end, total)
            offers.append(
                Offer(
                    offer_id=folder.path.name,
                    name=found.name or "Work without a scan",
                    ended=datetime.fromtimestamp(folder.journal.stat().st_mtime),
                    nbytes=folder.nbytes(),
                    notes=notes,
                )
            )
    return tuple(offers), {}


def _state_notes(folder: JournalFolder, end: End, total_bytes: int) -> tuple[str, ...]:
    notes = []
    if end is End.BROKEN:
        notes.append("The journal is damaged; what was done last may be missing.")
    if folder.age_days() > OLD_DAYS:
        notes.append(f"Older than {OLD_DAYS} days. It stays until you discard it.")
    if total_bytes > LARGE_BYTES:
        notes.append(
            f"Journals take {total_bytes / 2**30:.1f} GB together. They stay until you discard them."
        )
    return tuple(notes)


def bring_back(payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: do the deeds of the journal in ``payload["folder"]`` again."""
    link.progress(0, "Doing every step again")

    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    return replay(payload["folder"], check), {}


def see(payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: the `Sight` of a journal."""
    replayed, _ = bring_back(payload, arrays, link)
    return sight_of(replayed), {}
