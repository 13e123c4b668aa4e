"""Which decoder takes which pixels.

pydicom asks every installed decoder in turn. Two of them end the whole program on broken data (seen with
flipped bytes: python-gdcm's ``GetBuffer`` calls ``std::terminate``, pylibjpeg-rle panics), so each syntax is
given to one decoder that fails with an exception. What no such decoder takes is read by SimpleITK or here.
"""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.io.dicom.plane import ImageFile
from medview.io.dicom.values import number

if TYPE_CHECKING:
    from pydicom import FileDataset

AnyArray = NDArray[Any]
_JPEG = "1.2.840.10008.1.2.4."
_RUN_LENGTH = "1.2.840.10008.1.2.5"
_EXTENDED = f"{_JPEG}51"
_LOSSLESS = (f"{_JPEG}57", f"{_JPEG}70")
_DECODERS = {
    _RUN_LENGTH: "pydicom",
    f"{_JPEG}50": "pillow",
    f"{_JPEG}51": "pillow",
    f"{_JPEG}80": "pyjpegls",
    f"{_JPEG}81": "pyjpegls",
    f"{_JPEG}90": "pylibjpeg",
    f"{_JPEG}91": "pylibjpeg",
    f"{_JPEG}201": "pylibjpeg",
    f"{_JPEG}202": "pylibjpeg",
    f"{_JPEG}203": "pylibjpeg",
}


def decoded_frame(file: ImageFile, data_set: FileDataset, frame: int, syntax: str) -> AnyArray:
    """A frame: (rows, columns) stored numbers, or (rows, columns, 3) red, green, blue.

    Raises:
        Exception: One of `dicom_gate.BROKEN` where the frame cannot be decoded.
    """
    if syntax in _LOSSLESS or (syntax == _EXTENDED and file.bits_stored > 8):
        return _by_simpleitk(data_set, frame)
    if syntax == _RUN_LENGTH and number(data_set, "BitsAllocated") == 1:
        return _run_length_bits(data_set, frame)
    from pydicom.pixels.utils import iter_pixels

    for picture in iter_pixels(data_set, indices=[frame], decoding_plugin=_DECODERS.get(syntax, "")):
        return picture
    raise ValueError("no pixels came out")


def _size(data_set: FileDataset) -> tuple[int, int]:
    return int(number(data_set, "Rows") or 0), int(number(data_set, "Columns") or 0)


def _coded_frame(data_set: FileDataset, frame: int) -> bytes:
    from pydicom.encaps import get_frame

    return get_frame(data_set.PixelData, frame, number_of_frames=int(number(data_set, "NumberOfFrames") or 1))


def _by_simpleitk(data_set: FileDataset, frame: int) -> AnyArray:
    """Decode through a one-frame copy that states no rescaling, so that stored numbers come out."""
    import SimpleITK
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, SecondaryCaptureImageStorage

    colour = number(data_set, "SamplesPerPixel") == 3
    lone = data_set.__class__("", {}, file_meta=data_set.file_meta, preamble=b"\0" * 128)
    lone.update({element.tag: element for element in data_set if element.tag.group == 0x0028})
    lone.SOPClassUID = lone.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    lone.SOPInstanceUID = lone.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    lone.pop("NumberOfFrames", None)
    lone.PixelData = encapsulate([_coded_frame(data_set, frame)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.dcm"
        lone.save_as(path)
        picture = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path), imageIO="GDCMImageIO"))
    rows, columns = _size(data_set)
    return np.asarray(picture).reshape((rows, columns, 3) if colour else (rows, columns))


def _run_length_bits(data_set: FileDataset, frame: int) -> AnyArray:
    """PS3.5 annex G applied to packed bits: one segment of bytes, eight pixels each, lowest bit first."""
    rows, columns = _size(data_set)
    coded = _coded_frame(data_set, frame)
    count, start = struct.unpack("<2L", coded[:8])
    if count != 1:
        raise ValueError("one run-length segment was expected")
    packed = _unrolled(coded[start:], (rows * columns + 7) // 8)
    return np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")[: rows * columns].reshape(
        rows, columns
    )


def _unrolled(coded: bytes, length: int) -> bytes:
    """PackBits: up to 127 counts literal bytes after it, from 129 on it repeats one byte, 128 is void."""
    result = bytearray()
    at = 0
    while len(result) < length and at + 1 < len(coded):
        control = coded[at]
        if control < 128:
            result += coded[at + 1 : at + 2 + control]
            at += 2 + control
        else:
            result += coded[at + 1 : at + 2] * (257 - control if control > 128 else 0)
            at += 2 if control > 128 else 1
    if len(result) < length:
        raise ValueError("the run-length segment ends too early")
    return bytes(result[:length])
