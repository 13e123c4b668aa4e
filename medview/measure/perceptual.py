"""How different two pictures look to a network that has learned to see (LPIPS).

Zhang, Isola, Efros, Shechtman and Wang, "The unreasonable effectiveness of deep features as a perceptual
metric", CVPR 2018, equation 1. The network's weights are not part of this program: without a file of the
user's there is no number. This module holds the formula; the network is `medview.zoo.fields.perceptual`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

NO_WEIGHTS = "no weights"
"""What a table says in place of the number."""
_LEAST = 1e-10


@dataclass(frozen=True, kw_only=True)
class PerceptualDistance:
    """LPIPS of one pair of pictures, 0 for equal ones.

    Args:
        circle: Over valid pixels; NaN where there is none.
        frame: Over the frame, as published numbers are.
    """

    circle: float
    frame: float


def perceptual_distance(
    image: Sequence[Floats], truth: Sequence[Floats], weights: Sequence[Floats], valid: NDArray[np.bool_]
) -> PerceptualDistance:
    """Sum over layers of the mean over places of the weighted squared difference of unit features.

    Args:
        image: Features (C, h, w) of the picture, one array for each layer.
        truth: Of the other one.
        weights: (C,) for each layer, not negative.
        valid: (H, W) pixels of the pictures that count for `circle`; a place of a layer counts by the pixel
            in its middle.
    """
    circle = frame = 0.0
    for one, other, weight in zip(image, truth, weights, strict=True):
        apart = np.tensordot(weight, np.square(unit_features(one) - unit_features(other)), axes=1)
        frame += float(apart.mean())
        counted = apart[_at_places(valid, apart.shape)]
        circle += float(counted.mean()) if counted.size else math.nan
    return PerceptualDistance(circle=circle, frame=frame)


def unit_features(features: Floats) -> Floats:
    """Features (C, h, w) divided by their length over the channels; where all are 0 they stay 0."""
    length = np.sqrt(np.square(features).sum(axis=0, keepdims=True))
    return np.asarray(features / (length + _LEAST))


def _at_places(valid: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows = ((np.arange(shape[0]) + 0.5) * valid.shape[0] / shape[0]).astype(int)
    columns = ((np.arange(shape[1]) + 0.5) * valid.shape[1] / shape[1]).astype(int)
    return np.asarray(valid[np.ix_(rows, columns)])
