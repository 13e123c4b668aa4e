"""A grasper: a shaft of five millimetres and two toothed jaws, as solids in millimetres.

Its hinge is the origin; the jaws reach along -z, the shaft along +z.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from medview.phantoms.laparoscopy.course import JAW_MM
from medview.phantoms.laparoscopy.distances import shared, tube
from medview.phantoms.laparoscopy.noise import tile_noise
from medview.phantoms.laparoscopy.organs import Organ
from medview.phantoms.laparoscopy.tissues import SPAN_MM, Tissue

Floats = NDArray[np.float32]


def grasper() -> tuple[Organ, Organ, Organ]:
    """Insulated shaft, steel wrist, and one jaw (the other is the same, turned half around)."""
    return (
        Organ(name="shaft", tissue=INSULATION, distance=_shaft,
              low=(-4, -4, 8), high=(4, 4, 232), cell_mm=0.7),
        Organ(name="wrist", tissue=STEEL, distance=_wrist,
              low=(-4, -4, -3), high=(4, 4, 14), cell_mm=0.3),
        Organ(name="jaw", tissue=STEEL, distance=_jaw,
              low=(-1, -4, -JAW_MM - 2), high=(4, 4, 4), cell_mm=0.2),
    )  # fmt: skip


def _shaft(points: Floats) -> Floats:
    return tube(points, [(0, 0, 11), (0, 0, 400)], [2.5, 2.5])


def _wrist(points: Floats) -> Floats:
    body = tube(points, [(0, 0, 4), (0, 0, 11), (0, 0, 12)], [2.2, 2.3, 2.3])
    ring = shared(tube(points, [(0, 0, 5), (0, 0, 20)], [2.7, 2.7]), _slab(points[..., 2] - 8.5, 1.1), 0.3)
    fork = shared(tube(points, [(0, 0, 0), (0, 0, 6)], [2.1, 2.2]), _slab(points[..., 1], 1.9), 0.4)
    return np.minimum(np.minimum(body, ring), fork)


def _slab(along: Floats, half: float) -> Floats:
    return np.asarray(np.abs(along) - half, np.float32)


def _jaw(points: Floats) -> Floats:
    x, z = points[..., 0], points[..., 2]
    course = [(0.2, 0, 1.5), (0.6, 0, -5), (0.7, 0, -JAW_MM + 1.5)]
    rod = tube(points, course, [1.5, 1.9, 1.35])
    teeth = 0.16 * np.abs(np.mod(z, 1.2) / 0.6 - 1)
    inner = (0.12 + teeth - x) * 0.8
    window = tube(points, [(1.2, 0, -5), (1.2, 0, -JAW_MM + 5)], [0.75, 0.75])
    return shared(shared(rod, np.asarray(inner, np.float32), 0.1), -window, 0.2)


def _brushed(random: Generator, side: int) -> tuple[Floats, Floats]:
    fine, broad = tile_noise(random, side, SPAN_MM, 0.6, 1.5), tile_noise(random, side, SPAN_MM, 6)
    shade = 0.80 + 0.02 * fine + 0.02 * broad
    colour = shade[..., None] * np.array((1.0, 1.0, 1.02), np.float32)
    return colour.astype(np.float32), 0.006 * fine


def _black(random: Generator, side: int) -> tuple[Floats, Floats]:
    fine = tile_noise(random, side, SPAN_MM, 1.0, 1.6)
    shade = 0.20 + 0.012 * fine
    return np.repeat(shade[..., None], 3, axis=-1).astype(np.float32), 0.01 * fine


STEEL = Tissue(name="steel", paint=_brushed, gloss=0.5, roughness=0.35, relief=1.0)
INSULATION = Tissue(name="insulation", paint=_black, gloss=0.35, roughness=0.55, relief=1.0)
