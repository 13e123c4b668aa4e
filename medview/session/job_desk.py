"""The running jobs as people see them, and their events on the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from psygnal import Signal

from medview.core.errors import MedviewError
from medview.jobs.job import (
    Job,
    JobCancelled,
    JobDone,
    JobEvent,
    JobFailed,
    JobHandle,
    JobPreviewed,
    JobProgressed,
    JobReported,
)
from medview.jobs.lanes import Lane

Post = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, kw_only=True)
class JobInfo:
    """One job on show: the part done (0-1) and the time left are None where unknown."""

    job_id: str
    title: str
    message: str = ""
    fraction: float | None = None
    seconds_left: float | None = None
    can_cancel: bool = True


@dataclass(frozen=True, kw_only=True)
class Reactions:
    """What follows from a job's events, called on the window's thread.

    Args:
        done: It has ended well.
        failed: It has ended badly; told to the person where left out.
        previewed: A box of an output is finished.
        reported: The numbers of one epoch of a training.
        ended: Called last, however it ended.
    """

    done: Callable[[JobDone], None]
    failed: Callable[[MedviewError], None] | None = None
    previewed: Callable[[JobPreviewed], None] | None = None
    reported: Callable[[JobReported], None] | None = None
    ended: Callable[[], None] | None = None


@dataclass(kw_only=True)
class _Entry:
    info: JobInfo
    lane: Lane
    job: Job
    reactions: Reactions
    is_shown: bool
    handle: JobHandle | None = None
    is_cancelled: bool = False
    progress: list[JobProgressed] = field(default_factory=list)


class JobDesk:
    """Starts jobs, brings their events to the window's thread, and lists them.

    Args:
        post: Runs a function on the window's thread soon; callable from any thread.
        on_failure: Told of failures that nobody else takes.

    Attributes:
        changed: Emitted with the rows of all shown jobs.
    """

    changed = Signal(tuple)

    def __init__(self, post: Post, on_failure: Callable[[MedviewError], None]) -> None:
        self._post = post
        self._on_failure = on_failure
        self._entries: dict[str, _Entry] = {}

    @property
    def rows(self) -> tuple[JobInfo, ...]:
        """All shown jobs, oldest first."""
        return tuple(entry.info for entry in self._entries.values() if entry.is_shown)

    def start(self, lane: Lane, job: Job, reactions: Reactions, *, is_shown: bool = True) -> str:
        """Submit a job and return the id under which it is listed."""
        info = JobInfo(job_id=job.id, title=job.title, message="Waiting", fraction=0.0)
        entry = _Entry(info=info, lane=lane, job=job, reactions=reactions, is_shown=is_shown)
        self._entries[job.id] = entry
        self._submit(entry)
        return job.id

    def go_on(self, job_id: str, lane: Lane, job: Job, done: Callable[[JobDone], None]) -> None:
        """Let another job follow under the same id: to be called from a job's `done`."""
        entry = self._entries[job_id]
        entry.lane, entry.job, entry.handle = lane, job, None
        entry.reactions = replace(entry.reactions, done=done)
        self._submit(entry)

    def cancel(self, job_id: str) -> None:
        """Ask for a job's end; whatever it still brings is dropped."""
        entry = self._entries.get(job_id)
        if entry is None or entry.is_cancelled:
            return
        entry.is_cancelled = True
        entry.info = replace(entry.info, message="Cancelling", can_cancel=False, seconds_left=None)
        if entry.handle is not None:
            entry.lane.cancel(entry.handle)
        self._tell(entry)

    def cancel_all(self) -> None:
        """Ask for the end of every job."""
        for job_id in list(self._entries):
            self.cancel(job_id)

    def _submit(self, entry: _Entry) -> None:
        job_id, job = entry.info.job_id, entry.job
        self._tell(entry)
        try:
            handle = entry.lane.submit(job, lambda event: self._hear(job_id, event))
        except MedviewError as error:
            self._end(entry, error)
            return
        if entry.job is job:
            entry.handle = handle
            if entry.is_cancelled:
                entry.lane.cancel(handle)

    def _hear(self, job_id: str, event: JobEvent) -> None:
        """Lane's thread: progress that is overtaken before it is shown is dropped."""
        if not isinstance(event, JobProgressed):
            self._post(lambda: self._take(job_id, event))
            return
        entry = self._entries.get(job_id)
        if entry is not None:
            entry.progress.append(event)
            if len(entry.progress) == 1:
                self._post(lambda: self._show_progress(entry))

    def _show_progress(self, entry: _Entry) -> None:
        events, entry.progress = entry.progress, []
        if events and not entry.is_cancelled:
            newest = events[-1].progress
            entry.info = replace(
                entry.info,
                message=newest.message,
                fraction=newest.fraction,
                seconds_left=newest.seconds_left,
            )
            self._tell(entry)

    def _take(self, job_id: str, event: JobEvent) -> None:
        entry = self._entries.get(job_id)
        if entry is None or event.job_id != entry.job.id:
            return
        if isinstance(event, JobPreviewed | JobReported):
            self._pass_on(entry, event)
        elif isinstance(event, JobDone):
            self._finish(entry, event)
        elif isinstance(event, JobFailed):
            self._end(entry, event.error)
        elif isinstance(event, JobCancelled):
            self._end(entry, None)

    def _pass_on(self, entry: _Entry, event: JobPreviewed | JobReported) -> None:
        if entry.is_cancelled:
            return
        if isinstance(event, JobReported):
            if entry.reactions.reported is not None:
                entry.reactions.reported(event)
        elif entry.reactions.previewed is not None:
            entry.reactions.previewed(event)

    def _finish(self, entry: _Entry, event: JobDone) -> None:
        error = None
        if not entry.is_cancelled:
            try:
                entry.reactions.done(event)
            except MedviewError as refusal:
                error = refusal
        if error is not None or entry.job.id == event.job_id:
            self._end(entry, error)

    def _end(self, entry: _Entry, error: MedviewError | None) -> None:
        if self._entries.pop(entry.info.job_id, None) is None:
            return
        self._tell(entry)
        if error is not None and not entry.is_cancelled:
            (entry.reactions.failed or self._on_failure)(error)
        if entry.reactions.ended is not None:
            entry.reactions.ended()

    def _tell(self, entry: _Entry) -> None:
        if entry.is_shown:
            self.changed.emit(self.rows)
