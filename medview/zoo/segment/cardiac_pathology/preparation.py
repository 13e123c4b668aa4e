"""From a scan to what the network sees, the same for training and for running.

Slices are clipped at their percentiles 1 and 99 and z-scored, both measured in the square that the network
sees: so the size of the scan's field of view does not count (the paper says nothing; our choice).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from medview.core.volume import AnyArray
from medview.zoo.slicewise.grid import SliceGrid
from medview.zoo.slicewise.intensity import Floats, Normalisation, Normaliser, sampled

PERCENTS = (1.0, 99.0)


def square_scores(grid: SliceGrid) -> Normalisation:
    """Z-scores of each slice, measured in the part of it that a grid's window shows."""
    return partial(_measured, span=window_span(grid))


def window_span(grid: SliceGrid) -> tuple[slice, slice]:
    """Rows and columns of the scan that a window shows; at least one of each."""
    spans = []
    for axis in range(2):
        pixel = grid.shape[axis] / grid.size[axis]
        offset = (grid.offset or (0, 0))[axis]
        first = round(-offset * pixel)
        last = round((grid.padded[axis] - offset) * pixel)
        first = min(max(first, 0), grid.shape[axis] - 1)
        spans.append(slice(first, min(max(last, first + 1), grid.shape[axis])))
    return spans[0], spans[1]


def _measured(volume: AnyArray, span: tuple[slice, slice]) -> Normaliser:
    sampled(volume)
    return partial(_scores, span=span)


def _scores(slices: AnyArray, span: tuple[slice, slice]) -> Floats:
    values = np.nan_to_num(np.asarray(slices, np.float32), posinf=0, neginf=0)
    seen = values[span]
    low, high = np.percentile(seen, PERCENTS, axis=(0, 1), keepdims=True).astype(np.float32)
    clipped = np.clip(seen, low, high)
    mean, deviation = (part((0, 1), keepdims=True) for part in (clipped.mean, clipped.std))
    scores: Floats = (np.clip(values, low, high) - mean) / np.where(deviation > 0, deviation, 1)
    return scores
