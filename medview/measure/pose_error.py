"""How far found cameras are from the true ones, once both lie in one frame.

Cameras that were found from pictures lie in a frame of their own: they are laid upon the true ones by the
similarity of least squared distances of their centres (Umeyama 1991). Cameras that began near the truth and
were learned have drifted together at most: they are laid upon it by their mean rotation and shift (P09),
since centres close to each other say little of a rotation. What is left are errors of the course, not of the
frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PoseError:
    """Errors over the cameras that were found.

    Args:
        rotation_deg: Mean angle between found and true camera.
        position: Mean distance, in the true unit.
        largest_position: Largest distance.
        path: Length of the true course through these cameras.
        within_percent: Share of cameras that lie within one percent of the path's length, in percent.
    """

    rotation_deg: float
    position: float
    largest_position: float
    path: float
    within_percent: float

    @property
    def position_percent(self) -> float:
        """Mean distance in percent of the path's length."""
        return 100 * self.position / self.path if self.path > 0 else math.nan


def pose_error(found: Floats, true: Floats, *, has_drifted: bool = False) -> PoseError:
    """Errors of poses (n, 4, 4), camera to space, n ≥ 3, after laying the found upon the true.

    Args:
        found: In any frame.
        true: Of the same cameras.
        has_drifted: They lie near the true ones: by mean rotation and shift, and at their own size.
    """
    scale, turn, shift = _drift(found, true) if has_drifted else _fitted(found[:, :3, 3], true[:, :3, 3])
    away = np.linalg.norm(scale * found[:, :3, 3] @ turn.T + shift - true[:, :3, 3], axis=1)
    between = np.swapaxes(turn @ found[:, :3, :3], 1, 2) @ true[:, :3, :3]
    cosines = (np.trace(between, axis1=1, axis2=2) - 1) / 2
    path = float(np.linalg.norm(np.diff(true[:, :3, 3], axis=0), axis=1).sum())
    return PoseError(
        rotation_deg=float(np.degrees(np.arccos(np.clip(cosines, -1, 1))).mean()),
        position=float(away.mean()),
        largest_position=float(away.max()),
        path=path,
        within_percent=float(100 * (away <= 0.01 * path).mean()),
    )


def _drift(found: Floats, true: Floats) -> tuple[float, Floats, Floats]:
    turns = true[:, :3, :3] @ np.swapaxes(found[:, :3, :3], 1, 2)
    left, _, right = np.linalg.svd(turns.mean(axis=0))
    turn = left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right
    return 1.0, turn, (true[:, :3, 3] - found[:, :3, 3] @ turn.T).mean(axis=0)


def _fitted(source: Floats, target: Floats) -> tuple[float, Floats, Floats]:
    """Scale, rotation (3, 3) and shift (3,) of least squares from points (n, 3) to others."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    first, second = source - from_middle, target - to_middle
    left, strength, right = np.linalg.svd(second.T @ first)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = left @ np.diag(sign) @ right
    spread = float(np.square(first).sum())
    scale = float(strength @ sign) / spread if spread > 0 else 1.0
    return scale, turn, to_middle - scale * turn @ from_middle
