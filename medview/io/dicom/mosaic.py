"""Siemens mosaics: all slices of a volume tiled into one picture."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medview.io.dicom.gate import BROKEN, quietly
from medview.io.dicom.legacy import Planes, single_plane
from medview.io.dicom.plane import Plane, Vector
from medview.io.dicom.tags import CSA_IMAGE, MOSAIC_COUNT
from medview.io.dicom.values import number, positive, text, value

if TYPE_CHECKING:
    from pydicom import Dataset

Csa = dict[str, tuple[float, ...]]


def is_mosaic(header: Dataset) -> bool:
    """Whether the header names the picture a mosaic of a number of slices that fits its size."""
    if "MOSAIC" not in text(header, "ImageType").upper().split("\\"):
        return False
    count = _tile_count(header, _csa(header))
    side = ceil(sqrt(count))
    sizes = number(header, "Rows") or 0, number(header, "Columns") or 0
    return count > 1 and all(size % side == 0 for size in sizes)


def mosaic_planes(path: Path, header: Dataset) -> Planes:
    """The tiles as planes in the patient.

    The stated position is that of a picture as large as the mosaic around the first slice's centre; the first
    slice's own corner lies half the difference further along both axes (nibabel, "Siemens mosaic format").
    """
    whole, warnings = single_plane(path, header)
    csa = _csa(header)
    count = _tile_count(header, csa)
    side = ceil(sqrt(count))
    rows, columns = whole.rows // side, whole.columns // side
    axes = np.asarray(whole.axes_lps).reshape(2, 3)
    half = np.array([(whole.columns - columns) / 2, (whole.rows - rows) / 2])
    corner = np.asarray(whole.position_lps) + (half * whole.pixel_mm[::-1]) @ axes
    step = _slice_step(header, csa, whole)
    planes = tuple(
        replace(
            whole,
            rows=rows,
            columns=columns,
            corner=((n // side) * rows, (n % side) * columns),
            position_lps=tuple((corner + n * step).tolist()),
        )
        for n in range(count)
    )
    return planes, warnings


def _tile_count(header: Dataset, csa: Csa) -> int:
    stated = number(header, MOSAIC_COUNT) or (csa.get("NumberOfImagesInMosaic") or (0,))[0]
    return int(stated) if 1 < stated <= 4096 else 0


def _slice_step(header: Dataset, csa: Csa, whole: Plane) -> Vector:
    distance = positive(header, "SpacingBetweenSlices") or whole.depth_mm or 1.0
    normal = np.asarray(csa.get("SliceNormalVector", whole.normal_lps), float)
    return distance * (normal if normal.shape == (3,) else whole.normal_lps)


def _csa(header: Dataset) -> Csa:
    raw = value(header, CSA_IMAGE)
    if not isinstance(raw, bytes):
        return {}
    with quietly():
        from nibabel.nicom import csareader

    try:
        with quietly():
            tags = csareader.read(raw)["tags"]
            wanted = ("NumberOfImagesInMosaic", "SliceNormalVector")
            return {
                name: tuple(float(part) for part in tags[name]["items"]) for name in wanted if name in tags
            }
    except (*BROKEN, csareader.CSAReadError):
        return {}
