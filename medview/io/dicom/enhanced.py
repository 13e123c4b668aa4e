"""Planes of enhanced multi-frame objects: shared and per-frame functional groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medview.io.byte_source import refused
from medview.io.dicom.legacy import NOT_PLACED, Planes, legacy_planes, sound_axes
from medview.io.dicom.plane import Plane
from medview.io.dicom.values import item, items, number, numbers, positive, seconds_of_day, text

if TYPE_CHECKING:
    from pydicom import Dataset


class FrameGroups:
    """The functional groups of one frame: its own first, then the shared ones."""

    def __init__(self, own: Dataset | None, shared: Dataset | None) -> None:
        self._groups = (own, shared)

    def group(self, keyword: str) -> Dataset | None:
        """The item of a functional group, or None."""
        return next((found for group in self._groups if (found := item(group, keyword)) is not None), None)


def frame_groups(header: Dataset, frames: int) -> list[FrameGroups]:
    """The functional groups of every frame."""
    shared = item(header, "SharedFunctionalGroupsSequence")
    own = items(header, "PerFrameFunctionalGroupsSequence")
    return [FrameGroups(own[n] if n < len(own) else None, shared) for n in range(frames)]


def enhanced_planes(path: Path, header: Dataset, frames: int) -> Planes:
    """The planes of an object with functional groups; as a loop or stack where they place nothing."""
    groups = frame_groups(header, frames)
    if any(group.group("PlanePositionSlideSequence") for group in groups[:1]):
        detail = "it is a tiled microscopy slide, which this program does not show"
        raise refused(path, detail, "Open it in a slide viewer.")
    placed = [_frame_plane(path, header, number_of, group) for number_of, group in enumerate(groups)]
    planes = tuple(plane for plane in placed if plane is not None)
    if not planes:
        return _unplaced(path, header, frames)
    if len(planes) < frames:
        said = (
            f"{frames - len(planes)} of {frames} frames were left out: the file does not say where they lie."
        )
        return planes, (said,)
    return planes, ()


def _unplaced(path: Path, header: Dataset, frames: int) -> Planes:
    planes, warnings = legacy_planes(path, header, frames)
    return planes, warnings if NOT_PLACED in warnings else (NOT_PLACED, *warnings)


def _frame_plane(path: Path, header: Dataset, index: int, groups: FrameGroups) -> Plane | None:
    position = numbers(groups.group("PlanePositionSequence"), "ImagePositionPatient", 3)
    axes = sound_axes(groups.group("PlaneOrientationSequence"))
    measures = groups.group("PixelMeasuresSequence")
    size = numbers(measures, "PixelSpacing", 2)
    if position is None or axes is None or size is None or min(size) <= 0:
        return None
    scale = groups.group("PixelValueTransformationSequence")
    slope, intercept = number(scale, "RescaleSlope"), number(scale, "RescaleIntercept")
    return Plane(
        path=path,
        frame=index,
        rows=int(number(header, "Rows") or 1),
        columns=int(number(header, "Columns") or 1),
        position_lps=position,
        axes_lps=axes,
        pixel_mm=(size[0], size[1]),
        depth_mm=positive(measures, "SpacingBetweenSlices") or positive(measures, "SliceThickness"),
        slope=slope or 1.0,
        intercept=intercept or 0.0,
        traits=_traits(groups),
        order=_order(groups, index),
        time_s=_time(groups),
        uid=text(header, "SOPInstanceUID"),
    )


def _weighting(groups: FrameGroups) -> float | None:
    return number(groups.group("MRDiffusionSequence"), "DiffusionBValue")


def _frame_type(groups: FrameGroups) -> str:
    names = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence")
    found = next((group for name in names if (group := groups.group(name)) is not None), None)
    parts = (text(found, "FrameType"), text(found, "ComplexImageComponent"))
    return "\\".join(part for part in parts if part)


def _traits(groups: FrameGroups) -> tuple[tuple[str, str], ...]:
    content, weighting = groups.group("FrameContentSequence"), _weighting(groups)
    echo = positive(groups.group("MREchoSequence"), "EffectiveEchoTime")
    found = {
        "segment": text(groups.group("SegmentIdentificationSequence"), "ReferencedSegmentNumber"),
        "slice distance": text(groups.group("PixelMeasuresSequence"), "SpacingBetweenSlices"),
        "stack": text(content, "StackID"),
        "image type": _frame_type(groups),
        "echo time": f"{echo:g} ms" if echo else "",
        "kernel": text(groups.group("CTReconstructionSequence"), "ConvolutionKernel"),
        "b-value": f"{weighting:g} s/mm²" if weighting is not None else "",
        "direction kind": text(groups.group("MRDiffusionSequence"), "DiffusionDirectionality"),
        "temporal position": text(content, "TemporalPositionIndex"),
        "acquisition": text(content, "FrameAcquisitionNumber"),
    }
    return tuple((name, words) for name, words in found.items() if words)


def _trigger(groups: FrameGroups) -> float | None:
    return number(groups.group("CardiacSynchronizationSequence"), "NominalCardiacTriggerDelayTime")


def _order(groups: FrameGroups, index: int) -> tuple[float, ...]:
    content = groups.group("FrameContentSequence")
    keys = (
        _weighting(groups),
        number(content, "TemporalPositionIndex"),
        _trigger(groups),
        number(content, "FrameAcquisitionNumber"),
        seconds_of_day(content, "FrameReferenceDateTime")
        or seconds_of_day(content, "FrameAcquisitionDateTime"),
    )
    return (*(key or 0.0 for key in keys), float(index))


def _time(groups: FrameGroups) -> float | None:
    trigger, content = _trigger(groups), groups.group("FrameContentSequence")
    if trigger is not None:
        return trigger / 1000
    return seconds_of_day(content, "FrameReferenceDateTime") or seconds_of_day(
        content, "FrameAcquisitionDateTime"
    )
