"""Random patterns of a stated size: tiles in the plane that repeat without a seam, and fields in space."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import fft, ndimage

Floats = NDArray[np.float32]

_LATTICE = 32
_LATTICE_GAIN = 2.0


def tile_noise(random: Generator, side: int, span_mm: float, grain_mm: float, reach: float = 1.6) -> Floats:
    """A tile (side, side) of mean 0 and deviation 1 whose grains are about `grain_mm` wide.

    Args:
        random: Where the numbers come from.
        side: Pixels.
        span_mm: Width of the tile.
        grain_mm: Distance from one light grain to the next.
        reach: Spread of sizes: 1.1 is even, 4 holds much smaller and larger ones.
    """
    white = random.standard_normal((side, side)).astype(np.float32)
    rows, columns = fft.fftfreq(side, span_mm / side), fft.rfftfreq(side, span_mm / side)
    frequency = np.hypot(rows[:, None], columns[None]).clip(1e-9)
    band = np.exp(-0.5 * np.square(np.log(frequency * grain_mm) / np.log(reach)))
    # equal energy in every octave: without it a wide band holds almost nothing but its finest grains
    tile = fft.irfft2(fft.rfft2(white) * (band / frequency).astype(np.float32), s=(side, side))
    return np.asarray((tile - tile.mean()) / tile.std(), np.float32)


def tile_cells(random: Generator, side: int, span_mm: float, cell_mm: float) -> tuple[Floats, Floats]:
    """Lobules: distance to the nearest centre and how much nearer it is than the next, in cells' widths."""
    from scipy.spatial import cKDTree

    count = max(4, round((span_mm / cell_mm) ** 2))
    tree = cKDTree(random.random((count, 2)), boxsize=1.0)
    at = (np.indices((side, side)).reshape(2, -1).T + 0.5) / side
    near, next_near = tree.query(at, k=2, eps=0.05)[0].T
    width = span_mm / cell_mm
    nearest, gap = near * width, (next_near - near) * width
    return nearest.reshape(side, side).astype(np.float32), gap.reshape(side, side).astype(np.float32)


class SpaceNoise:
    """A smooth random field in space, of mean 0 and deviation near 1, that repeats after 32 grains."""

    def __init__(self, random: Generator) -> None:
        self._lattice = random.standard_normal((_LATTICE,) * 3).astype(np.float32)

    def __call__(self, points: NDArray[np.floating], grain_mm: float) -> Floats:
        """Values (...) at points (..., 3)."""
        at = np.moveaxis(np.asarray(points, np.float32) / grain_mm, -1, 0)
        field = ndimage.map_coordinates(self._lattice, at, order=3, mode="grid-wrap", prefilter=False)
        return np.asarray(_LATTICE_GAIN * field, np.float32)

    def roughened(self, distance: Floats, points: Floats, *waves: tuple[float, float]) -> Floats:
        """Distances to a solid whose surface is uneven: (height, grain) of each wave, in mm."""
        return np.asarray(distance + sum(high * self(points, grain) for high, grain in waves), np.float32)
