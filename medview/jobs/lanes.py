"""The one interface of all lanes, and the two lanes of this process."""

from __future__ import annotations

import contextlib
import queue
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from medview.core.errors import RunFailed
from medview.core.volume import AnyArray
from medview.jobs.execution import Interrupted, Raised, Returned, free_memory_bytes, perform, usable_threads
from medview.jobs.failures import Circumstances
from medview.jobs.job import (
    Job,
    JobCancelled,
    JobDone,
    JobFailed,
    JobHandle,
    JobPreviewed,
    JobProgressed,
    JobReported,
    JobStarted,
    OnEvent,
)
from medview.jobs.progress import ProgressClock

_JOIN_S = 2.0


class Lane(Protocol):
    """Somewhere to work."""

    def submit(self, job: Job, on_event: OnEvent) -> JobHandle:
        """Take a job; ``on_event`` is called on the lane's own thread, in order, ending with its end.

        Raises:
            RunFailed: The lane is closed.
        """

    def cancel(self, handle: JobHandle) -> None:
        """Ask for a job's end; returns at once, `JobCancelled` follows."""

    def close(self) -> None:
        """Cancel everything and end; returns within seconds, whatever the jobs do."""


class InlineLane:
    """Works inside `submit`: for tests, scripts and breakpoints."""

    def submit(self, job: Job, on_event: OnEvent) -> JobHandle:
        """Do the job and return when it has ended."""
        handle = JobHandle(job, on_event)
        do_here(handle)
        return handle

    def cancel(self, handle: JobHandle) -> None:
        """Ask for the job's end, from within one of its events or from another thread."""
        handle.ask_cancel()

    def close(self) -> None:
        """Nothing is left over."""


class ThreadLane:
    """One thread that does one job after another: for files.

    A job that never looks at its link cannot be stopped here; `close` leaves it behind.

    Args:
        name: Of the thread, for logs.
    """

    def __init__(self, name: str = "medview-files") -> None:
        self._inbox: queue.SimpleQueue[JobHandle | None] = queue.SimpleQueue()
        self._current: JobHandle | None = None
        self._closed = threading.Event()
        # so that no job slips in behind the end of the inbox
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job, on_event: OnEvent) -> JobHandle:
        """Queue a job."""
        handle = JobHandle(job, on_event)
        with self._door:
            if self._closed.is_set():
                raise RunFailed(f"Cannot start {job.title}", "the program is closing")
            self._inbox.put(handle)
        return handle

    def cancel(self, handle: JobHandle) -> None:
        """Ask for a job's end."""
        handle.ask_cancel()

    def close(self) -> None:
        """Cancel everything; waits two seconds for a job that does not listen."""
        with self._door:
            self._closed.set()
            self._inbox.put(None)
        current = self._current
        if current is not None:
            current.ask_cancel()
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)

    def _work(self) -> None:
        while (handle := self._inbox.get()) is not None:
            self._current = handle
            if self._closed.is_set():
                handle.ask_cancel()
            do_here(handle)
            self._current = None


def do_here(handle: JobHandle) -> None:
    """Do a job on the calling thread and tell its events."""
    job = handle.job
    if handle.is_cancel_asked:
        handle.tell(JobCancelled(job.id))
        return
    handle.tell(JobStarted(job.id))
    around = Circumstances(title=job.title, needed_bytes=job.memory_bytes, free_bytes=free_memory_bytes())
    with contextlib.ExitStack() as cleanup:
        ending = perform(job.target, job.payload, job.arrays, _LocalLink(handle, cleanup), around)
    match ending:
        case Interrupted():
            handle.tell(JobCancelled(job.id))
        case _ if handle.is_cancel_asked:
            handle.tell(JobCancelled(job.id))
        case Raised(error, traceback):
            handle.tell(JobFailed(job.id, error, traceback))
        case Returned(value, arrays):
            handle.tell(JobDone(job.id, value, arrays))


class _LocalLink:
    """Passes a target's words on without leaving the process."""

    def __init__(self, handle: JobHandle, cleanup: contextlib.ExitStack) -> None:
        self._handle = handle
        self._cleanup = cleanup
        self._clock = ProgressClock()
        self._scratch: Path | None = None
        self.threads = usable_threads()

    @property
    def scratch(self) -> Path:
        if self._scratch is None:
            folder = tempfile.TemporaryDirectory(prefix="medview-", ignore_cleanup_errors=True)
            self._scratch = Path(self._cleanup.enter_context(folder))
        return self._scratch

    def progress(self, fraction: float, message: str) -> None:
        self._handle.tell(JobProgressed(self._handle.job.id, self._clock.at(fraction, message)))

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        self._handle.tell(JobPreviewed(self._handle.job.id, name, offset_ijk, array))

    def report(self, step: int, values: Mapping[str, float]) -> None:
        self._handle.tell(JobReported(self._handle.job.id, step, dict(values)))

    def is_cancelled(self) -> bool:
        return self._handle.is_cancel_asked
