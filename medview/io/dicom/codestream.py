"""A look at what compressed frames declare, before a decoder takes memory for them or writes beyond it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medview.io.byte_source import refused
from medview.io.dicom.values import number, value

if TYPE_CHECKING:
    from pydicom import FileDataset

_JPEG_FAMILY = "1.2.840.10008.1.2.4."
_J2K_SIZE = b"\xff\x4f\xff\x51"
_JPEG_START = b"\xff\xd8"
_FRAME_MARKERS = {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7}
_SEARCHED = 4096


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a compressed frame says of itself."""

    rows: int
    columns: int
    samples: int
    bits: int


def refuse_contradiction(path: Path, data_set: FileDataset, syntax: str) -> None:
    """Refuse a file whose compressed frames declare another image than its header.

    Raises:
        InputRefused: Rows, columns or numbers per pixel differ, or numbers are wider than the header allots.
    """
    content = value(data_set, "PixelData")
    if not syntax.startswith(_JPEG_FAMILY) or not isinstance(content, bytes):
        return
    from pydicom.encaps import generate_frames

    frames = int(number(data_set, "NumberOfFrames") or 1)
    for coded in generate_frames(content, number_of_frames=frames):
        said = _jpeg2000(coded) or _jpeg(coded)
        if said is not None and not _agrees(said, data_set):
            detail = (
                f"its header and its compressed pixels contradict each other: the pixels declare "
                f"{said.columns} x {said.rows} of {said.samples} times {said.bits} bits"
            )
            raise refused(path, detail, "Copy it again from its source.")


def _agrees(said: Declared, data_set: FileDataset) -> bool:
    size = (number(data_set, "Rows"), number(data_set, "Columns"), number(data_set, "SamplesPerPixel") or 1)
    allotted = number(data_set, "BitsAllocated") or 0
    return size == (said.rows, said.columns, said.samples) and 1 <= said.bits <= allotted


def _jpeg2000(coded: bytes) -> Declared | None:
    at = coded.find(_J2K_SIZE, 0, _SEARCHED)
    if at < 0 or len(coded) < at + 43:
        return None
    right, bottom, left, top = struct.unpack(">4L", coded[at + 8 : at + 24])
    samples, depth = struct.unpack(">HB", coded[at + 40 : at + 43])
    return Declared(rows=bottom - top, columns=right - left, samples=samples, bits=(depth & 0x7F) + 1)


def _jpeg(coded: bytes) -> Declared | None:
    at = coded.find(_JPEG_START, 0, _SEARCHED) + 2
    while 2 <= at < len(coded) - 10 and coded[at] == 0xFF:
        if coded[at + 1] in _FRAME_MARKERS:
            bits, rows, columns, samples = struct.unpack(">BHHB", coded[at + 4 : at + 10])
            return Declared(rows=rows, columns=columns, samples=samples, bits=bits)
        at += 2 + struct.unpack(">H", coded[at + 2 : at + 4])[0]
    return None
