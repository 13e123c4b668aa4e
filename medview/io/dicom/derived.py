"""What every object that is made here of a series repeats of it, and what it says of this program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import medview
from medview.io.dicom.plane import Plane
from medview.io.dicom.source_series import SourceSeries
from medview.io.dicom.tags import PATIENT_STUDY_KEYS
from medview.io.dicom.values import number, text, value

if TYPE_CHECKING:
    from pydicom import Dataset

PROGRAM = {
    "manufacturer": "medview",
    "manufacturer_model_name": "medview",
    "software_versions": medview.__version__,
    "device_serial_number": "0",
}
#: Added to the number of the series, so that what was made of it sorts after it.
_SERIES_OFFSET = 1000
#: What values must look like, where others cannot be written again.
_SOUND = {
    "PatientBirthDate": r"\d{8}",
    "StudyDate": r"\d{8}",
    "StudyTime": r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?",
    "PatientSex": r"[MFO]",
    "PatientAge": r"\d{3}[DWMY]",
    "PatientSize": r"(?=.*[1-9])\d{1,3}(\.\d{1,6})?",
    "PatientWeight": r"(?=.*[1-9])\d{1,4}(\.\d{1,6})?",
}
_OPTIONAL = ("PatientAge", "PatientSize", "PatientWeight", "StudyDescription")
_REPEATED = ("SOPClassUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PositionReferenceIndicator")
_LOSSY = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")
#: Far from every patient, millimetres.
_AWAY_MM = 1e6


def state_program(target: Dataset) -> None:
    """Say which program made an object."""
    target.Manufacturer = PROGRAM["manufacturer"]
    target.ManufacturerModelName = PROGRAM["manufacturer_model_name"]
    target.DeviceSerialNumber = PROGRAM["device_serial_number"]
    target.SoftwareVersions = PROGRAM["software_versions"]


def series_number(series: SourceSeries) -> int:
    """Number of the new series."""
    return _SERIES_OFFSET + max(int(number(series.heads[0], "SeriesNumber") or 0), 0)


def patient_and_study(head: Dataset) -> Dataset:
    """Patient and study as the images state them; what cannot be written again is left empty."""
    from pydicom import Dataset

    made = Dataset()
    for keyword in PATIENT_STUDY_KEYS:
        # the parts of a person's name are no values of their own
        words = str(value(head, keyword) or "") if keyword.endswith("Name") else text(head, keyword)
        if not re.fullmatch(_SOUND.get(keyword, r"(?s).*"), words):
            words = ""
        if words or keyword not in _OPTIONAL:
            setattr(made, keyword, words)
    return made


def image_heads(series: SourceSeries) -> list[Dataset]:
    """The images of a series with sound headers: single images in the order of slices, or one of many frames.

    They state the places that the grid was made of, whatever else their files say.
    """
    head = series.heads[0]
    placed = [place[0] for place in series.part.places]
    if text(head, "NumberOfFrames") not in ("", "1") or "PerFrameFunctionalGroupsSequence" in head:
        return [_many_frames(series, placed)]
    heads = {str(path.filename): path for path in series.heads}
    return [_single(heads[str(plane.path)], plane) for plane in placed]


def _common(head: Dataset, plane: Plane) -> Dataset:
    made = patient_and_study(head)
    for keyword in (*_REPEATED, *_LOSSY):
        words = text(head, keyword)
        if words or keyword not in _LOSSY:
            setattr(made, keyword, words.split("\\") if "\\" in words else words)
    made.SOPInstanceUID = text(head, "SOPInstanceUID")
    made.Modality = text(head, "Modality") or "OT"
    made.Rows, made.Columns = plane.rows, plane.columns
    return made


def _single(head: Dataset, plane: Plane) -> Dataset:
    made = _common(head, plane)
    made.ImagePositionPatient = list(plane.position_lps)
    made.ImageOrientationPatient = list(plane.axes_lps)
    made.PixelSpacing = list(plane.pixel_mm)
    made.SliceThickness = plane.depth_mm or plane.pixel_mm[0]
    return made


def _many_frames(series: SourceSeries, placed: list[Plane]) -> Dataset:
    from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
    from pydicom import Dataset

    made, first = _common(series.heads[0], placed[0]), placed[0]
    shared = Dataset()
    shared.PlaneOrientationSequence = PlaneOrientationSequence("PATIENT", list(first.axes_lps))
    shared.PixelMeasuresSequence = PixelMeasuresSequence(list(first.pixel_mm), series.step_mm)
    made.SharedFunctionalGroupsSequence = [shared]
    count = int(number(series.heads[0], "NumberOfFrames") or 1)
    # frames of other stacks and other times lie nowhere near a slice, so that nothing refers to them
    places = [(_AWAY_MM + n, _AWAY_MM, _AWAY_MM) for n in range(count)]
    for plane in placed:
        places[plane.frame] = (plane.position_lps[0], plane.position_lps[1], plane.position_lps[2])
    made.NumberOfFrames = count
    frames = []
    for place in places:
        frame = Dataset()
        frame.PlanePositionSequence = PlanePositionSequence("PATIENT", list(place))
        frames.append(frame)
    made.PerFrameFunctionalGroupsSequence = frames
    return made
