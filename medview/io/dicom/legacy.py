"""Planes of classic objects: one plane per file, dose grids, tomographic frames, cine loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medview.io.dicom.gate import read_data_set
from medview.io.dicom.plane import AXIAL, Plane
from medview.io.dicom.size import pixel_size
from medview.io.dicom.tags import B_VALUES, ECHO_DISTANCE, ECHO_SLICES
from medview.io.dicom.values import item, number, numbers, positive, seconds_of_day, text, value
from medview.io.dicom.words import RT_DOSE

if TYPE_CHECKING:
    from pydicom import Dataset

Planes = tuple[tuple[Plane, ...], tuple[str, ...]]
_MOVING = ("US", "XA", "RF", "IVUS", "IVOCT", "ES", "XC", "GM", "EPS", "HD")
NOT_PLACED = "The file does not say where in the patient the image lies: it is shown as an axial slice."


def single_plane(path: Path, header: Dataset) -> tuple[Plane, tuple[str, ...]]:
    """The plane of a one-frame file, and sentences about what was assumed."""
    position, axes = numbers(header, "ImagePositionPatient", 3), sound_axes(header)
    is_placed = position is not None and axes is not None
    pixel_mm, warnings = pixel_size(header)
    slope, intercept = _scale(header)
    plane = Plane(
        path=path,
        frame=0,
        rows=int(number(header, "Rows") or 1),
        columns=int(number(header, "Columns") or 1),
        position_lps=position if position and is_placed else (0.0, 0.0, 0.0),
        axes_lps=axes if axes and is_placed else AXIAL,
        pixel_mm=pixel_mm,
        depth_mm=positive(header, "SpacingBetweenSlices") or positive(header, "SliceThickness"),
        slope=slope,
        intercept=intercept,
        traits=_traits(header),
        order=_order(header),
        time_s=_time(header),
        is_placed=is_placed,
        uid=text(header, "SOPInstanceUID"),
    )
    return plane, warnings if is_placed else (NOT_PLACED, *warnings)


def sound_axes(header: Dataset | None) -> tuple[float, ...] | None:
    """ImageOrientationPatient made orthonormal; None where it is absent or no pair of directions."""
    stated = numbers(header, "ImageOrientationPatient", 6)
    if stated is None:
        return None
    row, column = np.array(stated[:3]), np.array(stated[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if not all(0.9 < length < 1.1 for length in lengths) or abs(row @ column) > 0.05:
        return None
    row, column = row / lengths[0], column / lengths[1]
    if abs(row @ column) > 1e-4:
        column = column - (row @ column) * row
        column /= np.linalg.norm(column)
    return (*row.tolist(), *column.tolist())


def _scale(header: Dataset) -> tuple[float, float]:
    if text(header, "SOPClassUID") == RT_DOSE or text(header, "Modality") == "RTDOSE":
        return positive(header, "DoseGridScaling") or 1.0, 0.0
    slope, intercept = number(header, "RescaleSlope"), number(header, "RescaleIntercept")
    return (slope or 1.0), (intercept or 0.0)


def b_value(header: Dataset | None) -> float | None:
    """Diffusion weighting in s/mm², from the public element or those of Siemens, Philips and GE."""
    for key in ("DiffusionBValue", *B_VALUES):
        found = number(header, key)
        if found is not None and found >= 0:
            return found % 1_000_000 if key == B_VALUES[2] else found
    return None


def _traits(header: Dataset) -> tuple[tuple[str, str], ...]:
    echo, weighting = number(header, "EchoTime"), b_value(header)
    found = {
        "image type": text(header, "ImageType"),
        "component": text(header, "ComplexImageComponent"),
        "echo time": f"{echo:g} ms" if echo else text(header, "EchoNumbers"),
        "kernel": text(header, "ConvolutionKernel"),
        "b-value": f"{weighting:g} s/mm²" if weighting is not None else "",
        "temporal position": text(header, "TemporalPositionIdentifier"),
        "acquisition": text(header, "AcquisitionNumber"),
    }
    return tuple((name, words) for name, words in found.items() if words)


def _order(header: Dataset) -> tuple[float, ...]:
    keys = (
        b_value(header),
        number(header, "TemporalPositionIdentifier"),
        number(header, "TriggerTime") or number(header, "NominalCardiacTriggerDelayTime"),
        number(header, "AcquisitionNumber"),
        number(header, "FrameReferenceTime"),
        seconds_of_day(header, "AcquisitionDateTime") or seconds_of_day(header, "AcquisitionTime"),
        seconds_of_day(header, "ContentTime"),
        number(header, "InstanceNumber"),
    )
    return tuple(key or 0.0 for key in keys)


def _time(header: Dataset) -> float | None:
    for key in ("TriggerTime", "NominalCardiacTriggerDelayTime"):
        trigger = number(header, key)
        if trigger is not None:
            return trigger / 1000
    index, step = number(header, "TemporalPositionIdentifier"), positive(header, "TemporalResolution")
    if index is not None and step is not None:
        return index * step / 1000
    reference = number(header, "FrameReferenceTime")
    if reference is not None:
        return reference / 1000
    return seconds_of_day(header, "AcquisitionDateTime") or seconds_of_day(header, "AcquisitionTime")


def legacy_planes(path: Path, header: Dataset, frames: int) -> Planes:
    """The planes of a multi-frame file without functional groups."""
    first, warnings = single_plane(path, header)
    makers: tuple[Callable[[Dataset, Plane, int], Planes | None], ...] = (_grid, _tomography, _echo_volume)
    for make in makers:
        made = make(header, first, frames)
        if made is not None:
            return made
    if _is_moving(header, frames):
        return _in_time(header, first, frames), warnings
    return _in_depth(first, frames, warnings)


def _grid(header: Dataset, first: Plane, frames: int) -> Planes | None:
    """Dose grids: offsets are relative or absolute (PS3.3 C.8.8.3.2), either way counted from the first."""
    offsets = numbers(header, "GridFrameOffsetVector", frames)
    if offsets is None or not first.is_placed:
        return None
    return tuple(_moved(first, n, offset - offsets[0]) for n, offset in enumerate(offsets)), ()


def _tomography(header: Dataset, first: Plane, frames: int) -> Planes | None:
    """Reconstructed nuclear medicine: SliceVector counts slices from the detector's stated position."""
    detector = item(header, "DetectorInformationSequence")
    source = detector if numbers(detector, "ImagePositionPatient", 3) else header
    position, axes = numbers(source, "ImagePositionPatient", 3), sound_axes(source) or sound_axes(header)
    slices = numbers(header, "SliceVector", frames)
    is_volume = slices is not None or "RECON" in text(header, "ImageType").upper()
    if position is None or axes is None or not is_volume:
        return None
    step = first.depth_mm or first.pixel_mm[0]
    placed = replace(first, position_lps=position, axes_lps=axes, is_placed=True)
    at = slices or tuple(range(1, frames + 1))
    return tuple(_moved(placed, n, (index - at[0]) * step) for n, index in enumerate(at)), ()


