"""Where to look at a label, and what the scan holds there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.core.boxes import offset_of, value_box
from medview.core.labels import LabelMap
from medview.core.volume import Volume

_Ras = tuple[float, float, float]


def largest_slice_center(labels: LabelMap, value: int) -> _Ras | None:
    """The patient position from which most of a label is seen in an axial slice.

    Of the slices along the third axis (from foot to head in RAS+ arrays) it is the one with most voxels of
    the label, and in it the label's voxel nearest to their centre of gravity. None where there are none.
    """
    box = value_box(labels.array, value)
    if box is None:
        return None
    region = labels.array[box] == value
    k = int(np.count_nonzero(region, axis=(0, 1)).argmax())
    inside = np.argwhere(region[:, :, k])
    distances = np.linalg.norm(inside - inside.mean(axis=0), axis=1)
    place = np.add((*inside[int(distances.argmin())], k), offset_of(box))
    x, y, z = (float(part) for part in labels.geometry.ras_of(place))
    return x, y, z


@dataclass(frozen=True, kw_only=True)
class ScanStatistics:
    """What a scan holds inside a label, in the scan's unit; the deviation is that of a sample."""

    mean: float
    deviation: float
    minimum: float
    median: float
    maximum: float


def scan_inside(labels: LabelMap, value: int, volume: Volume, frame: int = 0) -> ScanStatistics | None:
    """Statistics of a scan's finite numbers inside a label.

    None where the scan has colours or another grid, or the label no voxels.
    """
    if volume.is_colour or not volume.geometry.matches(labels.geometry):
        return None
    box = value_box(labels.array, value)
    if box is None:
        return None
    numbers = volume.frame(frame)[box][labels.array[box] == value].astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return None
    return ScanStatistics(
        mean=float(numbers.mean()),
        deviation=float(numbers.std(ddof=1)) if numbers.size > 1 else 0.0,
        minimum=float(numbers.min()),
        median=float(np.median(numbers)),
        maximum=float(numbers.max()),
    )
