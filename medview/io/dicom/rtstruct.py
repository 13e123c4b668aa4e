"""Radiotherapy structure sets as labels of a scan: contours filled slice by slice (PS3.3 C.8.8.6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from medview.core.codes import Terminology
from medview.core.labels import MOST_LABELS, LabelEntry, default_entry
from medview.core.volume import Source
from medview.io.byte_source import refused
from medview.io.dicom.contours import Points, filled
from medview.io.dicom.gate import quietly, read_data_set
from medview.io.dicom.label_facts import noted_origin, rgb_of, terms_of
from medview.io.dicom.tags import STRUCTURE_KEYS
from medview.io.dicom.values import items, text
from medview.io.dicom.words import RT_STRUCTURES
from medview.io.orientation import source_turn, turned
from medview.io.watch import QUIET, Watch

if TYPE_CHECKING:
    from pydicom import Dataset

_CONTOUR_DATA = 0x30060050
_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_MOST_STRUCTURES = 4096
_LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])
_IDENTIFICATION = "RTROIIdentificationCodeSequence"
_CODES = {
    "category": ("SegmentedPropertyCategoryCodeSequence", ""),
    "type": (_IDENTIFICATION, ""),
    "type_modifier": (_IDENTIFICATION, "SegmentedPropertyTypeModifierCodeSequence"),
}


@dataclass(frozen=True, kw_only=True)
class Structures:
    """What a structure set holds on the grid of a scan.

    Args:
        array: (I, J, K) uint8 or uint16, RAS+ axes; owned by whoever asked.
        entries: The structures, in the order of the file; those without voxels too.
        warnings: Sentences about what could not be shown as it is stated.
    """

    array: NDArray[Any]
    entries: tuple[LabelEntry, ...]
    warnings: tuple[str, ...]


@dataclass
class _Tally:
    """What has no place on the grid, counted."""

    lost: Counter[str] = field(default_factory=Counter)
    overlap: int = 0
    slices: set[int] = field(default_factory=set)


def is_structure_set(path: Path) -> bool:
    """Whether a DICOM file holds contours.

    Raises:
        InputRefused: It cannot be read.
    """
    return text(read_data_set(path, ("SOPClassUID",)), "SOPClassUID") == RT_STRUCTURES


def read_structures(path: Path, scan: Source, watch: Watch = QUIET) -> Structures:
    """Fill the contours of a structure set on the grid of a scan.

    Contours of one structure in one slice are joined by parity, so that a contour within another is a hole.
    A contour lies in the slice that is nearest, by half the distance of slices at most.

    Args:
        path: The structure set.
        scan: Where the scan lies; its frame of reference is compared where it is a DICOM series.
        watch: Told how far it is.

    Raises:
        InputRefused: It is broken, holds no contours, or was drawn in another frame of reference.
        Cancelled: From the watch.
    """
    with quietly():
        data_set = read_data_set(path, STRUCTURE_KEYS)
        if text(data_set, "SOPClassUID") != RT_STRUCTURES:
            raise refused(path, "it is no radiotherapy structure set", "Choose a file of modality RTSTRUCT.")
        said = _compare_frames(path, data_set, scan)
        entries = _entries(data_set)
        if not entries:
            raise refused(path, "it holds no structures", "Choose another file.")
        array, tally = _filled(data_set, entries, scan, watch)
    if not array.any():
        raise refused(path, _nothing_words(tally), "Choose the scan that the contours were drawn on.")
    return Structures(
        array=turned(array, source_turn(scan)),
        entries=tuple(entries.values()),
        warnings=(*said, *_warnings(tally)),
    )


def _compare_frames(path: Path, data_set: Dataset, scan: Source) -> tuple[str, ...]:
    rois = items(data_set, "StructureSetROISequence")
    stated = {text(roi, "ReferencedFrameOfReferenceUID") for roi in rois} - {""}
    heads = [read_data_set(path, ("FrameOfReferenceUID",)) for path in scan.files[:1]]
    own = text(heads[0], "FrameOfReferenceUID") if heads else ""
    if own and stated and own not in stated:
        detail = "its contours were drawn in another frame of reference than that of the scan"
        raise refused(path, detail, "Open the scan that it belongs to, and load the contours onto that.")
    if own and stated:
        return ()
    return ("Whether the contours belong to this scan cannot be told: no frame of reference is stated.",)


def _entries(data_set: Dataset) -> dict[str, LabelEntry]:
    """Labels by ROI number as stated; numbers that are no labels' are replaced, all of them."""
    rois = items(data_set, "StructureSetROISequence")[:_MOST_STRUCTURES]
    stated = [text(roi, "ROINumber") for roi in rois]
    usable = all(word.isdigit() and 0 < int(word) <= MOST_LABELS for word in stated)
    values = [int(word) for word in stated] if usable and len(set(stated)) == len(stated) else None
    colours = {text(item, "ReferencedROINumber"): item for item in items(data_set, "ROIContourSequence")}
    observed = {text(o, "ReferencedROINumber"): o for o in items(data_set, "RTROIObservationsSequence")}
    found = {}
    for place, (key, roi) in enumerate(zip(stated, rois, strict=True)):
        value = values[place] if values is not None else place + 1
        found[key] = _entry(value, roi, colours.get(key), observed.get(key))
    return found


