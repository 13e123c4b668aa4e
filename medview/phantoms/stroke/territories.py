"""Which artery feeds which part of the hemispheres: the nearest course of anterior, middle, posterior.

The courses are those of the vessels over the convexity and to the deep nuclei, in the canonical millimetres
of the head's frame, right side; the left one is its mirror image. Borders are moved by a slow noise, since
they differ between people (van der Zwan et al., Stroke 24:1951, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Field, Point, capsules

COURSES: dict[str, tuple[Sequence[Point], ...]] = {
    "ACA": (
        ((3, 18, -10), (3, 44, 4), (4, 50, 26), (6, 34, 52), (6, 6, 66), (6, -24, 66), (6, -44, 56)),
        ((3, 36, 14), (3, 10, 32), (3, -28, 30)),
        ((12, 40, -14), (14, 30, -18)),
    ),
    "MCA": (
        ((20, 4, -10), (34, 4, -8), (40, 0, 4), (48, -10, 14), (56, -28, 18), (52, -52, 22)),
        ((42, 4, 6), (48, 24, 12), (42, 36, 22)),
        ((46, -6, 14), (46, 4, 36), (36, 0, 54)),
        ((50, -26, 18), (46, -40, 46), (38, -52, 48)),
        ((40, 0, -8), (54, -10, -12), (58, -36, -4)),
        ((22, 6, -8), (24, 4, 8), (24, -8, 20)),
    ),
    "PCA": (
        ((8, -14, -14), (18, -28, -12), (20, -48, -6), (12, -76, 4), (8, -96, 8)),
        ((22, -36, -12), (36, -40, -24), (34, -66, -16)),
        ((18, -46, -2), (10, -66, 24), (8, -84, 30)),
        ((8, -14, -8), (9, -18, 4)),
    ),
}
TERRITORIES = tuple(f"{side} {artery}" for side in ("left", "right") for artery in COURSES)
_HINDBRAIN_MM = 8.0


def supply_margins(frame: HeadFrame, rng: np.random.Generator) -> dict[str, Field]:
    """How far (coarse grid, millimetres) each voxel lies inside each territory; negative outside.

    The margin is half the difference between the distances to the nearest other course and to the own one.
    """
    x, y, z = frame.canonical
    folded = (np.abs(x), y, z)
    away = np.asarray(_HINDBRAIN_MM - _hindbrain(frame), np.float32)
    reach = {}
    for artery, courses in COURSES.items():
        distance = np.full(x.shape, 1e3, np.float32)
        for course in courses:
            np.minimum(distance, capsules(folded, course, [0.0] * len(course)), out=distance)
        reach[artery] = distance + 3 * frame.grid.noise(rng, 45.0)
    margins = {}
    for artery, own in reach.items():
        others = np.minimum.reduce([other for name, other in reach.items() if name != artery])
        inside = np.minimum((np.minimum(others, away) - own) / 2, 40)
        margins[f"right {artery}"] = np.asarray(np.minimum(inside, x), np.float32)
        margins[f"left {artery}"] = np.asarray(np.minimum(inside, -x), np.float32)
    return margins


def _hindbrain(frame: HeadFrame) -> Field:
    """How deep a voxel lies in cerebellum and brainstem, which other arteries feed; negative above them."""
    x, y, z = frame.canonical
    tent = -16 + 12 * np.exp(-((x / 16) ** 2))
    return np.asarray(np.minimum(tent - z, -y - 5) * 4, np.float32)
