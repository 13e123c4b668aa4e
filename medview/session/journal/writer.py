"""The thread that brings a journal to disk, so that the window never waits for one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from medview.io.journal import JournalFile

SYNC_S = 0.5
RETRY_S = 2.0

Steps = Callable[[], Iterator[None]]
OnTrouble = Callable[[OSError | None], None]


class JournalWriter:
    """Writes records in the order in which they were given, and long work (arrays) between them.

    The first record after a rest is in the file at once, out of reach of the process's end; those that follow
    are in the file and on the disk half a second later at most. Where the disk is full the records wait, and
    are tried again every two seconds.

    Args:
        path: The journal.
        offset: Where to go on; None begins a new file.
        on_trouble: Called on this thread with what the disk says, once, and with None when it works again.
    """

    def __init__(self, path: Path, offset: int | None, on_trouble: OnTrouble) -> None:
        self._path = path
        self._offset = offset
        self._on_trouble = on_trouble
        self._file: JournalFile | None = None
        self._records: deque[tuple[dict[str, Any], list[bytes]]] = deque()
        self._work: deque[Steps] = deque()
        self._running: Iterator[None] | None = None
        self._bell = threading.Condition()
        self._is_closing = False
        self._is_in_trouble = False
        self._synced_s = 0.0
        self._is_dirty = False
        self._is_hurried = False
        self._thread = threading.Thread(target=self._run, name="medview-journal", daemon=True)
        self._thread.start()

    def put(self, head: dict[str, Any], parts: list[bytes]) -> None:
        """Add a record. Returns at once; from any thread."""
        with self._bell:
            self._records.append((head, parts))
            # while it waits for its next sync it is not woken: each waking would cost the window a moment
            if not self._is_dirty:
                self._bell.notify_all()

    def put_work(self, steps: Steps) -> None:
        """Add long work, done step by step while no record waits; begun anew after a failure of the disk."""
        with self._bell:
            self._work.append(steps)
            self._bell.notify_all()

    def settle(self, seconds: float) -> bool:
        """Wait until all that was given is on disk; False where it is not within that time."""
        with self._bell:
            self._is_hurried = True
            self._bell.notify_all()
            return self._bell.wait_for(lambda: not self._has_more() and not self._is_dirty, seconds)

    def close(self, seconds: float = 2.0, *, drops: bool = False) -> None:
        """Write what waits (or drop it), and end; waits so long at most."""
        with self._bell:
            self._is_closing = True
            if drops:
                self._records.clear()
                self._work.clear()
            self._bell.notify_all()
        self._thread.join(seconds)

    def _has_more(self) -> bool:
        return bool(self._records or self._work or self._running is not None)

    def _run(self) -> None:
        while self._wait():
            try:
                self._write_records()
                self._work_a_step()
                self._sync()
                self._tell(None)
            except OSError as error:
                self._running = None
                self._tell(error)
        if self._file is not None:
            self._file.close()

    def _wait(self) -> bool:
        """Sleep until there is something to do; False at the end."""
        with self._bell:
            if self._is_in_trouble and not self._is_closing:
                self._bell.wait_for(lambda: self._is_closing, RETRY_S)
            elif not self._has_more() and not self._is_closing:
                due_s = 0 if self._is_hurried else self._synced_s + SYNC_S - time.monotonic()
                self._bell.wait(max(0.0, due_s) if self._is_dirty else None)
            done = self._is_in_trouble or not (self._has_more() or self._is_dirty)
            return not (self._is_closing and done)

    def _write_records(self) -> None:
        while self._records:
            if self._file is None:
                self._file = JournalFile(self._path, self._offset)
            with self._bell:
                if not self._records:
                    return
                head, parts = self._records[0]
            self._file.append({**head, "parts": [len(part) for part in parts]}, b"".join(parts))
            self._is_dirty = True
            with self._bell:
                if self._records:
                    self._records.popleft()

    def _work_a_step(self) -> None:
        with self._bell:
            if self._running is None and self._work:
                self._running = self._work[0]()
            elif not self._work:
                self._running = None
        if self._running is None:
            return
        if next(self._running, _ENDED) is _ENDED:
            with self._bell:
                self._running = None
                if self._work:
                    self._work.popleft()
                self._bell.notify_all()

    def _sync(self) -> None:
        is_due = self._is_closing or self._is_hurried or time.monotonic() - self._synced_s >= SYNC_S
        if self._file is None or not self._is_dirty or not is_due:
            return
        self._file.sync()
        self._synced_s = time.monotonic()
        with self._bell:
            self._is_dirty = self._is_hurried = False
            self._bell.notify_all()

    def _tell(self, error: OSError | None) -> None:
        is_in_trouble = error is not None
        if is_in_trouble != self._is_in_trouble:
            self._is_in_trouble = is_in_trouble
            self._on_trouble(error)


class _Ended:
    """The end of an iterator whose steps are None."""


_ENDED = _Ended()
