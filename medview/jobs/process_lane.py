"""The lane for all that imports torch: one warm child process, watched by one background thread."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from medview.core.errors import RunFailed
from medview.jobs.child import worker_command, worker_environment
from medview.jobs.execution import usable_threads
from medview.jobs.job import Job, JobHandle, OnEvent
from medview.jobs.scratch import Scratch, scratch_root
from medview.jobs.supervisor import CancelAsked, CloseAsked, Inbox, Submitted, Supervisor, WarmAsked

_JOIN_S = 5.0


class ProcessLane:
    """Does jobs in a child process; a crash there, or a kill, never touches this process.

    Targets are named as ``"module:function"``, payloads and values are plain JSON. Cancelling is a
    flag first and a kill 0.8 s later, so that every job has ended within a second.

    Args:
        threads: For numerical libraries in the child; None: all cores but one.
        command: Starts the child; None: this program with ``--worker``.
        environment: Added to the child's environment.
        root: Where the private scratch folder is made; None: in the person's cache folder.
    """

    def __init__(
        self,
        threads: int | None = None,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        root: Path | None = None,
    ) -> None:
        self._inbox: Inbox = queue.SimpleQueue()
        self._is_closed = False
        # so that no job slips in behind the letter that closes the inbox
        self._door = threading.Lock()
        self._supervisor = Supervisor(
            self._inbox,
            tuple(command or worker_command()),
            {**worker_environment(threads or usable_threads()), **(environment or {})},
            Scratch(root or scratch_root()),
        )
        self._thread = threading.Thread(target=self._supervisor.serve, name="medview-jobs", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def submit(self, job: Job, on_event: OnEvent) -> JobHandle:
        """Queue a job; returns at once. ``on_event`` is called on the lane's background thread.

        Raises:
            RunFailed: The lane is closed.
            TypeError: The target is a function: a defect of the caller, since only names can travel.
        """
        if not isinstance(job.target, str):
            raise TypeError("the process lane takes targets by name, as 'module:function'")
        handle = JobHandle(job, on_event)
        with self._door:
            if self._is_closed:
                raise RunFailed(f"Cannot start {job.title}", "the program is closing")
            self._inbox.put(Submitted(handle))
        return handle

    def cancel(self, handle: JobHandle) -> None:
        """Ask for a job's end; returns at once, `JobCancelled` follows within a second."""
        handle.ask_cancel()
        self._inbox.put(CancelAsked(handle))

    def warm(self, modules: Sequence[str] = ("torch",)) -> None:
        """Start the child and import modules there, now and after every restart."""
        self._inbox.put(WarmAsked(tuple(modules)))

    def close(self) -> None:
        """Cancel everything, end the child, remove the scratch folder; takes a second at most."""
        with self._door:
            if not self._is_closed:
                self._inbox.put(CloseAsked())
            self._is_closed = True
        atexit.unregister(self.close)
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)
