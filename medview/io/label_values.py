"""Whether an array holds labels, and its conversion to a label array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.labels import LabelArray
from medview.core.volume import Volume
from medview.io.naming import suggests_labels

MOST_LABELS = 65535
_MOST_UNNAMED = 64
_MOST_NAMED = 1024
_SAMPLE_VOXELS = 200_000

AnyArray = NDArray[Any]


def guess_kind(volume: Volume) -> str:
    """``"labels"`` or ``"image"``.

    Few whole numbers without large gaps, zero the commonest, are labels; anything else needs a name
    or a file intent that says so. A sample decides first, so that scans cost no time.
    """
    if volume.source.header.get("kind") == "labels":
        return "labels"
    if volume.is_colour or volume.values.minimum < 0 or volume.values.maximum > MOST_LABELS:
        return "image"
    named = suggests_labels(volume.name) or bool(volume.source.header.get("label_intent"))
    if not named and (volume.modality or volume.frame_count > 1):
        return "image"
    limit = _MOST_NAMED if named else _MOST_UNNAMED
    if not _may_be_labels(_sample(volume.data), limit, named):
        return "image"
    present = present_values(volume.data)
    if present is None or not 1 <= present.size <= limit or present.size * 8 > volume.data.size:
        return "image"
    return "labels" if named or _looks_like_labels(volume.data, present) else "image"


def present_values(data: AnyArray) -> NDArray[np.int64] | None:
    """The different values of an array, ascending; None where one is not a whole number 0-65535."""
    seen = np.zeros(MOST_LABELS + 1, bool)
    for slab in _slabs(data):
        if not _is_whole(slab):
            return None
        seen[slab.astype(np.uint16)] = True
    return np.flatnonzero(seen)


def as_label_array(volume: Volume, frame: int = 0) -> LabelArray:
    """A writable copy of one frame as labels: uint8 where all are below 256, else uint16.

    Raises:
        InputRefused: The values are not whole numbers from 0 to 65535.
    """
    data = volume.frame(frame)
    if volume.is_colour:
        raise _not_labels(volume, "it holds colours")
    if volume.values.minimum < 0:
        raise _not_labels(volume, f"it holds the negative value {volume.values.minimum:g}")
    if volume.values.maximum > MOST_LABELS:
        raise _not_labels(volume, f"its largest value {volume.values.maximum:g} is above {MOST_LABELS}")
    if not all(_is_whole(slab) for slab in _slabs(data)):
        raise _not_labels(volume, "its values are not whole numbers")
    if volume.values.maximum < 256:
        return data.astype(np.uint8, order="K")
    return data.astype(np.uint16, order="K")


def _not_labels(volume: Volume, detail: str) -> InputRefused:
    name = volume.source.path.name if volume.source.path is not None else volume.name
    return InputRefused(f"Cannot open {Path(name).name} as labels", detail, "Open it as an image instead.")


def _slabs(data: AnyArray) -> AnyArray:
    return np.moveaxis(data, int(np.argmax(np.abs(data.strides[:3]))), 0)


def _sample(data: AnyArray) -> AnyArray:
    step = max(1, round((data.size / _SAMPLE_VOXELS) ** (1 / 3)))
    return data[::step, ::step, ::step]


def _is_whole(values: AnyArray) -> bool:
    if values.dtype.kind in "iub":
        return bool(values.size == 0 or (values.min() >= 0 and values.max() <= MOST_LABELS))
    with np.errstate(invalid="ignore"):
        inside = (values >= 0) & (values <= MOST_LABELS) & (values == np.floor(values))
    return bool(inside.all())


def _may_be_labels(sample: AnyArray, limit: int, named: bool) -> bool:
    if sample.dtype.kind == "f" and not named:
        return False
    return _is_whole(sample) and np.unique(sample).size <= limit


def _looks_like_labels(data: AnyArray, present: NDArray[np.int64]) -> bool:
    sample = _sample(data)
    zeros = sample.size - np.count_nonzero(sample)
    has_background = 2 * int(zeros) >= sample.size
    return present.size > 1 and has_background and int(present[-1]) <= 2 * present.size