def _entry(value: int, roi: Dataset, contour: Dataset | None, observed: Dataset | None) -> LabelEntry:
    plain = default_entry(value)
    origin, is_reviewed = noted_origin(roi)
    return LabelEntry(
        value=value,
        name=text(roi, "ROIName")[:200] or plain.name,
        colour=(rgb_of(contour, "ROIDisplayColor") if contour is not None else None) or plain.colour,
        terms=terms_of(observed, _CODES) if observed is not None else Terminology(),
        origin=origin,
        is_reviewed=is_reviewed,
    )


def _filled(
    data_set: Dataset, entries: dict[str, LabelEntry], scan: Source, watch: Watch
) -> tuple[NDArray[Any], _Tally]:
    highest = max(entry.value for entry in entries.values())
    array = np.zeros(scan.stored.shape, np.uint8 if highest < 256 else np.uint16, order="F")
    tally = _Tally()
    structures = items(data_set, "ROIContourSequence")
    for done, structure in enumerate(structures):
        watch.at(done / len(structures), "filling contours")
        entry = entries.get(text(structure, "ReferencedROINumber"))
        if entry is not None:
            _fill(array, entry, _by_slice(structure, scan, tally), tally)
    return array, tally


def _fill(array: NDArray[Any], entry: LabelEntry, slices: dict[int, list[Points]], tally: _Tally) -> None:
    for k, contours in slices.items():
        target = array[:, :, k]
        inside = filled(contours, (target.shape[0], target.shape[1]))
        tally.overlap += int(np.count_nonzero(inside & (target > 0)))
        target[inside] = entry.value
    tally.slices.update(slices)


def _by_slice(structure: Dataset, scan: Source, tally: _Tally) -> dict[int, list[Points]]:
    """Contours in voxel indices of the stored grid, by the slice that they lie in."""
    found: dict[int, list[Points]] = defaultdict(list)
    for contour in items(structure, "ContourSequence"):
        points = _points(contour)
        if points is None or len(points) < 3 or text(contour, "ContourGeometricType") not in _CLOSED:
            tally.lost["points or lines, which hold no voxels"] += 1
            continue
        ijk = scan.stored.ijk_of(points * _LPS_TO_RAS)
        k = int(np.rint(ijk[:, 2].mean()))
        if np.abs(ijk[:, 2] - ijk[:, 2].mean()).max() > 0.5:
            tally.lost["across the slices of the scan, which cannot be filled"] += 1
        elif not 0 <= k < scan.stored.shape[2]:
            tally.lost["above or below the scan"] += 1
        else:
            found[k].append(np.asarray(ijk[:, :2]))
    return found


def _points(contour: Dataset) -> Points | None:
    """(N, 3) corners in millimetres; None where they are no numbers. Read as bytes: a contour may be long."""
    if _CONTOUR_DATA not in contour:
        return None
    stated = contour.get_item(_CONTOUR_DATA).value
    try:
        words = stated.split(b"\\") if isinstance(stated, bytes) else list(stated)
        points = np.array(words).astype(np.float64).reshape(-1, 3)
    except (ValueError, TypeError):
        return None
    return points if np.isfinite(points).all() else None


def _nothing_words(tally: _Tally) -> str:
    if not tally.lost:
        return "its contours hold no voxel of the scan"
    words, _ = tally.lost.most_common(1)[0]
    return f"its contours are {words}"


def _warnings(tally: _Tally) -> list[str]:
    said = [
        f"{count} {'contour is' if count == 1 else 'contours are'} {words}."
        for words, count in tally.lost.items()
    ]
    if tally.overlap:
        said.append(f"Structures overlap in {tally.overlap} voxels: the later one is shown there.")
    gaps = np.diff(sorted(tally.slices))
    if gaps.size and np.median(gaps) >= 2:
        said.append("Contours lie in every second slice or fewer: interpolation fills the others.")
    return said
