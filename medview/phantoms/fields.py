"""Smooth fields: made on a coarse grid, refined onto the grid of the image.

Everything smooth (signed distances, thickness, noise) is computed at 2.4 mm and interpolated with
cubics, so that a study costs seconds, and its anatomy is the same at every spacing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry

Field = NDArray[np.float32]
Box = tuple[slice, slice, slice]


def axis_positions(geometry: Geometry, axis: int) -> NDArray[np.float64]:
    """Patient positions of the voxel centres along one axis of an axis-aligned RAS grid."""
    matrix = geometry.ras_from_ijk
    return np.asarray(np.arange(geometry.shape[axis]) * matrix[axis, axis] + matrix[axis, 3])


def box_around(geometry: Geometry, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Box:
    """Voxels of an axis-aligned grid between two patient corners; may be empty."""
    found = []
    for axis in range(3):
        first, last = np.searchsorted(axis_positions(geometry, axis), (lower[axis], upper[axis]))
        found.append(slice(int(first), int(last)))
    return found[0], found[1], found[2]


def _cubic_weights(
    positions: NDArray[np.float64], first: float, step: float, count: int
) -> tuple[slice, Field]:
    """Catmull-Rom interpolation at positions: the run of regular samples used, and its matrix."""
    at = np.clip((positions - first) / step, 0, count - 1)
    left = np.minimum(np.floor(at).astype(int), count - 2)
    start = max(0, int(left.min(initial=count)) - 1)
    stop = max(start, min(count, int(left.max(initial=-1)) + 3))
    t = at - left
    weights = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
    matrix = np.zeros((len(positions), stop - start), np.float32)
    for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
        np.add.at(matrix, (np.arange(len(positions)), np.clip(left + offset, 0, count - 1) - start), weight)
    return slice(start, stop), matrix


@dataclass(frozen=True, eq=False)
class WorkGrid:
    """The coarse grid of smooth fields, and the fine grid that they are refined onto.

    Args:
        first_ras: Patient position of the first coarse sample.
        shape: Number of coarse samples along each axis.
        step_mm: Coarse spacing.
        fine: Axis-aligned RAS grid of the image.
    """

    first_ras: tuple[float, float, float]
    shape: tuple[int, int, int]
    step_mm: float
    fine: Geometry

    @property
    def voxel_mm(self) -> float:
        """Mean spacing of the fine grid."""
        return float(np.mean(self.fine.spacing_mm))

    @property
    def edge_mm(self) -> float:
        """Width of the ramp that tissue borders are drawn with: a voxel, and the scanner's blur."""
        return 1.4 * self.voxel_mm

    def mesh(self) -> tuple[Field, Field, Field]:
        """Patient x, y, z of every coarse sample."""
        axes = [f + self.step_mm * np.arange(n) for f, n in zip(self.first_ras, self.shape, strict=True)]
        x, y, z = np.meshgrid(*[axis.astype(np.float32) for axis in axes], indexing="ij")
        return x, y, z

    def refine(self, coarse: Field, box: Box | None = None) -> Field:
        """Interpolate a coarse field onto the fine grid, or onto a box of it."""
        box = box or (slice(None), slice(None), slice(None))
        near, matrices = [], []
        for a in range(3):
            positions = axis_positions(self.fine, a)[box[a]]
            used, matrix = _cubic_weights(positions, self.first_ras[a], self.step_mm, self.shape[a])
            near.append(used)
            matrices.append(matrix)
        x, y, z = matrices
        part = coarse[near[0], near[1], near[2]]
        planes = np.matmul(y, (x @ part.reshape(part.shape[0], -1)).reshape(-1, *part.shape[1:]))
        return np.asarray(np.matmul(planes, z.T), np.float32)

    def at(self, coarse: Field, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values (N,) of a coarse field at patient positions (N, 3), by linear interpolation."""
        from scipy.ndimage import map_coordinates

        index = ((points_ras - np.asarray(self.first_ras)) / self.step_mm).T
        return np.asarray(map_coordinates(coarse, index, order=1, mode="nearest"), np.float64)

    def noise(self, rng: np.random.Generator, wavelength_mm: float, bandwidth: float = 0.5) -> Field:
        """Random field with zero mean and unit variance around one wavelength.

        White noise filtered in the frequency domain with a log-normal ring:
        ``exp(-(ln(f L) / bandwidth)^2 / 2)`` for wavelength L.
        """
        from scipy.fft import irfftn, rfftn

        white = rng.standard_normal(self.shape, dtype=np.float32)
        x, y = (np.fft.fftfreq(n, self.step_mm) for n in self.shape[:2])
        z = np.fft.rfftfreq(self.shape[2], self.step_mm)
        frequency = np.sqrt(x[:, None, None] ** 2 + y[None, :, None] ** 2 + z[None, None, :] ** 2)
        ring = np.exp(-((np.log(np.maximum(frequency, 1e-6) * wavelength_mm) / bandwidth) ** 2) / 2)
        field = irfftn(rfftn(white) * ring.astype(np.float32), s=self.shape)
        return np.asarray((field - field.mean()) / field.std(), np.float32)

    def gradient(self, coarse: Field) -> tuple[Field, Field, Field]:
        """Derivatives of a coarse field along x, y, z per millimetre."""
        found = [
            np.asarray(np.gradient(coarse, np.float32(self.step_mm), axis=a), np.float32) for a in range(3)
        ]
        return found[0], found[1], found[2]
