"""Where journals lie: one private folder for each session, held by a lock as long as its process lives."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from medview.core.places import user_data
from medview.io.held_lock import HeldLock

JOURNAL_NAME = "journal"
OLD_DAYS = 30
LARGE_BYTES = 4 << 30
_LOCK_NAME = "lock"
_DRAFT = ".new-"


def journals_folder() -> Path:
    """The folder of all journals of this person: their data place, or ``MEDVIEW_JOURNAL_DIR``."""
    override = os.environ.get("MEDVIEW_JOURNAL_DIR")
    return Path(override) if override else user_data() / "journals"


@dataclass(frozen=True, eq=False)
class JournalFolder:
    """One session's folder, held by this process."""

    path: Path
    lock: HeldLock

    @property
    def journal(self) -> Path:
        """The file of records."""
        return self.path / JOURNAL_NAME

    def array(self, name: str) -> Path:
        """The file of an array; its name is a number."""
        return self.path / f"array-{int(name)}"

    def next_array(self) -> int:
        """The smallest number above those of all arrays that lie here."""
        numbers = [
            int(file.name.partition("-")[2])
            for file in self.path.glob("array-*")
            if file.name.partition("-")[2].isdigit()
        ]
        return max(numbers, default=0) + 1

    def nbytes(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.path.iterdir() if file.is_file())

    def age_days(self) -> float:
        """Days since the last record."""
        return (time.time() - self.journal.stat().st_mtime) / 86400

    def remove(self) -> None:
        """Delete it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.release()

    def release(self) -> None:
        """Leave it for a later start."""
        self.lock.release()


def make_folder(root: Path) -> JournalFolder:
    """Make the folder of a new session.

    Raises:
        OSError: The disk or its rights do not allow it.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
    draft = root / f"{_DRAFT}{name}"
    draft.mkdir(mode=0o700)
    # locked before it has its name: nobody ever finds it without an owner
    lock = HeldLock(draft / _LOCK_NAME)
    return JournalFolder(draft.rename(root / name), lock)


def orphans(root: Path) -> tuple[JournalFolder, ...]:
    """Take hold of all journals that no living process holds, newest first.

    Folders in which no journal was begun are removed.
    """
    if not root.is_dir():
        return ()
    found = []
    for path in sorted(root.iterdir(), reverse=True):
        with contextlib.suppress(OSError):
            folder = JournalFolder(path, HeldLock(path / _LOCK_NAME))
            if folder.journal.is_file():
                found.append(folder)
            else:
                folder.remove()
    return tuple(found)
