"""A coarse picture of a field brought to the pane's pixels; edges of what stands in front stay sharp."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

_SEEN = 0.5
#: A fine pixel lies between coarse ones that are one and two away from the edge.
_ROUNDS = 2


def enlarged(coarse: Picture, free: NDArray[np.float32]) -> Picture:
    """The picture (H, W, 4) at the size of `free`: smooth, and cut where something is in the way.

    A coarse pixel that something covers says nothing of the field around it. It takes what its neighbours
    see, and each fine pixel is then cut by its own line of sight.

    Args:
        coarse: (h, w, 5) premultiplied colours, opacity, distance.
        free: (H, W) distance to what is in the way, in the unit of the picture's.
    """
    ends = spread(free, coarse.shape)
    filled, hollow = coarse, np.isfinite(ends) & (coarse[..., 3] < _SEEN)
    for _ in range(_ROUNDS):
        filled = _filled(filled, hollow, ends)
        hollow = hollow & ~np.isfinite(filled[..., 4])
    picture = _smooth(filled[..., :4], free.shape)
    inner = spread(hollow, free.shape)
    picture[inner] = spread(coarse[..., :4], free.shape)[inner]
    picture[free < spread(filled[..., 4], free.shape)] = 0
    return picture


def spread(coarse: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The same at another size: every pixel is that coarse one which it lies in."""
    return coarse[np.ix_(_nearest(len(coarse), shape[0]), _nearest(coarse.shape[1], shape[1]))]


def _nearest(full: int, count: int) -> NDArray[np.intp]:
    """Of `full` pixels, those in the middle of each of `count`."""
    return ((np.arange(count) + 0.5) * full / count).astype(np.intp)


def _filled(coarse: Picture, hollow: NDArray[np.bool_], ends: NDArray[np.float32]) -> Picture:
    """Hollow pixels take the mean of those around them that see the field behind what covers them."""
    seeing = np.where(hollow[..., None], np.nan, coarse)
    padded = np.pad(seeing, ((1, 1), (1, 1), (0, 0)), constant_values=np.nan)
    height, width = hollow.shape
    total, count = np.zeros_like(coarse), np.zeros(hollow.shape, np.float32)
    for down, right in np.ndindex(3, 3):
        beside = padded[down : down + height, right : right + width]
        sees = beside[..., 4] > ends
        total += np.where(sees[..., None], beside, 0)
        count += sees
    filled = hollow & (count > 0)
    return np.where(filled[..., None], total / np.maximum(count, 1)[..., None], coarse).astype(np.float32)


def _smooth(picture: Picture, shape: tuple[int, ...]) -> Picture:
    """Bilinear between the middles of pixels, one axis after the other."""
    for axis, full in enumerate(shape):
        count = picture.shape[axis]
        place = np.clip((np.arange(full) + 0.5) * count / full - 0.5, 0, count - 1)
        first = np.minimum(place.astype(np.intp), max(count - 2, 0))
        part = (place - first).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
        second = np.minimum(first + 1, count - 1)
        picture = picture.take(first, axis) * (1 - part) + picture.take(second, axis) * part
    return picture
