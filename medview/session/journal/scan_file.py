"""A scan that lies in a file: noted by path, size, time and hash, found again, and known to be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from medview.core.errors import MedviewError
from medview.core.volume import Volume
from medview.io import readers
from medview.io.hashing import content_sha256

_BLOCK_BYTES = 4 << 20


def file_facts(volume: Volume) -> dict[str, Any] | None:
    """Where a scan lies and how large it is; None where it lies in no file."""
    path = volume.source.path
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return {"path": str(path.absolute()), "size": status.st_size, "time_ns": status.st_mtime_ns}


def hashing_steps(path: Path, told: Callable[[str], None]) -> Iterator[None]:
    """Hash what lies at a path, as `content_sha256` does, a block at a time; what is gone has no hash."""
    try:
        if path.is_dir():
            outer = hashlib.sha256()
            for inner in sorted(path.rglob("*")):
                if inner.is_file():
                    yield
                    outer.update(f"{inner.relative_to(path).as_posix()}\0{content_sha256(inner)}\n".encode())
            told(outer.hexdigest())
            return
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
                yield
        told(digest.hexdigest())
    except OSError:
        return


def is_same_file(facts: dict[str, Any], sha256: str | None) -> bool:
    """Whether a file is what it was when it was opened."""
    path = Path(facts["path"])
    try:
        status = path.stat()
        if sha256 is None:
            return (status.st_size, status.st_mtime_ns) == (facts["size"], facts["time_ns"])
        return content_sha256(path) == sha256
    except OSError:
        return False


def volumes_at(path: Path, shape: tuple[int, ...], check_cancelled: Callable[[], None]) -> tuple[Volume, ...]:
    """Read the scans at a path; of many series in a folder, only those that can have this shape.

    Raises:
        MedviewError: Nothing can be read there.
        Cancelled: From `check_cancelled`.
    """
    from medview.io.dicom import reader as dicom

    if not dicom.sniff(path):
        return tuple(readers.read(path, None, check_cancelled))
    found = dicom.list_series(path, None, check_cancelled)
    fitting = [series for series in found if sorted(series.shape[:3]) == sorted(shape[:3])]
    return tuple(dicom.read_series(series, None, check_cancelled) for series in fitting or found)


def read_again(
    facts: dict[str, Any], sha256: str | None, wanted: Volume, check_cancelled: Callable[[], None]
) -> Volume | None:
    """Read a scan again.

    Args:
        facts: From `file_facts`.
        sha256: Its hash, where there was time to take it.
        wanted: The scan as it was, with any numbers of its shape and type.
        check_cancelled: Raises Cancelled to stop.

    Returns:
        The scan, or None where its file is gone, has changed, or holds it no more.
    """
    if not is_same_file(facts, sha256):
        return None
    try:
        found = volumes_at(Path(facts["path"]), wanted.data.shape, check_cancelled)
    except MedviewError:
        return None
    same = [volume for volume in found if _is_like(volume, wanted)]
    named = [volume for volume in same if volume.name == wanted.name]
    return next(iter([*named, *same]), None)


def _is_like(volume: Volume, wanted: Volume) -> bool:
    is_same_array = volume.data.shape == wanted.data.shape and volume.data.dtype == wanted.data.dtype
    return is_same_array and volume.geometry.matches(wanted.geometry)
