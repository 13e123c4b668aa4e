"""Labels as a DICOM segmentation of the series that they lie on: checked, complete, or not written at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import RunFailed
from medview.core.labels import LabelArray, LabelEntry
from medview.core.volume import Source
from medview.io.atomic_file import replacing
from medview.io.dicom.derived import PROGRAM, image_heads, series_number
from medview.io.dicom.gate import quietly
from medview.io.dicom.reader import read
from medview.io.dicom.segments import segment_of
from medview.io.dicom.source_series import SourceSeries, find_series
from medview.io.dicom.values import text
from medview.io.dicom.written import ENDING, Written, listed_labels
from medview.io.orientation import as_stored, source_turn
from medview.io.watch import QUIET, Watch

if TYPE_CHECKING:
    from highdicom.seg import Segmentation


def write_segmentation(
    labels: LabelArray,
    source: Source | None,
    path: Path,
    entries: Sequence[LabelEntry],
    watch: Watch = QUIET,
) -> Written:
    """Write a binary segmentation, which every reader of segmentations knows.

    Segments are numbered from 1 in the order of the labels; frames without voxels are left out.

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
    series = find_series(source, path.name, watch.between(0, 0.3))
    assert source is not None
    listed, written = listed_labels(labels, entries, path.name)
    stored = as_stored(_renumbered(labels, listed), source_turn(source))
    watch.at(0.3, "making the segments")
    with replacing(path, ENDING) as draft:
        with quietly():
            made = _segmentation(series, stored, listed)
            watch.at(0.7, "writing")
            made.save_as(draft, enforce_file_format=True)
        watch.at(0.8, "checking")
        _refuse_difference(draft, path.name, series, stored)
        watch.at(1, "saved")
    return written


def _renumbered(labels: LabelArray, entries: Sequence[LabelEntry]) -> LabelArray:
    """Numbers of segments in the place of those of labels."""
    of_value = np.zeros(1 << 8 * labels.dtype.itemsize, np.uint8 if len(entries) < 256 else np.uint16)
    for segment, entry in enumerate(entries, start=1):
        of_value[entry.value] = segment
    return np.asarray(of_value[labels])


def _segmentation(series: SourceSeries, stored: LabelArray, entries: Sequence[LabelEntry]) -> Segmentation:
    from highdicom import PixelMeasuresSequence, PlanePositionSequence
    from highdicom.seg import Segmentation
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    head, plane = series.heads[0], series.part.places[0][0]
    space = (text(head, "StudyInstanceUID"), text(head, "FrameOfReferenceUID"))
    made = Segmentation(
        source_images=image_heads(series),
        pixel_array=np.ascontiguousarray(stored.transpose(2, 1, 0)),
        segmentation_type="BINARY",
        segment_descriptions=[segment_of(n, entry, space) for n, entry in enumerate(entries, start=1)],
        series_instance_uid=generate_uid(),
        series_number=series_number(series),
        sop_instance_uid=generate_uid(),
        instance_number=1,
        series_description="Segmentation",
        specific_character_set="ISO_IR 192",
        content_label="SEGMENTATION",
        content_description="Labels of a mask",
        pixel_measures=PixelMeasuresSequence(plane.pixel_mm, round(series.step_mm, 6)),
        plane_positions=[PlanePositionSequence("PATIENT", place) for place in series.positions_lps.tolist()],
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **PROGRAM,
    )
    # what the images say of it may be wrong, and readers that leave no gaps need it
    measures = made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.SpacingBetweenSlices = round(series.step_mm, 6)
    return made


def _refuse_difference(draft: Path, name: str, series: SourceSeries, expected: LabelArray) -> None:
    """Read what was written as any file is read, and compare every voxel and where it lies."""
    found = read(draft)
    if len(found) != 1 or not _is_same(found[0].source, _stored_numbers(found[0]), series, expected):
        raise RunFailed(f"Cannot save {name}", "reading it back showed that it is not what was written")


def _stored_numbers(volume: Any) -> NDArray[Any]:
    return as_stored(volume.data, source_turn(volume.source))


def _is_same(source: Source, numbers: NDArray[Any], series: SourceSeries, expected: LabelArray) -> bool:
    grid, part = series.part.stored, source.stored
    ends = np.array([(0, 0, 0), [n - 1 for n in part.shape]])
    places = grid.ijk_of(part.ras_of(ends))
    first, last = np.rint(places).astype(int)
    if np.abs(places - np.rint(places)).max() > 0.01 or (first < 0).any() or (last >= grid.shape).any():
        return False
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    outside = np.count_nonzero(expected) - np.count_nonzero(expected[box])
    return numbers.shape == expected[box].shape and not outside and np.array_equal(numbers, expected[box])
