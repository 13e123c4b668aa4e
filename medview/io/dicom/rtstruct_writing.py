"""Labels as contours of the series that they lie on: a radiotherapy structure set, checked or not written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import RunFailed
from medview.core.labels import LabelArray, LabelEntry
from medview.core.volume import Source
from medview.io.atomic_file import replacing
from medview.io.dicom.contours import outlines
from medview.io.dicom.derived import patient_and_study, series_number, state_program
from medview.io.dicom.gate import quietly
from medview.io.dicom.label_facts import algorithm_of, code_item, long_text, made_by_words, note_origin
from medview.io.dicom.plane import Plane
from medview.io.dicom.rtstruct import read_structures
from medview.io.dicom.source_series import SourceSeries, find_series
from medview.io.dicom.values import text
from medview.io.dicom.words import RT_STRUCTURES
from medview.io.dicom.written import ENDING, Written, listed_labels
from medview.io.orientation import as_stored, source_turn
from medview.io.watch import QUIET, Watch

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_CONTOUR_DATA = 0x30060050
#: Detached Study Management: retired, and still what structure sets name a study by.
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"
_LONGEST_SHORT = 16


def write_structures(
    labels: LabelArray,
    source: Source | None,
    path: Path,
    entries: Sequence[LabelEntry],
    watch: Watch = QUIET,
) -> Written:
    """Write the outlines of labels, slice by slice, along the edges of voxels.

    A reader that takes the voxels whose centres lie inside gets back exactly the voxels of the mask. Holes
    are joined to their outlines by channels without width. ROI numbers are the labels' own.

    Args:
        labels: (I, J, K) uint8 or uint16, RAS+ axes, on the grid of the series.
        source: The series.
        path: Ends with ``.dcm``.
        entries: The labels of the map: names, colours, codes, makers.
        watch: Told how far it is.

    Raises:
        InputRefused: There is no series that it can refer to, no voxel, or the folder cannot be used.
        RunFailed: Writing or reading back failed; the old file is as before.
        Cancelled: From the watch.
    """
    series = find_series(source, path.name, watch.between(0, 0.2))
    assert source is not None
    listed, written = listed_labels(labels, entries, path.name)
    values = [entry.value for entry in listed]
    stored = as_stored(np.where(np.isin(labels, values), labels, 0), source_turn(source))
    with replacing(path, ENDING) as draft:
        with quietly():
            made = _structure_set(series, stored, listed, watch.between(0.2, 0.7))
            made.save_as(draft, enforce_file_format=True)
        found = read_structures(draft, source, watch.between(0.75, 1))
        if not np.array_equal(as_stored(found.array, source_turn(source)), stored):
            detail = "reading it back showed that it is not what was written"
            raise RunFailed(f"Cannot save {path.name}", detail)
    return written


def _structure_set(
    series: SourceSeries, stored: NDArray[Any], entries: Sequence[LabelEntry], watch: Watch
) -> FileDataset:
    made = _empty_set(series)
    frame = text(series.heads[0], "FrameOfReferenceUID")
    made.ReferencedFrameOfReferenceSequence = [_frame_item(series, frame)]
    made.StructureSetROISequence = [_roi_item(entry, frame) for entry in entries]
    made.ROIContourSequence = []
    for done, entry in enumerate(entries):
        piece = watch.between(done / len(entries), (done + 1) / len(entries))
        made.ROIContourSequence.append(_contours_item(series, stored, entry, piece))
    made.RTROIObservationsSequence = [_observation_item(n, entry) for n, entry in enumerate(entries, start=1)]
    return made


def _empty_set(series: SourceSeries) -> FileDataset:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ImplicitVRLittleEndian, generate_uid

    meta, uid, now = FileMetaDataset(), generate_uid(), datetime.now()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(RT_STRUCTURES), uid
    # with explicit types a contour of more than 64 KiB has no place
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    made = FileDataset("", patient_and_study(series.heads[0]), file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = RT_STRUCTURES, uid
    made.Modality, made.SeriesInstanceUID = "RTSTRUCT", generate_uid()
    made.SeriesNumber, made.InstanceNumber = series_number(series), 1
    made.SeriesDescription, made.OperatorsName = "Contours", ""
    state_program(made)
    made.FrameOfReferenceUID = text(series.heads[0], "FrameOfReferenceUID")
    made.PositionReferenceIndicator = text(series.heads[0], "PositionReferenceIndicator")
    made.StructureSetLabel = "medview labels"
    made.StructureSetDate = made.InstanceCreationDate = now.strftime("%Y%m%d")
    made.StructureSetTime = made.InstanceCreationTime = now.strftime("%H%M%S")
    made.ApprovalStatus = "UNAPPROVED"
    return made


def _frame_item(series: SourceSeries, frame: str) -> Dataset:
    from pydicom import Dataset

    own, study, images = Dataset(), Dataset(), Dataset()
    images.SeriesInstanceUID = text(series.heads[0], "SeriesInstanceUID")
    images.ContourImageSequence = [_image_item(head) for head in series.heads]
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = text(series.heads[0], "StudyInstanceUID")
    study.RTReferencedSeriesSequence = [images]
    own.FrameOfReferenceUID, own.RTReferencedStudySequence = frame, [study]
    return own


def _image_item(head: Dataset, frame: int | None = None) -> Dataset:
    from pydicom import Dataset

    made = Dataset()
    made.ReferencedSOPClassUID = text(head, "SOPClassUID")
    made.ReferencedSOPInstanceUID = text(head, "SOPInstanceUID")
    if frame is not None:
        made.ReferencedFrameNumber = frame
    return made


def _roi_item(entry: LabelEntry, frame: str) -> Dataset:
    from pydicom import Dataset

    made = Dataset()
    made.ROINumber, made.ReferencedFrameOfReferenceUID = entry.value, frame
    made.ROIName = long_text(entry.name, f"Label {entry.value}")
    made.ROIDescription = made_by_words(entry)[:1024]
    algorithm = algorithm_of(entry.origin)
    made.ROIGenerationAlgorithm = algorithm.type if entry.origin else ""
    if algorithm.name:
        made.ROIGenerationDescription = algorithm.name
    note_origin(made, entry)
    return made


def _contours_item(series: SourceSeries, stored: NDArray[Any], entry: LabelEntry, watch: Watch) -> Dataset:
    from pydicom import Dataset

    made = Dataset()
    made.ROIDisplayColor, made.ReferencedROINumber = list(entry.colour), entry.value
    heads = {str(head.filename): head for head in series.heads}
    is_many = "PerFrameFunctionalGroupsSequence" in series.heads[0]
    contours: list[Dataset] = []
    for k, plane in enumerate(series.planes):
        watch.at(k / len(series.planes), f"outlining {entry.name}")
        mask = stored[:, :, k] == entry.value
        if mask.any():
            images = _images_of(plane, heads, is_many=is_many)
            contours += (_contour_item(series, points, k, images) for points in outlines(mask))
    for number, contour in enumerate(contours, start=1):
        contour.ContourNumber = number
    made.ContourSequence = contours
    return made


def _images_of(plane: Plane | None, heads: dict[str, Dataset], *, is_many: bool) -> list[Dataset]:
    """The image in a slice; none where the slice lies between images."""
    if plane is None:
        return []
    return [_image_item(heads[str(plane.path)], plane.frame + 1 if is_many else None)]


def _contour_item(
    series: SourceSeries, points: NDArray[np.float64], k: int, images: list[Dataset]
) -> Dataset:
    from pydicom import Dataset
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    made = Dataset()
    if images:
        made.ContourImageSequence = images
    made.ContourGeometricType, made.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
    ijk = np.column_stack([points, np.full(len(points), k)])
    lps = series.part.stored.ras_of(ijk) * (-1.0, -1.0, 1.0)
    # written as text at once: numbers of a long contour one by one would take seconds
    words = "\\".join(f"{part:.4f}" for part in lps.ravel().tolist()).encode()
    words += b" " * (len(words) % 2)
    made[_CONTOUR_DATA] = RawDataElement(Tag(_CONTOUR_DATA), "DS", len(words), words, 0, True, True)
    return made


def _observation_item(number: int, entry: LabelEntry) -> Dataset:
    from pydicom import Dataset

    made, terms = Dataset(), entry.terms
    made.ObservationNumber, made.ReferencedROINumber = number, entry.value
    made.ROIObservationLabel = long_text(entry.name, str(entry.value))[:_LONGEST_SHORT].rstrip()
    made.RTROIInterpretedType = made.ROIInterpreter = ""
    if terms.category is not None:
        made.SegmentedPropertyCategoryCodeSequence = [code_item(terms.category, entry.name)]
    if terms.type is not None:
        kind = code_item(terms.type, entry.name)
        if terms.type_modifier is not None:
            kind.SegmentedPropertyTypeModifierCodeSequence = [code_item(terms.type_modifier, entry.name)]
        made.RTROIIdentificationCodeSequence = [kind]
    return made
