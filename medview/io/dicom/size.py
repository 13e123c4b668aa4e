"""How large a pixel is, from the many places where classic objects state it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medview.io.dicom.values import items, number, numbers

if TYPE_CHECKING:
    from pydicom import Dataset

_CENTIMETRES, _TWO_DIMENSIONAL = 3, 1
_ASSUMED = "The file states no pixel size: 1 mm is assumed, so lengths are not to be trusted."


def pixel_size(header: Dataset) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Distance between rows and between columns in mm, and sentences about where it came from."""
    stated = _pair(header, "PixelSpacing")
    if stated:
        return stated, ()
    for key, said in (
        ("ImagerPixelSpacing", "The pixel size is that at the detector: lengths in the patient are shorter."),
        ("NominalScannedPixelSpacing", "The pixel size is that of the scanned film."),
    ):
        found = _pair(header, key)
        if found:
            return found, (said,)
    return _region_size(header) or _aspect_size(header)


def _pair(header: Dataset, key: str) -> tuple[float, float] | None:
    found = numbers(header, key, 2)
    return (found[0], found[1]) if found and min(found) > 0 else None


def _region_size(header: Dataset) -> tuple[tuple[float, float], tuple[str, ...]] | None:
    """Calibrated ultrasound regions state centimetres per pixel."""
    sizes = [
        size for region in items(header, "SequenceOfUltrasoundRegions") if (size := _calibration(region))
    ]
    if not sizes:
        return None
    if len(set(sizes)) == 1:
        return sizes[0], ()
    said = (
        f"{len(sizes)} regions of the image have different pixel sizes: that of the first is used everywhere."
    )
    return sizes[0], (said,)


def _calibration(region: Dataset) -> tuple[float, float] | None:
    units = {number(region, f"PhysicalUnits{axis}Direction") for axis in "XY"}
    across, down = number(region, "PhysicalDeltaX"), number(region, "PhysicalDeltaY")
    is_plain = number(region, "RegionSpatialFormat") in (None, _TWO_DIMENSIONAL)
    if units != {_CENTIMETRES} or not is_plain or not across or not down:
        return None
    return abs(down) * 10, abs(across) * 10


def _aspect_size(header: Dataset) -> tuple[tuple[float, float], tuple[str, ...]]:
    ratio = _pair(header, "PixelAspectRatio")
    if ratio is None or ratio[0] == ratio[1]:
        return (1.0, 1.0), (_ASSUMED,)
    return (ratio[0] / ratio[1], 1.0), (_ASSUMED,)
