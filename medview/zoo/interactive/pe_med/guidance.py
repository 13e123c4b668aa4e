"""What a person said, as maps for the network: discs of clicks, and likeness to what was clicked.

I_pos and I_neg hold a disc of 1 for every click of their sign, all clicks so far. Ours: a second map that
says how alike each pixel's value is to that under any click of the sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medview.zoo.interactive.pe_med.settings import NetworkSettings

Floats = NDArray[np.float32]
LIKENESS_WIDTH = 0.08
"""Standard deviation, in parts of the window, over which values count as alike."""
_LEVELS = 256


def discs(shape: Sequence[int], places: NDArray[np.float64], radius_px: int) -> Floats:
    """The union of discs (balls) around places (N, D): 1 inside, at up to `radius_px`, 0 outside."""
    made = np.zeros(shape, np.float32)
    offsets = [np.arange(-radius_px, radius_px + 1)] * len(shape)
    ball = np.stack([axis.ravel() for axis in np.meshgrid(*offsets, indexing="ij")], -1)
    ball = ball[(ball**2).sum(1) <= radius_px**2]
    for place in np.unique(np.rint(places).astype(int), axis=0):
        inside = place + ball
        inside = inside[((inside >= 0) & (inside < np.array(shape))).all(1)]
        made[tuple(inside.T)] = 1
    return made


def likeness(image: Floats, places: NDArray[np.float64]) -> Floats:
    """exp(-(v - v_k)^2 / 2 w^2) of the click k that is most alike, for every pixel's value v in [0, 1].

    Values are compared in steps of 1/255, so that the time does not depend on the number of clicks.
    """
    if not len(places):
        return np.zeros(image.shape, np.float32)
    limit = np.array(image.shape) - 1
    clicked = image[tuple(np.clip(np.rint(places).astype(int), 0, limit).T)]
    steps = np.arange(_LEVELS) / (_LEVELS - 1)
    nearest = np.abs(steps[:, None] - np.unique(clicked)[None]).min(1)
    table = np.exp(-0.5 * (nearest / LIKENESS_WIDTH) ** 2).astype(np.float32)
    made: Floats = table[np.clip(np.rint(image * (_LEVELS - 1)), 0, _LEVELS - 1).astype(np.uint8)]
    return made


def guidance(settings: NetworkSettings, image: Floats, places: NDArray[np.float64]) -> Floats:
    """I_pos or I_neg (*S, g) of the clicks of one sign.

    Args:
        settings: Radius of the discs, and whether likeness is asked for.
        image: (*S), 0 to 1.
        places: (N, D) in pixels of the grid; N may be 0.
    """
    maps = [discs(image.shape, places, settings.radius_px)]
    if settings.likeness:
        maps.append(likeness(image, places))
    return np.stack(maps, -1)
