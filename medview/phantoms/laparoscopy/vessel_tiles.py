"""Vessels that run over a surface, drawn as branching trees on a tile that repeats without a seam."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Place = NDArray[np.float64]

_STEP = 0.6
"""Length of one step along a vessel in its radii."""
_LEAST_PX = 0.8
_NARROWING = 0.88
"""Less than Murray's law leaves, so that trees end before they cover all."""


def vessel_tile(random: Generator, side: int, trees: int, radius_px: float, wander: float = 0.09) -> Floats:
    """How much vessel lies at each pixel of a tile (side, side), 0-1.

    Args:
        random: Where the numbers come from.
        side: Pixels.
        trees: Number of stems.
        radius_px: Radius of a stem; branches are thinner, down to less than a pixel.
        wander: How much it meanders, radians per step.
    """
    tile = np.zeros((side, side), np.float32)
    stack = [
        (random.random(2) * side, random.random() * 2 * np.pi, radius_px * random.uniform(0.6, 1.0))
        for _ in range(trees)
    ]
    while stack:
        at, heading, radius = stack.pop()
        if radius >= _LEAST_PX:
            stack += _branch(random, tile, at, heading, radius, wander)
    return tile


def _branch(
    random: Generator, tile: Floats, at: Place, heading: float, radius: float, wander: float
) -> list[tuple[Place, float, float]]:
    """Draw one vessel up to its fork; the two that begin there, Murray's law for their radii."""
    bend = 0.0
    for _ in range(int(random.uniform(30, 80))):
        bend = 0.94 * bend + random.normal(0, wander)
        way = heading + bend
        at = at + _STEP * max(radius, 1.5) * np.array([np.sin(way), np.cos(way)])
        _stamp(tile, at, radius)
    heading += 0.6 * bend
    share = random.uniform(0.45, 0.8)
    first, second = radius * share ** (1 / 3), radius * (1 - share) ** (1 / 3)
    side = random.choice((-1.0, 1.0))
    return [(at, heading - side * 0.2, _NARROWING * first), (at, heading + side * 0.75, _NARROWING * second)]


def _stamp(tile: Floats, at: Place, radius: float) -> None:
    reach = int(np.ceil(radius * 1.6)) + 1
    rows, columns = (np.arange(-reach, reach + 1) + int(np.floor(centre)) for centre in at)
    distance = np.hypot(rows[:, None] - at[0], columns[None] - at[1])
    drop = np.clip(1.25 - distance / (radius + 0.5), 0, 1).astype(np.float32)
    place = np.ix_(rows % len(tile), columns % len(tile))
    tile[place] = np.maximum(tile[place], drop * drop * (3 - 2 * drop))
