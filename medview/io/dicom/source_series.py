"""The images that a mask lies on, found again in the files of their series, to be referred to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.volume import Source
from medview.io.dicom.gate import quietly, read_data_set
from medview.io.dicom.header import read_header
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.dicom.series import series_of
from medview.io.dicom.tags import SOURCE_KEYS
from medview.io.dicom.values import text
from medview.io.dicom.volume import Part
from medview.io.watch import Watch

if TYPE_CHECKING:
    from pydicom import Dataset

_OTHER_FORMATS = "Or save it as .nii.gz, .seg.nrrd or .mha, which need no series."


@dataclass(frozen=True, kw_only=True)
class SourceSeries:
    """A DICOM series as one even grid.

    Args:
        part: Its grid, and the planes in it.
        heads: The files that it is made of, in the order of slices: who, when, which study, no pixels.
    """

    part: Part
    heads: tuple[Dataset, ...]

    @property
    def positions_lps(self) -> NDArray[np.float64]:
        """(K, 3) centre of the first pixel of every slice of the grid."""
        layout = self.part.layout
        steps = np.arange(len(layout.recipe))[:, None]
        step = np.asarray(layout.step_lps or (0.0, 0.0, 0.0), float)
        return np.asarray(np.asarray(layout.origin_lps, float) + steps * step)

    @property
    def planes(self) -> tuple[Plane | None, ...]:
        """The image in every slice of the grid; None where the slice lies between images."""
        found = [lower if weight == 0 else None for lower, _, weight in self.part.layout.recipe]
        return tuple(None if n is None else self.part.places[n][0] for n in found)

    @property
    def step_mm(self) -> float:
        """Distance of the slices along their normal."""
        plane = self.part.places[0][0]
        if self.part.layout.step_lps is None:
            return plane.depth_mm or plane.pixel_mm[0]
        return float(abs(plane.normal_lps @ np.asarray(self.part.layout.step_lps)))


def find_series(source: Source | None, name: str, watch: Watch) -> SourceSeries:
    """Read the headers of a scan's files again.

    Args:
        source: Where the scan came from.
        name: Of the file to be written, for what people are told.
        watch: Told how far it is.

    Raises:
        InputRefused: The scan is no DICOM series, its files are gone or others, or they place nothing.
        Cancelled: From the watch.
    """
    if source is None or source.format != "DICOM" or not source.files:
        detail = "it refers to the images of a DICOM series, and this mask lies on none"
        raise _refused(name, detail, "Open the DICOM series and load the mask onto it.")
    part = _part(source, name, watch.between(0, 0.7))
    heads = _heads(part, watch.between(0.7, 1))
    plane = part.places[0][0]
    if not plane.is_placed or not text(heads[0], "FrameOfReferenceUID"):
        detail = "the images of its series do not say where they lie in the patient"
        raise _refused(name, detail, "Choose another format.")
    if plane.corner is not None:
        detail = "the images of its series are tiles of a mosaic, which no other object can refer to"
        raise _refused(name, detail, "Choose another format.")
    return SourceSeries(part=part, heads=heads)


def _refused(name: str, detail: str, hint: str) -> InputRefused:
    return InputRefused(f"Cannot save {name}", detail, f"{hint} {_OTHER_FORMATS}")


def _part(source: Source, name: str, watch: Watch) -> Part:
    headers: list[ImageFile] = []
    for done, path in enumerate(source.files):
        watch.at(done / len(source.files), "reading the series")
        if not path.is_file():
            detail = f"{path.name} of its DICOM series is no longer there"
            raise _refused(name, detail, "Open the series again from where it is now.")
        headers.append(read_header(path))
    with quietly():
        found, _ = series_of(headers, source.path or Path())
    fitting = [
        series.part
        for series in found
        if series.part.stored.matches(source.stored) and not series.is_segmentation
    ]
    if not fitting:
        detail = "the files of its DICOM series are no longer those that it was drawn on"
        raise _refused(name, detail, "Open the series again.")
    return fitting[0]


def _heads(part: Part, watch: Watch) -> tuple[Dataset, ...]:
    paths = list(dict.fromkeys(place[0].path for place in part.places))
    heads = []
    for done, path in enumerate(paths):
        watch.at(done / len(paths), "reading the series")
        heads.append(read_data_set(path, SOURCE_KEYS))
    return tuple(heads)
