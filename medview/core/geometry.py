"""Where voxels lie in the patient: RAS+ millimetres, always."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]

_NEGATIVE_TO_POSITIVE = ("LR", "PA", "IS")


def axis_codes(ras_from_ijk: Matrix) -> str:
    """Name the patient direction that each voxel axis points to, such as ``"RAS"`` or ``"LPS"``.

    Axes are matched to directions greedily, the most certain pair first, so that each
    direction is used once even for strongly oblique grids.
    """
    strength = np.abs(_unit_columns(ras_from_ijk))
    codes = ["?"] * 3
    for _ in range(3):
        world, voxel = np.unravel_index(int(np.argmax(strength)), (3, 3))
        codes[voxel] = _NEGATIVE_TO_POSITIVE[world][int(ras_from_ijk[world, voxel] > 0)]
        strength[world, :] = -1
        strength[:, voxel] = -1
    return "".join(codes)


def _unit_columns(ras_from_ijk: Matrix) -> Matrix:
    columns = np.asarray(ras_from_ijk, float)[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    return np.asarray(columns / np.where(lengths > 0, lengths, 1), np.float64)


@dataclass(frozen=True, eq=False)
class Geometry:
    """A voxel grid in the patient.

    Args:
        shape: Number of voxels along i, j, k.
        ras_from_ijk: 4x4 matrix from voxel index (centres at integers) to patient
            millimetres (x to the patient's right, y to anterior, z to superior).

    Raises:
        ValueError: The matrix is not finite, not 4x4 or not invertible, or a size is below one.
    """

    shape: tuple[int, int, int]
    ras_from_ijk: Matrix

    def __post_init__(self) -> None:
        matrix = np.array(self.ras_from_ijk, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError("the matrix must be 4x4 and finite")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
            raise ValueError("the matrix does not span three dimensions")
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"three sizes of at least one are needed, not {self.shape}")
        matrix.flags.writeable = False
        object.__setattr__(self, "ras_from_ijk", matrix)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))

    @classmethod
    def from_spacing(cls, shape: tuple[int, int, int], spacing_mm: ArrayLike) -> Geometry:
        """Make an axis-aligned RAS grid centred on the patient's origin."""
        spacing = np.broadcast_to(np.asarray(spacing_mm, float), (3,))
        matrix = np.diag([*spacing, 1.0])
        matrix[:3, 3] = -spacing * (np.asarray(shape) - 1) / 2
        return cls(shape, matrix)

    @cached_property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(abs(np.linalg.det(self.ras_from_ijk[:3, :3])) / 1000)

    @cached_property
    def ijk_from_ras(self) -> Matrix:
        """Inverse of `ras_from_ijk`."""
        return np.asarray(np.linalg.inv(self.ras_from_ijk), np.float64)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along i, j, k."""
        lengths = np.linalg.norm(self.ras_from_ijk[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])

    @cached_property
    def axis_codes(self) -> str:
        """Patient directions of i, j, k, such as ``"RAS"``."""
        return axis_codes(self.ras_from_ijk)

    @cached_property
    def obliqueness_deg(self) -> float:
        """Largest angle between a voxel axis and its nearest patient axis."""
        nearest = np.abs(_unit_columns(self.ras_from_ijk)).max(axis=0).clip(0, 1)
        return float(np.degrees(np.arccos(nearest.min())))

    @cached_property
    def shear(self) -> float:
        """Largest absolute cosine between two voxel axes: 0 for a rectangular grid."""
        unit = _unit_columns(self.ras_from_ijk)
        return float(np.abs(unit.T @ unit - np.eye(3)).max())

    @cached_property
    def is_axis_aligned(self) -> bool:
        """Whether a slice drifts from the patient's planes by under a hundredth of a voxel."""
        columns = self.ras_from_ijk[:3, :3]
        off_axis = np.abs(columns) * (np.abs(columns) < np.abs(columns).max(axis=0))
        return bool((off_axis.max(axis=0) * self.shape <= 0.01 * np.min(self.spacing_mm)).all())

    @cached_property
    def center_ras(self) -> Points:
        """Patient position of the middle of the grid."""
        return self.ras_of((np.asarray(self.shape, float) - 1) / 2)

    @cached_property
    def bounds_ras(self) -> NDArray[np.float64]:
        """Lower and upper patient corner (2x3) of the box around all voxels, edges included."""
        upper = np.asarray(self.shape, float) - 0.5
        corners = np.array(np.meshgrid(*[(-0.5, n) for n in upper])).reshape(3, -1).T
        positions = self.ras_of(corners)
        return np.stack([positions.min(axis=0), positions.max(axis=0)])

    def ras_of(self, ijk: ArrayLike) -> Points:
        """Patient positions (..., 3) of voxel indices (..., 3)."""
        return np.asarray(ijk, float) @ self.ras_from_ijk[:3, :3].T + self.ras_from_ijk[:3, 3]

    def ijk_of(self, ras: ArrayLike) -> Points:
        """Fractional voxel indices (..., 3) of patient positions (..., 3)."""
        return np.asarray(ras, float) @ self.ijk_from_ras[:3, :3].T + self.ijk_from_ras[:3, 3]

    def voxel_at(self, ras: ArrayLike) -> tuple[int, int, int] | None:
        """Index of the voxel that holds a patient position, or None outside the grid."""
        index = np.floor(self.ijk_of(ras) + 0.5).astype(int)
        if (index < 0).any() or (index >= self.shape).any():
            return None
        return int(index[0]), int(index[1]), int(index[2])

    def matches(self, other: Geometry, tolerance_mm: float = 1e-2) -> bool:
        """Whether both grids have the same voxels: every corner within the tolerance."""
        if self.shape != other.shape:
            return False
        ends = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.ras_of(ends) - other.ras_of(ends)).max() <= tolerance_mm)
