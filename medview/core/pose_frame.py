"""Camera poses: their algebra, and the frame in which a scene is learned (P09, preprocessing 3 and 4).

A pose is a 4x4 matrix from camera to space. Camera axes are OpenGL's (x right, y up, looking along -z);
those of OpenCV and COLMAP are x right, y down, looking along +z.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])
_STANDING_STILL = 1e-3
"""Cameras that move by less than this part of the way to the scene stand at one place."""


def normalised(poses: Floats, points: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Poses in the frame of the scene: around the mean camera, up is +z, cameras within [-1, 1].

    Cameras that all stand at one place say nothing of the size of the scene: there the known surface is
    brought within [-1, 1] instead. Where nothing is known of it either, the capture's unit stays.

    Args:
        poses: (n, 4, 4) camera to capture, n ≥ 1.
        points: (N, 3) known surface points in the coordinates of the capture.

    Returns:
        Camera to scene (n, 4, 4), and the similarity (4, 4) from the capture to the scene.
    """
    centres = poses[:, :3, 3]
    middle = centres.mean(axis=0)
    turn = rotation_between(poses[:, :3, 1].mean(axis=0), (0, 0, 1))
    cameras = (centres - middle) @ turn.T
    known = np.zeros((0, 3)) if points is None else np.asarray(points, float).reshape(-1, 3)
    rounding = 1e-12 + 1e-9 * float(np.linalg.norm(middle))
    extent = _extent(cameras, (known - middle) @ turn.T, rounding)
    scene_from_capture = np.eye(4)
    scene_from_capture[:3, :3] = turn / extent
    scene_from_capture[:3, 3] = -turn @ middle / extent
    return moved(poses, scene_from_capture), scene_from_capture


def moved(poses: Floats, similarity: Floats) -> Floats:
    """Poses (..., 4, 4) after a similarity of space; their camera axes stay of length one."""
    through = similarity @ poses
    through[..., :3, :3] /= scale_of(similarity)
    return np.asarray(through, np.float64)


def scale_of(similarity: Floats) -> float:
    """How many times as long a similarity (4, 4) makes everything."""
    return float(np.cbrt(abs(np.linalg.det(similarity[:3, :3]))))


def inverse(poses: Floats) -> Floats:
    """Space to camera for camera to space, and back: (..., 4, 4) of rotation and translation."""
    turned = np.swapaxes(poses[..., :3, :3], -1, -2)
    back = np.zeros_like(poses)
    back[..., :3, :3] = turned
    back[..., :3, 3:] = -turned @ poses[..., :3, 3:]
    back[..., 3, 3] = 1
    return back


def flipped_axes(poses: Floats) -> Floats:
    """Camera axes of OpenGL for those of OpenCV and COLMAP, and back: columns 2 and 3 negated."""
    return np.asarray(poses @ _FLIP, np.float64)


def rigid(quaternions: ArrayLike, translations: ArrayLike) -> Floats:
    """Matrices (n, 4, 4) of rotations (n, 4), given as w, x, y, z, and translations (n, 3)."""
    turns = rotation_of(quaternions)
    found = np.tile(np.eye(4), (len(turns), 1, 1))
    found[:, :3, :3] = turns
    found[:, :3, 3] = translations
    return found


def rotation_of(quaternions: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) of quaternions (..., 4) given as w, x, y, z, of any length but zero."""
    given = np.asarray(quaternions, float)
    w, x, y, z = np.moveaxis(given / np.linalg.norm(given, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_of(rotations: ArrayLike) -> Floats:
    """Unit quaternions (..., 4) w, x, y, z with w ≥ 0 of rotations (..., 3, 3).

    The quaternion is the eigenvector of the largest eigenvalue of a symmetric 4x4 matrix made from the
    rotation (Bar-Itzhack 2000), which is also the nearest one where the matrix is not quite a rotation.
    """
    r = np.asarray(rotations, float)
    xx, xy, xz = r[..., 0, 0], r[..., 0, 1], r[..., 0, 2]
    yx, yy, yz = r[..., 1, 0], r[..., 1, 1], r[..., 1, 2]
    zx, zy, zz = r[..., 2, 0], r[..., 2, 1], r[..., 2, 2]
    rows = [
        [xx + yy + zz, zy - yz, xz - zx, yx - xy],
        [zy - yz, xx - yy - zz, xy + yx, xz + zx],
        [xz - zx, xy + yx, yy - xx - zz, yz + zy],
        [yx - xy, xz + zx, yz + zy, zz - xx - yy],
    ]
    matrix = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    found = np.linalg.eigh(matrix)[1][..., -1]
    return np.asarray(np.where(found[..., :1] < 0, -found, found), np.float64)


def rotation_between(start: ArrayLike, end: ArrayLike) -> Floats:
    """The smallest rotation (3, 3) from one direction to another; none where a direction has no length."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if lengths < 1e-12:
        return np.eye(3)
    axis, cosine = np.cross(a, b) / lengths, float(a @ b / lengths)
    if cosine < -1 + 1e-12:
        side = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
        side /= np.linalg.norm(side)
        return np.asarray(2 * np.outer(side, side) - np.eye(3), np.float64)
    x, y, z = axis
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + across + across @ across / (1 + cosine), np.float64)


def _extent(cameras: Floats, known: Floats, rounding: float) -> float:
    """The length that becomes one unit of the scene."""
    reach = float(np.abs(cameras).max())
    typical = float(np.median(np.linalg.norm(known, axis=-1))) if len(known) else 0.0
    if reach > max(_STANDING_STILL * typical, rounding):
        return reach
    return float(np.abs(known).max(initial=0.0)) or 1.0
