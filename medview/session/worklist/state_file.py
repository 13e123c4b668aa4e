"""The file of a work list: read, changed and written while nobody else does, and never by halves.

Several people may have the same folder open. Each change is made to what the file holds at that moment, so
that nobody's work is written over by what another program had read before.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from medview import __version__
from medview.core.errors import InputRefused, MedviewError, RunFailed
from medview.io.atomic_file import failure, make_folder_of, write_text
from medview.session.worklist.record import BadRecord, ListRecord, as_json, from_json

Change = Callable[[ListRecord], ListRecord]
_LOCK_NAME = ".worklist.lock"
_STALE_S = 5.0
_PATIENCE_S = 15.0
_LOOK_S = 0.05


def read_record(path: Path) -> ListRecord:
    """What the file holds; nothing where there is none yet.

    Raises:
        InputRefused: It is damaged, or a newer program's.
        RunFailed: It cannot be read.
    """
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ListRecord()
    except OSError as error:
        raise RunFailed("Cannot read the work list", str(error.strerror or error)) from error
    except BadRecord as reason:
        raise _refused(path, str(reason)) from None
    except ValueError:
        raise _refused(path, "it is no whole JSON text") from None


def change_record(path: Path, change: Change) -> ListRecord:
    """Change what the file holds now, and return it.

    Raises:
        InputRefused: The file is damaged, or a newer program's; it stays as it is.
        RunFailed: The disk or its rights do not allow it, or another program holds the file for too long.
    """
    make_folder_of(path)
    with _alone(path.with_name(_LOCK_NAME)):
        record = change(read_record(path))
        write_text(path, json.dumps(as_json(record), indent=1, ensure_ascii=False) + "\n")
    return record


def describe(path: Path) -> None:
    """Write what BIDS wants to know of a folder of derivatives, where nobody has yet.

    Raises:
        RunFailed: The disk or its rights do not allow it.
    """
    if path.exists():
        return
    facts = {
        "Name": "Masks made with medview",
        "BIDSVersion": "1.8.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "medview", "Version": __version__}],
    }
    make_folder_of(path)
    write_text(path, json.dumps(facts, indent=1) + "\n")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a file that only one can make; works on network folders and between different users.

    One that a dead program left behind is taken away once it has not changed for five seconds.
    """
    _take(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    begun_s = seen_s = time.monotonic()
    seen: float | None = None
    while not _made(lock):
        now_s, stamp = time.monotonic(), _stamp(lock)
        if stamp != seen:
            seen, seen_s = stamp, now_s
        if stamp is not None and now_s - seen_s > _STALE_S:
            lock.unlink(missing_ok=True)
        if now_s - begun_s > _PATIENCE_S:
            raise _busy()
        time.sleep(_LOOK_S)


def _made(lock: Path) -> bool:
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    except OSError as error:
        raise failure(lock, error) from error
    return True


def _stamp(lock: Path) -> float | None:
    try:
        return lock.stat().st_mtime
    except OSError:
        return None


def _busy() -> MedviewError:
    return RunFailed(
        "Cannot write the work list",
        "another program has been writing it for too long",
        "Try again; the masks are safe.",
    )


def _refused(path: Path, reason: str) -> InputRefused:
    return InputRefused(
        "Cannot read the work list",
        f"{path.name} in {path.parent}: {reason}",
        "Move that file away to begin the list anew; the masks stay.",
    )
