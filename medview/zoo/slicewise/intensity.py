"""From a scan's own values to what a network reads: measured once on the volume, applied slab by slab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray

Floats = NDArray[np.float32]
Normaliser = Callable[[AnyArray], Floats]
"""Takes slices (I, J, n) of the volume that was measured to what the network reads."""
Normalisation = Callable[[AnyArray], Normaliser]
"""Measures a volume (I, J, K)."""

SAMPLE_VOXELS = 2_000_000
AIR_FRACTION = 0.05
"""Of the brightest values: what is darker is air."""


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """What turns a scan's values into [0, 1].

    Args:
        low: Becomes 0: the 0.5 % quantile of the head's voxels where `measure_intensity` made it.
        high: Becomes 1: the 99.5 % quantile.
        air: Values up to this are air.
    """

    low: float
    high: float
    air: float

    def normalised(self, values: AnyArray) -> Floats:
        """Clip to the quantiles and scale to [0, 1]; what is not finite becomes 0."""
        finite = np.nan_to_num(
            np.asarray(values, np.float32), nan=self.low, posinf=self.high, neginf=self.low
        )
        scaled: Floats = np.clip((finite - self.low) / (self.high - self.low), 0, 1)
        return scaled


def sampled(volume: AnyArray) -> Floats:
    """The finite values of a strided sample of at most about two million voxels.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    step = max(1, int(np.ceil((volume.size / SAMPLE_VOXELS) ** (1 / 3))))
    sample = np.asarray(volume[::step, ::step, ::step], np.float32)
    sample = sample[np.isfinite(sample)]
    if sample.size == 0 or sample.min() == sample.max():
        raise InputRefused(
            "Cannot find a head in the scan", "all of its values are the same", "Choose another scan."
        )
    return sample


def measure_intensity(volume: AnyArray) -> Intensity:
    """Measure a scan (I, J, K) on a strided sample of at most two million voxels.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    sample = sampled(volume)
    # not the extremes: resampled scans undershoot, and single voxels shine
    darkest, brightest = (float(q) for q in np.quantile(sample, [0.02, 0.999]))
    if darkest == brightest:
        darkest, brightest = float(sample.min()), float(sample.max())
    air = darkest + AIR_FRACTION * (brightest - darkest)
    head = sample[sample > air]
    low, high = (float(q) for q in np.quantile(head, [0.005, 0.995])) if head.size else (darkest, brightest)
    if high <= low:
        low, high = darkest, brightest
    return Intensity(low=low, high=high, air=air)


def head_quantiles(volume: AnyArray) -> Normaliser:
    """Clip to the 0.5 and 99.5 % quantiles of the head's voxels, scale to [0, 1]."""
    return measure_intensity(volume).normalised


def min_max(volume: AnyArray, clipped_percent: float = 0.0) -> Normaliser:
    """Scale to [0, 1] between the extremes of all finite values.

    Args:
        volume: (I, J, K).
        clipped_percent: Cut off at both ends first, such as 0.1; ``partial(min_max, clipped_percent=0.1)``
            is a `Normalisation`.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    sampled(volume)
    finite = np.asarray(volume, np.float32)
    finite = finite[np.isfinite(finite)]
    low, high = float(finite.min()), float(finite.max())
    if clipped_percent:
        low, high = (float(q) for q in np.percentile(finite, [clipped_percent, 100 - clipped_percent]))
    return Intensity(low=low, high=high if high > low else low + 1, air=low).normalised


def z_scores(volume: AnyArray, mask: AnyArray | None = None) -> Normaliser:
    """Shift to mean 0 and scale to standard deviation 1; what is not finite becomes 0.

    Args:
        volume: (I, J, K).
        mask: (I, J, K), where to measure; None: everywhere. A method with a mask of its own binds it
            in a function of the volume.

    Raises:
        InputRefused: All finite values are the same, or there are none.
    """
    sampled(volume)
    values = np.asarray(volume if mask is None else volume[mask > 0], np.float64)
    values = values[np.isfinite(values)]
    mean, deviation = (float(values.mean()), float(values.std())) if values.size else (0.0, 0.0)
    return partial(_shifted, mean=mean, deviation=deviation or 1.0)


def _shifted(values: AnyArray, mean: float, deviation: float) -> Floats:
    scaled = (np.asarray(values, np.float32) - np.float32(mean)) / np.float32(deviation)
    return np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0)


def slice_z_scores(volume: AnyArray, low_percent: float = 1.0, high_percent: float = 99.0) -> Normaliser:
    """Z-scores of each slice on its own, after clipping at percentiles of that slice.

    Raises:
        InputRefused: All finite values of the volume are the same, or there are none.
    """
    sampled(volume)
    return partial(_slice_scores, percents=(low_percent, high_percent))


def _slice_scores(slices: AnyArray, percents: tuple[float, float]) -> Floats:
    values = np.nan_to_num(np.asarray(slices, np.float32), posinf=0, neginf=0)
    low, high = np.percentile(values, percents, axis=(0, 1), keepdims=True).astype(np.float32)
    clipped = np.clip(values, low, high)
    deviation = clipped.std(axis=(0, 1), keepdims=True)
    scores: Floats = (clipped - clipped.mean(axis=(0, 1), keepdims=True)) / np.where(
        deviation > 0, deviation, 1
    )
    return scores
