"""From class maps on a network's grid to labels on the scan's, interpolating at borders only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.foreign.recipe import Answer
from medview.zoo.resampling import labels_on_axes


def decided(maps: AnyArray, answer: Answer, threshold: float) -> NDArray[np.uint16]:
    """Labels (...) of class maps (K, ...)."""
    values = np.asarray(answer.values, np.uint16)
    if answer.decide == "argmax":
        return values[np.argmax(maps, axis=0)]
    labels = np.zeros(maps.shape[1:], np.uint16)
    for value, channel in zip(values, maps, strict=True):
        labels[channel > threshold] = value
    return labels


def labels_on(
    maps: AnyArray,
    places: Sequence[NDArray[np.float64]],
    answer: Answer,
    threshold: float,
    nearest_axis: int | None,
    ctx: RunContext,
) -> NDArray[np.uint16]:
    """Label every place of a fine grid.

    Args:
        maps: (K, x, y, z) on the coarse grid.
        places: Positions of the fine voxels along each axis, in coarse voxels.
        answer: What the channels mean.
        threshold: For answers that are decided by one.
        nearest_axis: An axis along which the nearest voxel is taken instead of a mix.
        ctx: May cancel between planes.
    """
    rows = [np.floor(row + 0.5) if axis == nearest_axis else row for axis, row in enumerate(places)]
    if answer.decide == "argmax":
        found = labels_on_axes(maps, rows, answer.values, ctx.check_cancelled)
        return found.astype(np.uint16)
    labels = np.zeros([len(row) for row in rows], np.uint16)
    for value, channel in zip(answer.values, maps, strict=True):
        # a channel against its threshold is a choice between two classes
        pair = np.stack([np.full_like(channel, threshold), channel])
        labels[labels_on_axes(pair, rows, None, ctx.check_cancelled) == 1] = value
    return labels
