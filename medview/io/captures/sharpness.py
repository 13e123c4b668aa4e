"""How sharp frames are, and which are too blurred to find poses with (P09, preprocessing 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 9
"""Frames on either side that a frame is compared with."""


def sharpness(image: NDArray[np.uint8], inside: NDArray[np.bool_] | None = None) -> float:
    """Variance of the Laplacian of the luminance, in squared grey values.

    Args:
        image: (H, W, 3) uint8 red, green, blue.
        inside: (H, W) pixels that count; None for all. Without it the rim of a laparoscope's picture counts.
    """
    import cv2

    bent = cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    seen = bent if inside is None else bent[inside]
    return float(seen.var()) if seen.size else 0.0


def blurred(values: Sequence[float], share: float, neighbours: int = NEIGHBOURS) -> NDArray[np.intp]:
    """Numbers of the frames that are less sharp than a share of the running median around them.

    Args:
        values: Sharpness of the frames in order.
        share: 0 (none is too blurred) to 1 (all below the median are).
        neighbours: Frames on either side that make up the median.
    """
    table = np.asarray(values, float)
    medians = [np.median(table[max(0, at - neighbours) : at + neighbours + 1]) for at in range(len(table))]
    return np.flatnonzero(table < share * np.asarray(medians))
