"""A piece of work, and what its owner hears of it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from medview.core.errors import MedviewError
from medview.core.volume import AnyArray

_log = logging.getLogger(__name__)

Target = Callable[..., Any]


class JobState(Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """A piece of work for a lane.

    Args:
        title: What people call it ("Vessels in T2"); begins the sentence of a failure.
        target: ``"module:function"``, called as ``target(payload, arrays, link)``, which returns a
            pair (value, arrays by name). Lanes of this process also take the function itself.
        payload: Plain JSON for the process lane, anything for the others.
        arrays: Given to the target by name, read-only.
        memory_bytes: Expected need, told when memory ran out; None where unknown.
        id: Unique.
    """

    title: str
    target: str | Target
    payload: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, AnyArray] = field(default_factory=dict)
    memory_bytes: float | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Args:
        fraction: 0 to 1.
        message: What is being done now.
        seconds_left: Estimate; None where it is too early to tell.
    """

    fraction: float
    message: str
    seconds_left: float | None


@dataclass(frozen=True, eq=False)
class JobStarted:
    """The job left the queue."""

    job_id: str


@dataclass(frozen=True, eq=False)
class JobProgressed:
    """The job is so far."""

    job_id: str
    progress: Progress


@dataclass(frozen=True, eq=False)
class JobPreviewed:
    """A box of an output is finished: ``array`` begins at voxel ``offset_ijk``."""

    job_id: str
    name: str
    offset_ijk: tuple[int, int, int]
    array: AnyArray


@dataclass(frozen=True, eq=False)
class JobReported:
    """Numbers of one training step."""

    job_id: str
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class JobDone:
    """The job has ended well: what its target returned."""

    job_id: str
    value: Any
    arrays: Mapping[str, AnyArray]


@dataclass(frozen=True, eq=False)
class JobFailed:
    """The job has ended badly: ``error`` for the person, ``traceback`` (may be empty) for the log."""

    job_id: str
    error: MedviewError
    traceback: str = ""


@dataclass(frozen=True, eq=False)
class JobCancelled:
    """The job has ended because the person wished so."""

    job_id: str


JobEnd = JobDone | JobFailed | JobCancelled
JobEvent = JobStarted | JobProgressed | JobPreviewed | JobReported | JobEnd
OnEvent = Callable[[JobEvent], None]

_STATE_AFTER: Mapping[type, JobState] = {
    JobStarted: JobState.RUNNING,
    JobDone: JobState.DONE,
    JobFailed: JobState.FAILED,
    JobCancelled: JobState.CANCELLED,
}


class JobHandle:
    """A submitted job as its owner and its lane hold it; every method may be called from any thread.

    Args:
        job: The work.
        on_event: Called for every event, on the lane's background thread.
    """

    def __init__(self, job: Job, on_event: OnEvent) -> None:
        self.job = job
        self._on_event = on_event
        self._state = JobState.QUEUED
        self._end: JobEnd | None = None
        self._cancel_asked = threading.Event()
        self._ended = threading.Event()

    @property
    def state(self) -> JobState:
        """Where the job stands."""
        if self._end is None and self._cancel_asked.is_set():
            return JobState.CANCELLING
        return self._state

    @property
    def end(self) -> JobEnd | None:
        """How the job ended; None while it has not."""
        return self._end

    @property
    def is_cancel_asked(self) -> bool:
        """Whether cancelling was asked for."""
        return self._cancel_asked.is_set()

    def ask_cancel(self) -> None:
        """Mark the job as unwanted; the lane's `cancel` calls this."""
        self._cancel_asked.set()

    def wait(self, timeout_s: float | None = None) -> JobEnd | None:
        """Wait until the job has ended and return how; None where time ran out before."""
        self._ended.wait(timeout_s)
        return self._end

    def tell(self, event: JobEvent) -> None:
        """Pass an event on to the owner; for lanes only. Nothing is passed on after the end."""
        if self._end is not None:
            return
        self._state = _STATE_AFTER.get(type(event), self._state)
        if isinstance(event, JobDone | JobFailed | JobCancelled):
            self._end = event
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 (part of the job boundary)
            # a faulty listener must not take the lane and every later job with it
            _log.exception("A listener of job %s failed", self.job.title)
        if self._end is not None:
            self._ended.set()
