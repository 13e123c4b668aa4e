"""From the header of one file to its planes, without touching the pixels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from medview.io.byte_source import in_words, most_bytes, refused
from medview.io.dicom.enhanced import enhanced_planes
from medview.io.dicom.gate import BROKEN, is_dicom_file, quietly, read_data_set
from medview.io.dicom.legacy import frame_step_s, legacy_planes, single_plane
from medview.io.dicom.mosaic import is_mosaic, mosaic_planes
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.tags import HEADER_KEYS
from medview.io.dicom.values import item, number, numbers, text, value
from medview.io.dicom.words import (
    LABELMAP_SEGMENTATION,
    RT_STRUCTURES,
    SEGMENTATION,
    WHOLE_SLIDE,
    kind_without_images,
    syntax_in_words,
)

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_COPY_AGAIN = "Copy it again from its source."
_MOST_SIDE = 65535
_UNITS = {"BQML": "Bq/mL", "GML": "g/mL", "CNTS": "counts", "CPS": "counts/s", "GY": "Gy"}


def read_header(path: Path) -> ImageFile:
    """Read the header of an image file.

    Raises:
        InputRefused: It is broken, holds no image, or holds one that cannot be shown; it says which.
    """
    header = read_data_set(path, HEADER_KEYS)
    # Values are converted when they are looked at, so warnings and failures come here too.
    with quietly():
        try:
            return _image_file(path, header)
        except BROKEN as error:
            raise refused(path, "its DICOM header is broken", _COPY_AGAIN) from error


def _image_file(path: Path, header: FileDataset) -> ImageFile:
    _refuse_non_images(path, header)
    _refuse_odd_sizes(path, header)
    planes, warnings = _planes(path, header)
    return ImageFile(
        path=path,
        planes=planes,
        series_uid=text(header, "SeriesInstanceUID") or f"file {path}",
        series_number=_whole(number(header, "SeriesNumber")),
        description=_description(header),
        modality=text(header, "Modality").upper(),
        unit=_unit(header),
        photometric=text(header, "PhotometricInterpretation").upper(),
        samples=int(number(header, "SamplesPerPixel") or 1),
        bits_stored=int(number(header, "BitsStored") or number(header, "BitsAllocated") or 16),
        is_signed=number(header, "PixelRepresentation") == 1,
        is_float=_is_float(header),
        dtype=_dtype(header),
        window=_window(header),
        tilt_deg=number(header, "GantryDetectorTilt") or 0.0,
        padding=_whole(number(header, "PixelPaddingValue")),
        is_segmentation=text(header, "SOPClassUID") in (SEGMENTATION, LABELMAP_SEGMENTATION),
        frame_step_s=frame_step_s(header),
        warnings=warnings,
    )


def _description(header: Dataset) -> str:
    stated = text(header, "SeriesDescription")
    return "" if stated.lower() in ("none", "unknown", "n/a") else stated


def frame_count(path: Path, header: Dataset) -> int:
    """The number of frames, 1 where not stated.

    Raises:
        InputRefused: It is stated and is no number above zero.
    """
    stated = text(header, "NumberOfFrames")
    count = number(header, "NumberOfFrames")
    if (count is None or count < 1) and "NumberOfFrames" in header and (stated or count is None):
        raw = header.get_item("NumberOfFrames")
        if raw is not None and raw.value not in (None, b"", ""):
            raise refused(path, "its number of frames is not a number above zero", _COPY_AGAIN)
    return int(count or 1)


def _refuse_non_images(path: Path, header: Dataset) -> None:
    sop_class = text(header, "SOPClassUID") or text(
        getattr(header, "file_meta", None), "MediaStorageSOPClassUID"
    )
    kind = kind_without_images(sop_class, text(header, "Modality"))
    if kind:
        hint = "Open the images that it belongs to."
        if sop_class == RT_STRUCTURES:
            hint = "Open the scan that it belongs to, then choose Labels > Load contours."
        raise refused(path, f"it is {kind}, which holds no image", hint)
    if sop_class == WHOLE_SLIDE or item(header, "TotalPixelMatrixOriginSequence") is not None:
        detail = "it is a tiled microscopy slide, which this program does not show"
        raise refused(path, detail, "Open it in a slide viewer.")
    if value(header, "Rows") is None or value(header, "Columns") is None:
        if not is_dicom_file(path):
            raise refused(path, "it is not a DICOM file", "Choose a DICOM file or a folder with some.")
        raise refused(path, "it is a DICOM file that holds no image", "Open the images that it belongs to.")


def _refuse_odd_sizes(path: Path, header: Dataset) -> None:
    rows, columns = number(header, "Rows") or 0, number(header, "Columns") or 0
    frames, samples = frame_count(path, header), int(number(header, "SamplesPerPixel") or 1)
    if not (1 <= rows <= _MOST_SIDE and 1 <= columns <= _MOST_SIDE):
        raise refused(path, f"its header declares {rows:.0f} x {columns:.0f} pixels", _COPY_AGAIN)
    if samples not in (1, 3):
        raise refused(path, f"it holds {samples} numbers per pixel; 1 or 3 can be shown")
    bits = int(number(header, "BitsAllocated") or 0)
    if bits not in (1, 8, 16, 32, 64):
        raise refused(path, f"its header declares {bits} bits per number", _COPY_AGAIN)
    _refuse_cut_off(path, header, math.ceil(rows * columns * frames * samples * bits / 8))


def _refuse_cut_off(path: Path, header: Dataset, declared: int) -> None:
    syntax = text(getattr(header, "file_meta", None), "TransferSyntaxUID")
    if syntax and syntax not in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"):
        # The densest codecs were seen to reach some thousands to one on empty frames.
        declared //= 20_000
    elif text(header, "PhotometricInterpretation") == "YBR_FULL_422":
        declared = declared * 2 // 3
    if declared > most_bytes(path):
        held = in_words(most_bytes(path))
        detail = f"its header declares {in_words(declared)} of pixels but the file holds {held}"
        raise refused(path, detail, _COPY_AGAIN)
    if syntax and syntax_in_words(syntax).endswith(" video"):
        raise refused(
            path, f"it holds {syntax_in_words(syntax)}, which is not decoded", "Export single frames."
        )


def _planes(path: Path, header: Dataset) -> tuple[tuple[Plane, ...], tuple[str, ...]]:
    frames = frame_count(path, header)
    if item(header, "SharedFunctionalGroupsSequence") or item(header, "PerFrameFunctionalGroupsSequence"):
        return enhanced_planes(path, header, frames)
    if is_mosaic(header):
        return mosaic_planes(path, header)
    if frames > 1 or value(header, "GridFrameOffsetVector") is not None:
        return legacy_planes(path, header, frames)
    plane, warnings = single_plane(path, header)
    if "MOSAIC" in text(header, "ImageType").upper():
        warnings = (*warnings, "The file is a mosaic that cannot be taken apart: it is shown as one picture.")
    return (plane,), warnings


def _whole(found: float | None) -> int | None:
    return None if found is None else int(found)


def _is_float(header: Dataset) -> bool:
    return text(header, "SOPClassUID") == "1.2.840.10008.5.1.4.1.1.30" or (
        value(header, "PixelRepresentation") is None and number(header, "BitsAllocated") in (32, 64)
    )


def _dtype(header: Dataset) -> str:
    if _is_float(header):
        return f"float{number(header, 'BitsAllocated'):.0f}"
    sign = "int" if number(header, "PixelRepresentation") == 1 else "uint"
    return f"{sign}{number(header, 'BitsAllocated'):.0f}"


def _unit(header: Dataset) -> str:
    stated = text(header, "RescaleType") or _shared_rescale_type(header)
    modality = text(header, "Modality").upper()
    if modality == "CT":
        is_scout = "LOCALIZER" in text(header, "ImageType").upper()
        return "" if is_scout or stated == "US" else stated or "HU"
    if modality == "PT":
        return _UNITS.get(text(header, "Units").upper(), text(header, "Units"))
    if modality == "RTDOSE":
        return _UNITS.get(text(header, "DoseUnits").upper(), "")
    mapping = item(_shared(header), "RealWorldValueMappingSequence")
    code = text(item(mapping, "MeasurementUnitsCodeSequence"), "CodeValue")
    return code if code not in ("", "1", "no units") else ("" if stated in ("US", "normalized") else stated)


def _shared(header: Dataset) -> Dataset | None:
    return item(header, "SharedFunctionalGroupsSequence")


def _shared_rescale_type(header: Dataset) -> str:
    for group in (_shared(header), item(header, "PerFrameFunctionalGroupsSequence")):
        found = text(item(group, "PixelValueTransformationSequence"), "RescaleType")
        if found:
            return found
    return ""


def _window(header: Dataset) -> tuple[float, float] | None:
    group: Dataset | None = header
    if value(header, "WindowCenter") is None:
        group = item(_shared(header), "FrameVOILUTSequence")
    centre, width = numbers(group, "WindowCenter"), numbers(group, "WindowWidth")
    return (centre[0], width[0]) if centre and width and width[0] > 1 else None
