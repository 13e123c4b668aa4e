"""Watching the worker process: one thread, one inbox, no locks."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medview.core.errors import MedviewError, RunFailed
from medview.jobs.arrays import loaded, store
from medview.jobs.child import Child
from medview.jobs.execution import free_memory_bytes
from medview.jobs.failures import Circumstances, error_from_exit, error_from_parts
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
)
from medview.jobs.messages import (
    Cancel,
    Done,
    Failed,
    Hello,
    Message,
    Previewed,
    Progressed,
    Reported,
    Run,
    Stopped,
    Warm,
)
from medview.jobs.progress import ProgressClock
from medview.jobs.scratch import Scratch

_log = logging.getLogger(__name__)

GRACE_S = 0.8
START_S = 60.0
CLOSE_S = 0.5


@dataclass(frozen=True, eq=False)
class Submitted:
    """A new job."""

    handle: JobHandle


@dataclass(frozen=True, eq=False)
class CancelAsked:
    """A job is no longer wanted."""

    handle: JobHandle


@dataclass(frozen=True)
class WarmAsked:
    """Modules that the child should have imported."""

    modules: tuple[str, ...]


@dataclass(frozen=True)
class CloseAsked:
    """The end."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A message of a child."""

    child: Child
    message: Message


@dataclass(frozen=True, eq=False)
class Ended:
    """A child has ended."""

    child: Child
    code: int


Letter = Submitted | CancelAsked | WarmAsked | CloseAsked | Heard | Ended
Inbox = queue.SimpleQueue[Letter]


@dataclass(eq=False)
class _Running:
    """The job that the child works on."""

    handle: JobHandle
    folder: Path
    around: Circumstances
    clock: ProgressClock


