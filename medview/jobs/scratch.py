"""The private folder where arrays wait for the other process, and its removal in every case."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def scratch_root() -> Path:
    """The folder that holds every running program's scratch folder: in the person's own cache."""
    import platformdirs

    return platformdirs.user_cache_path("medview", appauthor=False) / "scratch"


class Scratch:
    """A folder of this process, readable by nobody else; what dead processes left is removed first.

    Args:
        root: Where to make it; made where absent.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_stale(root)
        pid = os.getpid()
        # mkdtemp makes the folder with mode 0700
        self.path = Path(tempfile.mkdtemp(prefix=f"{pid}-{_started(pid)}-", dir=root))
        self._count = 0

    def folder(self) -> Path:
        """Make a new empty folder for one job."""
        self._count += 1
        path = self.path / str(self._count)
        path.mkdir(mode=0o700)
        return path

    def clear(self, folder: Path) -> None:
        """Remove one job's folder."""
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_stale(root: Path) -> None:
    """Remove the folders of processes that have ended without doing so."""
    for folder in root.iterdir():
        with contextlib.suppress(ValueError):
            pid, started = (int(part) for part in folder.name.split("-")[:2])
            if _started(pid) != started:
                shutil.rmtree(folder, ignore_errors=True)


def _started(pid: int) -> int | None:
    """When a process began, to tell it from a later one with the same number; None where it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
