"""A lock on a file that the operating system lets go when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class HeldLock:
    """Holds a lock until `release` or the end of the process.

    Args:
        path: The lock file; made where it is missing.

    Raises:
        BlockingIOError: Another process (or another holder in this one) has it.
        OSError: The file cannot be made or locked here.
    """

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError:
            os.close(self._handle)
            self._handle = None
            raise

    def release(self) -> None:
        """Let it go; nothing where that was done before."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, "locked by another process") from error
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