class Supervisor:
    """Owns the child and the queue of jobs; everything here happens on the thread that serves.

    Args:
        inbox: Where every other thread leaves its letters.
        command: Starts a child.
        environment: The child's.
        scratch: Where arrays are exchanged.
    """

    def __init__(
        self, inbox: Inbox, command: Sequence[str], environment: Mapping[str, str], scratch: Scratch
    ) -> None:
        self._inbox = inbox
        self._command = command
        self._environment = environment
        self._scratch = scratch
        self._waiting: deque[JobHandle] = deque()
        self._running: _Running | None = None
        self._child: Child | None = None
        self._warm: tuple[str, ...] = ()
        self._kill_at_s = math.inf
        self._hello_until_s = math.inf
        self._is_closing = False

    def serve(self) -> None:
        """Answer letters until the lane is closed."""
        try:
            while not self._is_closing:
                with contextlib.suppress(queue.Empty):
                    self._answer(self._inbox.get(timeout=self._seconds_to_deadline()))
                self._watch_deadlines()
                self._start_next()
        finally:
            self._shut_down()

    def _answer(self, letter: Letter) -> None:
        match letter:
            case Submitted(handle):
                self._waiting.append(handle)
            case CancelAsked(handle):
                self._cancel(handle)
            case WarmAsked(modules):
                self._warm = modules
                self._warm_up()
            case Heard(child, message) if child is self._child:
                self._hear(message)
            case Ended(child, code) if child is self._child:
                self._bury(code)
            case CloseAsked():
                self._is_closing = True

    def _seconds_to_deadline(self) -> float | None:
        deadline_s = min(self._kill_at_s, self._hello_until_s)
        return None if math.isinf(deadline_s) else max(0.0, deadline_s - time.monotonic())

    def _watch_deadlines(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._kill_at_s:
            self._kill_child()
            self._finish_cancelled()
            self._warm_up()
        if now_s >= self._hello_until_s:
            self._kill_child()
            self._fail_running(
                RunFailed("Cannot start the model process", "it did not answer within a minute")
            )

    # the child -------------------------------------------------------------------------------------

    def _ready_child(self) -> Child:
        """The living child, started where there is none."""
        if self._child is None:
            self._hello_until_s = time.monotonic() + START_S
            self._child = Child(self._command, self._environment, self._post_message, self._post_end)
            if self._warm:
                self._child.send(Warm(modules=self._warm))
        return self._child

    def _post_message(self, child: Child, message: Message) -> None:
        self._inbox.put(Heard(child, message))

    def _post_end(self, child: Child, code: int) -> None:
        self._inbox.put(Ended(child, code))

    def _warm_up(self) -> None:
        if not self._warm:
            return
        try:
            if self._child is None:
                self._ready_child()
            else:
                self._child.send(Warm(modules=self._warm))
        except OSError as reason:
            _log.info("The model process cannot be started: %s", reason)

    def _kill_child(self) -> None:
        child, self._child = self._child, None
        self._hello_until_s = math.inf
        if child is not None:
            child.kill()

    def _bury(self, code: int) -> None:
        """The child has ended without being asked to."""
        child, self._child = self._child, None
        never_spoke = not math.isinf(self._hello_until_s)
        self._hello_until_s = math.inf
        _log.info("The model process ended with %s", code)
        if self._running is not None and child is not None:
            last_words = child.last_words if never_spoke or code > 0 else ""
            self._fail_running(error_from_exit(code, self._running.around, last_words))
        if not never_spoke:
            self._warm_up()

    # jobs ------------------------------------------------------------------------------------------

    def _start_next(self) -> None:
        while self._running is None and self._waiting and not self._is_closing:
            handle = self._waiting.popleft()
            if handle.is_cancel_asked:
                handle.tell(JobCancelled(handle.job.id))
            else:
                self._start(handle)

    def _start(self, handle: JobHandle) -> None:
        job = handle.job
        try:
            folder = self._scratch.folder()
        except OSError as reason:
            handle.tell(JobFailed(job.id, _cannot_start(job.title, reason)))
            return
        around = Circumstances(title=job.title, needed_bytes=job.memory_bytes, free_bytes=free_memory_bytes())
        self._running = _Running(handle, folder, around, ProgressClock())
        handle.tell(JobStarted(job.id))
        try:
            files = store(folder, "input", job.arrays)
            self._ready_child().send(_order(job, folder, files))
        except (OSError, TypeError, ValueError) as reason:
            self._fail_running(_cannot_start(job.title, reason))

    def _cancel(self, handle: JobHandle) -> None:
        if self._running is not None and self._running.handle is handle:
            self._kill_at_s = min(self._kill_at_s, time.monotonic() + GRACE_S)
            if self._child is not None:
                self._child.send(Cancel(job=handle.job.id))
        elif handle in self._waiting:
            self._waiting.remove(handle)
            handle.tell(JobCancelled(handle.job.id))

    def _hear(self, message: Message) -> None:
        if isinstance(message, Hello):
            self._hello_until_s = math.inf
        running = self._running
        if running is None or running.handle.job.id != getattr(message, "job", None):
            return
        if isinstance(message, Done | Failed | Stopped):
            self._hear_end(running, message)
        else:
            self._hear_news(running, message)

    def _hear_news(self, running: _Running, message: Message) -> None:
        job_id = running.handle.job.id
        match message:
            case Progressed(fraction=fraction, message=text):
                running.handle.tell(JobProgressed(job_id, running.clock.at(fraction, text)))
            case Reported(step=step, values=values):
                running.handle.tell(JobReported(job_id, step, values))
            case Previewed(name=name, offset_ijk=offset, file=file):
                i, j, k = offset
                with contextlib.suppress(OSError, ValueError):
                    array = loaded(running.folder, {name: file})[name]
                    (running.folder / file).unlink()
                    running.handle.tell(JobPreviewed(job_id, name, (i, j, k), array))

    def _hear_end(self, running: _Running, message: Message) -> None:
        if isinstance(message, Stopped) or running.handle.is_cancel_asked:
            self._finish_cancelled()
        elif isinstance(message, Failed):
            error = error_from_parts(message.error, message.title, message.detail, message.hint)
            self._fail_running(error, message.traceback)
        elif isinstance(message, Done):
            self._deliver(running, message)

    def _deliver(self, running: _Running, message: Done) -> None:
        try:
            arrays = loaded(running.folder, message.arrays)
        except (OSError, ValueError, MemoryError) as reason:
            self._fail_running(
                RunFailed(f"{running.around.title} failed", f"its result cannot be read ({reason})")
            )
            return
        self._clear_running()
        running.handle.tell(JobDone(running.handle.job.id, message.value, arrays))

    def _finish_cancelled(self) -> None:
        running = self._clear_running()
        if running is not None:
            running.handle.tell(JobCancelled(running.handle.job.id))

    def _fail_running(self, error: MedviewError, traceback: str = "") -> None:
        running = self._clear_running()
        if running is None:
            return
        job_id = running.handle.job.id
        if running.handle.is_cancel_asked:
            running.handle.tell(JobCancelled(job_id))
        else:
            running.handle.tell(JobFailed(job_id, error, traceback))

    def _clear_running(self) -> _Running | None:
        running, self._running = self._running, None
        self._kill_at_s = math.inf
        if running is not None:
            self._scratch.clear(running.folder)
        return running

    def _shut_down(self) -> None:
        child, self._child = self._child, None
        unwanted = [*([self._running.handle] if self._running else []), *self._waiting]
        for handle in unwanted:
            handle.ask_cancel()
        if child is not None:
            child.close(CLOSE_S)
        self._scratch.close()
        for handle in unwanted:
            handle.tell(JobCancelled(handle.job.id))


def _order(job: Job, folder: Path, files: Mapping[str, str]) -> Run:
    return Run(
        job=job.id,
        title=job.title,
        target=str(job.target),
        payload=job.payload,
        arrays=files,
        folder=str(folder),
        memory_bytes=job.memory_bytes,
    )


def _cannot_start(title: str, reason: Exception) -> RunFailed:
    hint = "Free some space on the disk and try again." if isinstance(reason, OSError) else ""
    return RunFailed(f"Cannot start {title}", str(reason), hint)
