"""Border-only resampling of class probabilities beside the usual way, a cubic spline for every class.

The setting of the field's complaints: 16 classes from 96 x 128 x 128 to 240 x 320 x 320 voxels.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medview.zoo.resampling import labels_on_axes, pixel_centres

CLASSES = 16
HAVE = (96, 128, 128)
WANT = (240, 320, 320)


def compare() -> dict[str, float]:
    """Ratios of processor time and of memory (ours over the splines'), and the share of equal labels."""
    scores = probabilities()
    axes = [pixel_centres(have, want) for have, want in zip(HAVE, WANT, strict=True)]
    ours_s, ours_bytes, ours = measured(lambda: labels_on_axes(scores, axes))
    usual_s, usual_bytes, usual = measured(lambda: by_splines(scores))
    return {
        "time_ratio": ours_s / usual_s,
        "memory_ratio": ours_bytes / usual_bytes,
        "equal_share": float((ours == usual).mean()),
        "ours_s": ours_s,
        "usual_s": usual_s,
        "ours_bytes": ours_bytes,
        "usual_bytes": usual_bytes,
    }


def probabilities() -> NDArray[np.float32]:
    """Smooth made-up probabilities (C, A, B, D): regions of some centimetres."""
    rng = np.random.default_rng(0)
    scores = np.empty((CLASSES, *HAVE), np.float32)
    for number in range(CLASSES):
        coarse = rng.random((8, 8, 8)).astype(np.float32)
        scores[number] = np.exp(12 * ndimage.zoom(coarse, [size / 8 for size in HAVE], order=3))
    scores /= scores.sum(axis=0)
    return scores


def by_splines(scores: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The usual way: every class by a cubic spline, then the likeliest."""
    factors = [want / have for have, want in zip(HAVE, WANT, strict=True)]
    whole = np.empty((len(scores), *WANT), np.float32)
    for number, field in enumerate(scores):
        ndimage.zoom(field, factors, whole[number], order=3)
    return whole.argmax(axis=0).astype(np.uint8)


def measured(work: Callable[[], NDArray[np.uint8]]) -> tuple[float, int, NDArray[np.uint8]]:
    """Processor seconds, peak bytes beyond what was there, and what was made; two runs, one for each."""
    started_s = time.process_time()
    made = work()
    seconds = time.process_time() - started_s
    del made
    tracemalloc.start()
    made = work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak, made
