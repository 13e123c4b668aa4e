"""The next case, read while somebody still works on this one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Reactions
from medview.session.worklist.case_reading import CaseContents, read_case

_Stamp = tuple[int, int] | None


class ReadAhead:
    """Holds at most one case that was read before anybody asked for it.

    Args:
        desk: Where jobs are started.
        lane: A lane of this process.
    """

    def __init__(self, desk: JobDesk, lane: Lane) -> None:
        self._desk = desk
        self._lane = lane
        self._job_id = ""
        self._payload: Mapping[str, Any] = {}
        self._stamp: _Stamp = None
        self._found: CaseContents | None = None

    def start(self, payload: Mapping[str, Any]) -> None:
        """Read a case in the background; what was read before is let go. A failure is told to nobody.

        Args:
            payload: As `read_case` takes it.
        """
        self.drop()
        self._payload, self._stamp = payload, _stamp_of(payload["mask"])

        def done(event: JobDone) -> None:
            if self._payload is payload:
                self._found = event.value

        job = Job(title=f"Reading {payload['case'].id} ahead", target=read_case, payload=payload)
        reactions = Reactions(done=done, failed=lambda _error: None)
        self._job_id = job.id
        self._desk.start(self._lane, job, reactions, is_shown=False)

    def take(self, payload: Mapping[str, Any]) -> CaseContents | None:
        """The case, where just this one was read and its mask is the same file still; held no longer then."""
        found = self._found
        is_same = self._payload == payload and self._stamp == _stamp_of(payload["mask"])
        self.drop()
        return found if is_same else None

    def drop(self) -> None:
        """Let go of what was read, and stop what is being read."""
        self._desk.cancel(self._job_id)
        self._job_id, self._payload, self._found = "", {}, None


def _stamp_of(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
