"""The framing of a journal: records that are only ever added, each whole or recognised as broken.

A file begins with eight letters and a version. A record is its length, the CRC-32 of its body, and the
CRC-32 of these two numbers; then the body: the length of a JSON head, the unpacked length of the binary
part, the head, the binary part packed by zlib. Numbers are little-endian. Nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from isal import isal_zlib

MAGIC = b"MEDVIEWJ"
VERSION = 1
MOST_BODY_BYTES = 1 << 30
MOST_HEAD_BYTES = 1 << 26
MOST_BINARY_BYTES = 1 << 33

_START = struct.Struct("<8sI")
_FRAME = struct.Struct("<III")
_SIZES = struct.Struct("<IQ")
_LEVEL = 1
START_BYTES = _START.size


class End(Enum):
    """How the reading of a journal ended."""

    WHOLE = "whole"
    TORN = "torn"  # the last record was being written
    BROKEN = "broken"  # bytes are not what was written


class BrokenRecord(ValueError):
    """Bytes that are no record: what follows them cannot be trusted either."""


@dataclass(frozen=True, eq=False)
class Record:
    """One record: a JSON object and a binary part that stays packed until it is asked for."""

    head: dict[str, Any]
    packed: bytes
    binary_bytes: int

    def binary(self) -> bytes:
        """The binary part.

        Raises:
            BrokenRecord: It does not unpack to its stated length.
        """
        unpacker = zlib.decompressobj()
        try:
            found = unpacker.decompress(self.packed, self.binary_bytes + 1)
        except zlib.error as error:
            raise BrokenRecord(str(error)) from error
        if len(found) != self.binary_bytes:
            raise BrokenRecord("the binary part has another length than it says")
        return found


def framed(head: dict[str, Any], binary: bytes = b"") -> bytes:
    """A record as it lies in the file.

    Raises:
        ValueError: It is beyond the limits of this format.
    """
    words = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    packed = isal_zlib.compress(binary, _LEVEL)
    size = _SIZES.size + len(words) + len(packed)
    if size > MOST_BODY_BYTES or len(words) > MOST_HEAD_BYTES or len(binary) > MOST_BINARY_BYTES:
        raise ValueError(f"a record of {len(words)} + {len(binary)} bytes is beyond the limits of a journal")
    body = b"".join((_SIZES.pack(len(words), len(binary)), words, packed))
    front = struct.pack("<II", len(body), zlib.crc32(body))
    return front + struct.pack("<I", zlib.crc32(front)) + body


class JournalFile:
    """A journal open for adding. A record that could not be written whole is cut off again.

    Args:
        path: Made where it is missing, readable by its owner alone.
        offset: Where to go on: what lies behind it is cut off. None begins a new file.

    Raises:
        OSError: The disk or its rights do not allow it.
    """

    def __init__(self, path: Path, offset: int | None = None) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._handle = os.open(path, flags, 0o600)
        self._offset = offset or 0
        self._is_started = offset is not None
        os.ftruncate(self._handle, self._offset)

    @property
    def offset(self) -> int:
        """Bytes of whole records so far, the file's beginning included."""
        return self._offset

    def append(self, head: dict[str, Any], binary: bytes = b"") -> None:
        """Add a record. It outlives the process from here on, and a power cut after `sync`.

        Raises:
            OSError: It does not fit on the disk; the file is as before.
            ValueError: It is beyond the limits of this format.
        """
        record = framed(head, binary)
        if not self._is_started:
            self._write(_START.pack(MAGIC, VERSION))
            self._is_started = True
        self._write(record)

    def sync(self) -> None:
        """Wait until the disk has everything."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; nothing is added any more."""
        os.close(self._handle)

    def _write(self, content: bytes) -> None:
        try:
            os.lseek(self._handle, self._offset, os.SEEK_SET)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._offset)
            raise
        self._offset += len(content)


class JournalReader:
    """Reads records until the end, a torn tail or a broken record; use it in a ``with`` block.

    Attributes:
        end: How it ended, once the iteration has.
        offset: End of the last whole record.
        lost_bytes: What lies behind it.
    """

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = path.open("rb")
        self.size_bytes = path.stat().st_size
        self.end = End.WHOLE
        self.offset = 0

    @property
    def lost_bytes(self) -> int:
        """Bytes behind the last whole record."""
        return self.size_bytes - self.offset

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Record]:
        start = self._stream.read(START_BYTES)
        if len(start) < START_BYTES:
            self.end = End.TORN
            return
        if start != _START.pack(MAGIC, VERSION):
            self.end = End.BROKEN
            return
        self.offset = START_BYTES
        try:
            while (record := self._next()) is not None:
                yield record
        except BrokenRecord:
            self.end = End.BROKEN

    def _next(self) -> Record | None:
        frame = self._stream.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            self.end = End.TORN if frame else End.WHOLE
            return None
        size, crc, own_crc = _FRAME.unpack(frame)
        if zlib.crc32(frame[:8]) != own_crc:
            self._refuse_unless_empty(frame)
            return None
        if not _SIZES.size <= size <= MOST_BODY_BYTES:
            raise BrokenRecord("a length is beyond the limits")
        body = self._stream.read(size) if size <= self.lost_bytes else b""
        if len(body) < size:
            self.end = End.TORN
            return None
        if zlib.crc32(body) != crc:
            raise BrokenRecord("a check sum is wrong")
        record = _parsed(body)
        self.offset += _FRAME.size + size
        return record

    def _refuse_unless_empty(self, frame: bytes) -> None:
        """A power cut can leave zeros where the last record was to be written."""
        rest = frame
        while rest:
            if any(rest):
                raise BrokenRecord("the check sum of a length is wrong")
            rest = self._stream.read(1 << 20)
        self.end = End.TORN


def _parsed(body: bytes) -> Record:
    words, binary_bytes = _SIZES.unpack_from(body)
    start = _SIZES.size + words
    if words > MOST_HEAD_BYTES or start > len(body) or binary_bytes > MOST_BINARY_BYTES:
        raise BrokenRecord("a length is beyond the limits")
    try:
        head = json.loads(body[_SIZES.size : start])
    except (ValueError, RecursionError) as error:
        raise BrokenRecord("a head is no JSON") from error
    if not isinstance(head, dict):
        raise BrokenRecord("a head is no JSON object")
    return Record(head, body[start:], binary_bytes)
