"""Much work of one kind spread over processes: those of this machine here, those of others in `cluster`.

A crew takes a function named as ``"module:function"`` and a plain payload. A process that dies takes the one
piece of work with it that it had; the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from medview.core.errors import RunFailed
from medview.jobs.execution import resolved

Payload = Mapping[str, Any]
_LOOK_S = 0.05


class Work(Protocol):
    """One piece of work that is being done."""

    def is_done(self) -> bool:
        """Whether `value` answers at once."""

    def value(self) -> Any:
        """What the function returned.

        Raises:
            RunFailed: The process that did it died, or the function raised.
        """


class Crew(Protocol):
    """Processes that do work."""

    @property
    def size(self) -> int:
        """How many pieces of work it does at once."""

    def start(self, function: str, payload: Payload) -> Work:
        """Begin one piece of work; no more than `size` at once."""

    def close(self) -> None:
        """Send everybody home; what is still being done is given up."""


def perform_all(
    crew: Crew,
    function: str,
    payloads: Mapping[str, Payload],
    done: Callable[[str, Any], None],
    is_stopped: Callable[[], bool],
) -> None:
    """Do all pieces of work, as many at once as the crew can.

    Args:
        crew: Who does it.
        function: As ``"module:function"``, of one payload; what it returns must travel.
        payloads: By name, in the order of their beginning.
        done: Called in this thread with the name and the value, or the `RunFailed` that came of it.
        is_stopped: Asked often; once true, nothing new begins, and what has begun is waited for.
    """
    waiting, running = list(payloads), dict[str, Work]()
    while running or waiting:
        # asked every time: who works must learn of it too
        if is_stopped():
            waiting.clear()
        while waiting and len(running) < crew.size:
            name = waiting.pop(0)
            running[name] = crew.start(function, payloads[name])
        for name in [name for name, work in running.items() if work.is_done()]:
            done(name, _outcome(running.pop(name)))
        time.sleep(_LOOK_S)


def _outcome(work: Work) -> Any:
    try:
        return work.value()
    except RunFailed as failure:
        return failure


class LocalCrew:
    """Processes of this machine, each of which stays warm from one piece of work to the next.

    Args:
        size: How many.
        threads: For the numerical libraries of each.
    """

    def __init__(self, size: int, threads: int) -> None:
        self.size = size
        self._threads = threads
        self._idle: list[ProcessPoolExecutor] = []
        self._all: list[ProcessPoolExecutor] = []

    def start(self, function: str, payload: Payload) -> Work:
        """Begin one piece of work in an idle process."""
        process = self._idle.pop() if self._idle else self._hired()
        return _LocalWork(process.submit(call, function, payload), lambda: self._free(process))

    def close(self) -> None:
        """End all processes; they notice within moments."""
        for process in self._all:
            children = list((process._processes or {}).values())
            process.shutdown(wait=False, cancel_futures=True)
            for child in children:
                child.terminate()
            for child in children:
                child.join()

    def _hired(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        process = ProcessPoolExecutor(1, context, _prepare, (self._threads,))
        self._all.append(process)
        return process

    def _free(self, process: ProcessPoolExecutor) -> None:
        if process._broken:
            self._all.remove(process)
        else:
            self._idle.append(process)


@dataclass(frozen=True)
class _LocalWork:
    future: Future[Any]
    free: Callable[[], None]

    def is_done(self) -> bool:
        return self.future.done()

    def value(self) -> Any:
        try:
            return self.future.result()
        except BrokenProcessPool:
            hint = "Take fewer workers, or a machine with more memory."
            raise RunFailed(
                "The work failed", "its process was ended, probably because memory ran out", hint
            ) from None
        finally:
            self.free()


def _prepare(threads: int) -> None:
    # Ctrl+C reaches the whole group: the one who started it decides what to do
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def call(function: str, payload: Payload) -> Any:
    """What a process of a crew does: resolve the function by its name, and call it."""
    target: Any = resolved(function)
    return target(payload)
