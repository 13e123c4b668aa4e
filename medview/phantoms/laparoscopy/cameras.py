"""Cameras that look from one point to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def unit(vectors: ArrayLike) -> Floats:
    """The vectors (..., 3) at length 1."""
    given = np.asarray(vectors, np.float64)
    return np.asarray(given / np.linalg.norm(given, axis=-1, keepdims=True), np.float64)


def looking_at(eyes: ArrayLike, targets: ArrayLike, up: ArrayLike = (0.0, 0.0, 1.0)) -> Floats:
    """Poses (n, 4, 4) from camera to scene, OpenGL axes: z away from the target, y near `up`.

    Args:
        eyes: (n, 3) where the cameras are.
        targets: (n, 3) what lies in the middle of their pictures.
        up: (3,) or (n, 3) what is upwards in the pictures; not along the line of sight.
    """
    eyes, targets = np.asarray(eyes, np.float64), np.asarray(targets, np.float64)
    back = unit(eyes - targets)
    right = unit(np.cross(np.broadcast_to(up, back.shape), back))
    poses = np.tile(np.eye(4), (len(eyes), 1, 1))
    poses[:, :3, :3] = np.stack([right, np.cross(back, right), back], axis=-1)
    poses[:, :3, 3] = eyes
    return poses


def circle_mask(width: int, height: int, share: float) -> NDArray[np.bool_]:
    """Pixels (H, W) whose centre lies within `share` of the height from the middle of the picture."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.asarray(np.hypot(x - width / 2, y - height / 2) <= share * height)