def _echo_volume(header: Dataset, first: Plane, frames: int) -> Planes | None:
    """Philips three-dimensional ultrasound: the stated frames are volumes, each a row of slices."""
    slices, step = int(positive(header, ECHO_SLICES) or 0), positive(header, ECHO_DISTANCE)
    across, down = positive(header, "PhysicalDeltaX"), positive(header, "PhysicalDeltaY")
    if not (slices and step and across and down):
        return None
    content = value(read_data_set(first.path, ("PixelData",), with_pixels=True), "PixelData")
    held = len(content or b"") // (first.rows * first.columns * slices)
    volumes = min(held, frames)
    if volumes < 1:
        return None
    first = replace(first, pixel_mm=(down, across), depth_mm=step, order=())
    step_s = frame_step_s(header)
    planes = tuple(
        replace(_moved(first, n, (n % slices) * step), time_s=step_s and (n // slices) * step_s)
        for n in range(volumes * slices)
    )
    said = (f"The file declares {frames} volumes but holds {volumes}.",) if volumes < frames else ()
    return planes, (NOT_PLACED, *said)


def frame_step_s(header: Dataset) -> float | None:
    """Stated seconds between frames, from the frame time or the frame rate."""
    step = positive(header, "FrameTime")
    rate = positive(header, "CineRate") or positive(header, "RecommendedDisplayFrameRate")
    return step / 1000 if step else (1 / rate if rate else None)


def _is_moving(header: Dataset, frames: int) -> bool:
    if number(header, "SamplesPerPixel") == 3 or text(header, "PhotometricInterpretation") == "PALETTE COLOR":
        return False
    pointer = text(header, "FrameIncrementPointer").replace(" ", "").replace(",", "")
    timed = positive(header, "FrameTime") or positive(header, "CineRate") or "00181063" in pointer
    return frames > 1 and bool(timed or text(header, "Modality").upper() in _MOVING)


def _in_time(header: Dataset, first: Plane, frames: int) -> tuple[Plane, ...]:
    step_s = frame_step_s(header)
    return tuple(
        replace(first, frame=n, order=(float(n),), time_s=None if step_s is None else n * step_s)
        for n in range(frames)
    )


def _in_depth(first: Plane, frames: int, warnings: tuple[str, ...]) -> Planes:
    planes = tuple(_moved(first, n, n * (first.depth_mm or 1.0)) for n in range(frames))
    if frames == 1:
        return planes, warnings
    said = (
        f"The file does not say how its {frames} frames lie to each other: they are shown as slices "
        f"{first.depth_mm or 1.0:g} mm apart{'' if first.depth_mm else ', an assumption'}."
    )
    return planes, (*warnings, said)


def _moved(plane: Plane, frame: int, along_mm: float) -> Plane:
    position = np.asarray(plane.position_lps) + plane.normal_lps * along_mm
    return replace(
        plane, frame=frame, position_lps=tuple(position.tolist()), order=(*plane.order, float(frame))
    )
