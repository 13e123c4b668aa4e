"""The one door to pydicom: bounded reads, warnings caught, every failure turned into a sentence."""

from __future__ import annotations

import gzip
import io
import logging
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from pydicom.errors import BytesLengthException, InvalidDicomError

from medview.io.byte_source import refused

if TYPE_CHECKING:
    from pydicom import FileDataset

# All that pydicom and its decoders were seen to raise on broken files; RecursionError is a RuntimeError.
BROKEN: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    AssertionError,
    struct.error,
    zlib.error,
    BytesLengthException,
    InvalidDicomError,
)
_UNPACKED_LIMIT = 2**32
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_SMALL_READ = 2**16
# The warnings filters and the logger's level belong to the whole process.
_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def quietly() -> Iterator[list[str]]:
    """Hold back what pydicom warns of; the list is filled with the messages at the end."""
    said: list[str] = []
    loggers = [logging.getLogger(name) for name in ("pydicom", "pylibjpeg")]
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield said
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            said.extend(str(warning.message) for warning in caught)


class BoundedFile(io.BufferedReader):
    """A file whose reads never allocate more than the file still holds."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._end = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual, but ask for no more bytes than there are."""
        if size is not None and size > _SMALL_READ:
            size = min(size, max(self._end - self.tell(), 0))
        return super().read(size)


def is_dicom_file(path: Path) -> bool:
    """Whether the first bytes are a DICOM preamble or look like a bare data set (gzip is looked into)."""
    try:
        head = _first_bytes(path)
    except (OSError, EOFError, zlib.error):
        return False
    return head[128:132] == b"DICM" or _looks_like_data_set(head)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(132)
    if head[:2] != b"\x1f\x8b":
        return head
    with gzip.open(path, "rb") as unpacked:
        return unpacked.read(132)


def _looks_like_data_set(head: bytes) -> bool:
    """Bare data sets begin with group 2 or 8, a low element, and a known representation or a short length."""
    if len(head) < 16:
        return False
    for endian in "<>":
        group, element, length = struct.unpack(f"{endian}HHL", head[:8])
        explicit = head[4:6] in (b"UL", b"UI", b"CS", b"OB", b"SH", b"DA", b"TM", b"LO")
        if group in (2, 8) and element <= 0x18 and (explicit or length <= 128):
            return True
    return False


def read_data_set(path: Path, keywords: tuple[str | int, ...], *, with_pixels: bool = False) -> FileDataset:
    """Read only the named elements of a DICOM file.

    Args:
        path: A DICOM file, possibly gzip-compressed.
        keywords: DICOM keywords, or tags as numbers; all else is skipped unread, names of people included.
        with_pixels: Read on to the pixel data.

    Raises:
        InputRefused: The file is broken or unreadable.
    """
    from pydicom import dcmread
    from pydicom.datadict import tag_for_keyword

    tags = [tag for key in keywords if (tag := key if isinstance(key, int) else tag_for_keyword(key))]
    try:
        with quietly(), _open(path) as file:
            return dcmread(file, force=True, stop_before_pixels=not with_pixels, specific_tags=list(tags))
    except RecursionError as error:
        raise refused(path, "its sequences are nested too deeply", "The file is probably broken.") from error
    except PermissionError as error:
        raise refused(path, "this account may not read it", "Ask its owner for access.") from error
    except BROKEN as error:
        detail = "its DICOM header is broken or cut off"
        raise refused(path, detail, "Copy it again from its source.") from error


def _open(path: Path) -> BinaryIO:
    with BoundedFile(path) as file:
        head = file.read(1024)
        if head[128:132] == b"DICM" and _DEFLATED in head:
            _check_deflated(path, file)
    return _unpacked(path) if head[:2] == b"\x1f\x8b" else cast(BinaryIO, BoundedFile(path))


def _unpacked(path: Path) -> BinaryIO:
    limit = min(_UNPACKED_LIMIT, 1100 * path.stat().st_size)
    with gzip.open(path, "rb") as packed:
        content = packed.read(limit + 1)
    if len(content) > _UNPACKED_LIMIT:
        raise refused(path, "it unpacks to more than 4 GB", "Unpack it first.")
    return io.BytesIO(content)


def _check_deflated(path: Path, file: BoundedFile) -> None:
    """Count what a deflated data set unpacks to before pydicom unpacks it at once."""
    file.seek(140)
    file.seek(144 + struct.unpack("<L", file.read(4))[0])
    inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    pending = file.read(_SMALL_READ)
    while pending and not inflate.eof:
        total += len(inflate.decompress(pending, 2**24))
        pending = inflate.unconsumed_tail or file.read(_SMALL_READ)
        if total > _UNPACKED_LIMIT:
            raise refused(path, "it unpacks to more than 4 GB", "Unpack it first.")
