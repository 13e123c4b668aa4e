"""What a person sees of lost work before deciding: a middle slice of its mask over the scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.labels import LabelArray, LabelMap
from medview.core.layers import ImageDisplay, Layer
from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.session.journal.replay import Replayed

Picture = NDArray[np.uint8]

_SIDE_PX = 220
_OPACITY = 0.55


@dataclass(frozen=True, eq=False, kw_only=True)
class Sight:
    """What a journal would bring back.

    Args:
        steps: How many steps its history holds.
        masks: Names of the masks, bottom first.
        notes: Sentences about what could not be brought back.
        picture: (H, W, 3) of 0-255; None where there is neither mask nor scan.
    """

    steps: int
    masks: tuple[str, ...]
    notes: tuple[str, ...]
    picture: Picture | None


def sight_of(replayed: Replayed) -> Sight:
    """Look at what was brought back."""
    state = replayed.session.state
    return Sight(
        steps=replayed.session.undo_stack.count,
        masks=tuple(layer.name for layer in state.layers if layer.is_labels),
        notes=replayed.notes,
        picture=middle_picture(state),
    )


def middle_picture(state: SessionState) -> Picture | None:
    """The slice that holds most of the mask, or the middle one, with the patient's right on the left.

    The scan is grey, black where it is missing; labels have their colours.
    """
    masks = [layer for layer in state.layers if layer.is_labels]
    mask = state.active if state.active in masks else next(iter(masks[::-1]), None)
    scan = state.base if state.base is not None and isinstance(state.base.data, Volume) else None
    base = mask or scan
    if base is None:
        return None
    labels = mask.data if mask is not None and isinstance(mask.data, LabelMap) else None
    places = _places(base.geometry, _fullest(labels) if labels is not None else base.geometry.shape[2] // 2)
    ras = base.geometry.ras_of(places)
    picture = _grey(scan, ras) if scan is not None else np.zeros(ras.shape)
    if labels is not None:
        i, j, k = np.moveaxis(places, -1, 0)
        _colour(picture, labels, labels.array[i, j, k])
    return np.ascontiguousarray(picture.round().astype(np.uint8))


def _fullest(labels: LabelMap) -> int:
    counts = [int(np.count_nonzero(labels.array[:, :, k])) for k in range(labels.array.shape[2])]
    return int(np.argmax(counts)) if any(counts) else len(counts) // 2


def _places(geometry: Geometry, k: int) -> NDArray[np.int64]:
    """(H, W, 3) voxel indices of a slice on pixels of equal sides, i to the left and j upwards."""
    sides_mm = np.asarray(geometry.shape[:2]) * np.asarray(geometry.spacing_mm[:2])
    width, height = (max(1, round(_SIDE_PX * side / sides_mm.max())) for side in sides_mm)
    i = np.linspace(geometry.shape[0] - 1, 0, width).round().astype(np.int64)
    j = np.linspace(geometry.shape[1] - 1, 0, height).round().astype(np.int64)
    jj, ii = np.meshgrid(j, i, indexing="ij")
    return np.stack([ii, jj, np.full_like(ii, k)], axis=-1)


def _grey(scan: Layer, ras: NDArray[np.float64]) -> NDArray[np.float64]:
    assert isinstance(scan.data, Volume)
    index = np.floor(scan.geometry.ijk_of(ras) + 0.5).astype(np.int64)
    inside = np.asarray(((index >= 0) & (index < scan.geometry.shape)).all(axis=-1))
    i, j, k = np.moveaxis(np.where(inside[..., None], index, 0), -1, 0)
    values = scan.data.frame(0)[i, j, k].astype(np.float64)
    if scan.data.is_colour:
        return np.asarray(values * inside[..., None], np.float64)
    shown = scan.display if isinstance(scan.display, ImageDisplay) else ImageDisplay(low=0, high=1)
    grey = np.nan_to_num((values - shown.low) / max(shown.width, 1e-12)).clip(0, 1) * 255 * inside
    return np.repeat(grey[..., None], 3, axis=-1)


def _colour(picture: NDArray[np.float64], labels: LabelMap, numbers: LabelArray) -> None:
    for entry in labels.table.entries:
        here = np.equal(numbers, entry.value)
        picture[here] = (1 - _OPACITY) * picture[here] + _OPACITY * np.asarray(entry.colour, float)
