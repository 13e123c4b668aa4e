"""Recently opened files: remembered by path, looked for in the background."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

from medview.core.errors import MedviewError
from medview.io.atomic_file import write_text

FILE_NAME = "recent.json"

Work = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class RecentFile:
    """A file or folder; `exists` is None until it has been looked for."""

    path: Path
    exists: bool | None = None


def on_own_thread(work: Work) -> None:
    """Run something beside everything else: a dead network drive may hold it up for minutes."""
    threading.Thread(target=work, name="medview-recent", daemon=True).start()


class RecentFiles:
    """The newest paths first. Nothing but paths is kept: no patient data.

    Args:
        folder: Where the list lies.
        limit: Most entries.
        start: Runs work elsewhere.
        post: Runs work on the window's thread.

    Attributes:
        folder: Where the list lies.
        changed: Emitted on the window's thread, also when a file was found to be gone.
    """

    changed = Signal()

    def __init__(
        self,
        folder: Path,
        limit: int = 12,
        *,
        start: Callable[[Work], None] = on_own_thread,
        post: Callable[[Work], object] = lambda work: work(),
    ) -> None:
        self.folder = folder
        self._file = folder / FILE_NAME
        self._limit = limit
        self._start = start
        self._post = post
        self._entries = tuple(RecentFile(path=path) for path in _stored(self._file))[:limit]

    @property
    def entries(self) -> tuple[RecentFile, ...]:
        """Newest first."""
        return self._entries

    def set_limit(self, limit: int) -> None:
        """Keep at most so many; 0 forgets all."""
        self._limit = limit
        self._keep(self._entries)

    def add(self, path: Path) -> None:
        """Remember a path as the newest, known to exist."""
        self.add_all((path,))

    def add_all(self, paths: Iterable[Path]) -> None:
        """Remember several paths, the first as the newest, known to exist."""
        new = tuple(RecentFile(path=Path(path).absolute(), exists=True) for path in paths)
        names = {entry.path for entry in new}
        self._keep((*new, *(entry for entry in self._entries if entry.path not in names)))

    def remove(self, path: Path) -> None:
        """Forget a path."""
        self._keep(entry for entry in self._entries if entry.path != path)

    def refresh(self) -> None:
        """Look for all files in the background, each by itself; returns at once."""
        for entry in self._entries:
            self._start(lambda path=entry.path: self._look_for(path))  # type: ignore[misc]

    def _look_for(self, path: Path) -> None:
        try:
            exists = path.exists()
        except OSError:
            exists = False
        self._post(lambda: self._learn(path, exists))

    def _learn(self, path: Path, exists: bool) -> None:
        new = RecentFile(path=path, exists=exists)
        updated = tuple(new if entry.path == path else entry for entry in self._entries)
        if updated != self._entries:
            self._entries = updated
            self.changed.emit()

    def _keep(self, entries: Iterable[RecentFile]) -> None:
        kept = tuple(entries)[: self._limit]
        if kept == self._entries:
            return
        self._entries = kept
        self.changed.emit()
        text = json.dumps([str(entry.path) for entry in kept], indent=1, ensure_ascii=False)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._file, text + "\n")
        except (OSError, MedviewError):
            # a list that cannot be kept must not stop anybody from opening a scan
            return


def _stored(file: Path) -> list[Path]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Path(item) for item in found if isinstance(item, str)] if isinstance(found, list) else []
