"""Decoded planes of one file, as stored numbers turned to values or to red, green, blue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.io.byte_source import refused
from medview.io.dicom.codestream import refuse_contradiction
from medview.io.dicom.decoders import decoded_frame
from medview.io.dicom.gate import BROKEN, quietly, read_data_set
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.tags import DECODE_KEYS
from medview.io.dicom.values import item, number, text
from medview.io.dicom.words import syntax_in_words

if TYPE_CHECKING:
    from pydicom import FileDataset

AnyArray = NDArray[Any]
_COPY_AGAIN = "Copy it again from its source."


def decoded(file: ImageFile, planes: Sequence[Plane]) -> Iterator[tuple[Plane, AnyArray]]:
    """Decode some planes of one file.

    Yields:
        Each plane with its array: (rows, columns) stored numbers, or (rows, columns, 3) uint8 for colour.

    Raises:
        InputRefused: The pixels are cut off, broken, or of a kind that cannot be decoded (it is named).
    """
    with quietly():
        try:
            data_set, syntax = _opened(file, max(plane.frame for plane in planes) + 1)
        except BROKEN as error:
            raise refused(file.path, "its pixels are cut off or broken", _COPY_AGAIN) from error
    for frame in sorted({plane.frame for plane in planes}):
        picture = _frame(file, data_set, frame, syntax)
        for plane in planes:
            if plane.frame == frame:
                yield plane, _tile(picture, plane)


def _opened(file: ImageFile, frames: int) -> tuple[FileDataset, str]:
    data_set = read_data_set(file.path, DECODE_KEYS, with_pixels=True)
    syntax = _ensure_syntax(data_set)
    refuse_contradiction(file.path, data_set, syntax)
    if frames > (number(data_set, "NumberOfFrames") or 1):
        data_set.NumberOfFrames = frames
    return data_set, syntax


def _ensure_syntax(data_set: FileDataset) -> str:
    """The transfer syntax; where the file lacks it, the plain one that its bytes were read by."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if not hasattr(data_set, "file_meta"):
        data_set.file_meta = FileMetaDataset()
    stated = text(data_set.file_meta, "TransferSyntaxUID")
    if stated:
        return stated
    implicit, little = data_set.original_encoding
    plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    data_set.file_meta.TransferSyntaxUID = plain
    return str(plain)


def _frame(file: ImageFile, data_set: FileDataset, frame: int, syntax: str) -> AnyArray:
    try:
        with quietly():
            return _meaning(file, data_set, decoded_frame(file, data_set, frame, syntax))
    except MemoryError as error:
        raise refused(
            file.path, "there is not enough memory for its pixels", "Close other layers."
        ) from error
    except BROKEN as error:
        with quietly():
            raise _undecodable(file, data_set, syntax) from error


def _undecodable(file: ImageFile, data_set: FileDataset, syntax: str) -> InputRefused:
    if not any(key in data_set for key in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return refused(file.path, "it describes an image but holds no pixels", _COPY_AGAIN)
    detail = f"its pixels ({syntax_in_words(syntax)}) are cut off, broken or of an unsupported kind"
    return refused(file.path, detail, "Copy it again from its source, or export it uncompressed.")


def _meaning(file: ImageFile, data_set: FileDataset, picture: AnyArray) -> AnyArray:
    """Stored numbers after look-up tables and stray bits; colour as 8-bit."""
    if file.photometric == "PALETTE COLOR" and picture.ndim == 2:
        from pydicom.pixels.processing import apply_color_lut

        return _eight_bit(apply_color_lut(picture, data_set))
    if picture.ndim == 3:
        return _eight_bit(picture, file.bits_stored)
    picture = _without_stray_bits(file, data_set, picture)
    if item(data_set, "ModalityLUTSequence") is not None:
        from pydicom.pixels.processing import apply_modality_lut

        return np.asarray(apply_modality_lut(picture, data_set))
    return picture


def _eight_bit(picture: AnyArray, bits: int = 0) -> AnyArray:
    if picture.dtype == np.uint8:
        return picture
    shift = max((bits or 8 * picture.dtype.itemsize) - 8, 0)
    return (picture >> shift).clip(0, 255).astype(np.uint8)


def _without_stray_bits(file: ImageFile, data_set: FileDataset, picture: AnyArray) -> AnyArray:
    """Drop overlay bits above (or below) the stored ones, as PS3.5 8.1.1 lets old files have."""
    allocated = int(number(data_set, "BitsAllocated") or 0)
    high = int(number(data_set, "HighBit") or file.bits_stored - 1)
    if file.is_float or picture.dtype.kind not in "iu" or not 1 < file.bits_stored < allocated:
        return picture
    low_spare = high + 1 - file.bits_stored
    if low_spare > 0 and data_set.file_meta.TransferSyntaxUID.is_compressed is False:
        picture = picture >> low_spare
    smallest = -(1 << (file.bits_stored - 1)) if file.is_signed else 0
    largest = smallest + (1 << file.bits_stored) - 1
    if picture.min() >= smallest and picture.max() <= largest:
        return picture
    spare = allocated - file.bits_stored
    return (picture << spare) >> spare


def _tile(picture: AnyArray, plane: Plane) -> AnyArray:
    if plane.corner is None:
        return picture
    row, column = plane.corner
    return picture[row : row + plane.rows, column : column + plane.columns]


def as_values(file: ImageFile, plane: Plane, picture: AnyArray) -> AnyArray:
    """Stored numbers times slope plus intercept; integers stay integers where both are whole."""
    if file.is_colour or (plane.slope == 1 and plane.intercept == 0):
        return picture
    if picture.dtype.kind in "iu" and plane.slope.is_integer() and plane.intercept.is_integer():
        return picture.astype(np.int64) * int(plane.slope) + int(plane.intercept)
    return picture.astype(np.float64) * plane.slope + plane.intercept
