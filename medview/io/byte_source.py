"""Bytes of a file, plain or gzip, and how many there can be."""

from __future__ import annotations

import errno
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import psutil
from isal import igzip
from isal.igzip_lib import IsalError

from medview.core.errors import InputRefused

GZIP_MAGIC = b"\x1f\x8b"
#: Deflate cannot make more than 1032 bytes out of one.
MAX_GZIP_RATIO = 1032
#: What the decompressor raises for content that is not deflate.
PackedError = cast(type[Exception], IsalError)
_COPY_AGAIN = "Copy it again from its source."


def refused(path: Path, detail: str, hint: str = "") -> InputRefused:
    """The refusal of a file, in the words that all readers share."""
    return InputRefused(f"Cannot open {path.name}", detail, hint)


def in_words(size_bytes: float) -> str:
    """A number of bytes as people write it, such as ``"157 MB"``."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size_bytes < 1000 or unit == "TB":
            return (
                f"{size_bytes:.0f} {unit}"
                if size_bytes >= 10 or unit == "bytes"
                else f"{size_bytes:.1f} {unit}"
            )
        size_bytes /= 1000
    raise AssertionError("unreachable")


def is_gzip(path: Path) -> bool:
    """Whether the content (not the name) is gzip."""
    with open_plain(path) as stream:
        return stream.read(2) == GZIP_MAGIC


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Open a file as it lies on disk.

    Raises:
        InputRefused: It is missing, a folder, or may not be read.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise refused(path, _reason(error)) from error


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacking gzip on the way.

    Raises:
        InputRefused: It cannot be read, or is not whole: cut off or damaged.
    """
    if not is_gzip(path):
        with open_plain(path) as stream:
            yield stream
        return
    try:
        with igzip.open(path, "rb") as stream:
            yield cast(BinaryIO, stream)
    except EOFError as error:
        raise refused(path, "the compressed file ends too early", _COPY_AGAIN) from error
    except (gzip.BadGzipFile, PackedError) as error:
        raise refused(path, f"the compressed content is damaged ({error})", _COPY_AGAIN) from error
    except OSError as error:
        raise refused(path, _reason(error)) from error


def peek(path: Path, count: int) -> bytes:
    """The first bytes, unpacked; fewer where the file is shorter."""
    with open_bytes(path) as stream:
        return stream.read(count)


def most_bytes(path: Path) -> int:
    """The most bytes that a file can hold once unpacked."""
    size = path.stat().st_size
    return size * MAX_GZIP_RATIO if is_gzip(path) else size


def refuse_beyond_file(path: Path, declared_bytes: int) -> None:
    """Refuse a header that declares more than its file can hold.

    A gzip trailer states only the last member's length, so for gzip the bound is the format's own.
    """
    limit = most_bytes(path)
    if declared_bytes > limit:
        held = f"{in_words(limit)} at most" if is_gzip(path) else in_words(limit)
        detail = f"its header declares {in_words(declared_bytes)} but the file holds {held}"
        raise refused(path, detail, _COPY_AGAIN)


def refuse_beyond_memory(path: Path, needed_bytes: int) -> None:
    """Refuse what does not fit into the memory that is free now."""
    free = psutil.virtual_memory().available
    if needed_bytes > free:
        detail = f"it needs {in_words(needed_bytes)} of memory and {in_words(free)} are free"
        raise refused(path, detail, "Close other programs or layers, or crop the scan first.")


def _reason(error: OSError) -> str:
    known = {
        errno.ENOENT: "there is no such file",
        errno.EISDIR: "it is a folder",
        errno.EACCES: "you may not read it",
        errno.EPERM: "you may not read it",
    }
    return known.get(error.errno or 0, f"the system says: {error.strerror or error}")
