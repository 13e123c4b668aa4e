"""A smooth course of the camera through keyed poses, for fly-throughs.

Positions run along a Catmull-Rom spline; orientations along Shoemake's squad (SIGGRAPH 1987 course notes),
so that neither the speed nor the turning of the camera jumps at a key.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.pose_frame import quaternion_of, rotation_of

Floats = NDArray[np.float64]

_STEPS_PER_KEY = 64
_TURN_COST = 0.25
"""Turning by a radian takes as long as this part of the mean way from key to key."""


def path_through(keys: ArrayLike, count: int, *, is_steady: bool = True) -> Floats:
    """Poses along a smooth course through keys.

    Args:
        keys: (k, 4, 4) camera to space, k ≥ 1; the course begins at the first and ends at the last.
        count: Number of poses wanted, ≥ 1.
        is_steady: The camera flies at one speed, or, where it mostly turns, turns at one; otherwise
            the way from each key to the next takes equally long.

    Returns:
        (count, 4, 4).
    """
    given = np.asarray(keys, float)
    last = len(given) - 1
    if last < 1:
        return np.repeat(given[:1], count, axis=0)
    wanted = np.linspace(0, last, count)
    if is_steady:
        wanted = _steady(given, wanted / last)
    return _at(given, wanted)


def between(start: ArrayLike, end: ArrayLike, part: ArrayLike) -> Floats:
    """Unit quaternions part (...,) of the short way from one (..., 4) to another."""
    a, b, t = np.asarray(start, float), np.asarray(end, float), np.asarray(part, float)[..., None]
    cosine = np.sum(a * b, axis=-1, keepdims=True)
    b, cosine = np.where(cosine < 0, -b, b), np.abs(cosine)
    angle = np.arccos(np.clip(cosine, -1, 1))
    sine = np.sin(angle)
    is_near = sine < 1e-6
    safe = np.where(is_near, 1, sine)
    first = np.where(is_near, 1 - t, np.sin((1 - t) * angle) / safe)
    second = np.where(is_near, t, np.sin(t * angle) / safe)
    found = first * a + second * b
    return np.asarray(found / np.linalg.norm(found, axis=-1, keepdims=True), np.float64)


def _steady(keys: Floats, parts: Floats) -> Floats:
    """Places on the course, in keys, at these parts (0-1) of its length."""
    last = len(keys) - 1
    places = np.linspace(0, last, last * _STEPS_PER_KEY + 1)
    fine = _at(keys, places)
    ways = np.linalg.norm(np.diff(fine[:, :3, 3], axis=0), axis=-1)
    relative = np.swapaxes(fine[:-1, :3, :3], -1, -2) @ fine[1:, :3, :3]
    turns = np.arccos(np.clip((np.trace(relative, axis1=-2, axis2=-1) - 1) / 2, -1, 1))
    mean_way = ways.sum() / last
    costs = np.maximum(ways, turns * _TURN_COST * (mean_way or 1.0))
    walked = np.concatenate([[0.0], np.cumsum(costs)])
    return np.asarray(np.interp(parts * walked[-1], walked, places), np.float64)


def _at(keys: Floats, places: Floats) -> Floats:
    """Poses of the course at places (m,) counted in keys."""
    last = len(keys) - 1
    segment = np.clip(np.floor(places).astype(int), 0, last - 1)
    part = places - segment
    found = np.tile(np.eye(4), (len(places), 1, 1))
    found[:, :3, 3] = _positions(keys[:, :3, 3], segment, part)
    found[:, :3, :3] = rotation_of(_orientations(_one_sided(quaternion_of(keys[:, :3, :3])), segment, part))
    return found


def _positions(centres: Floats, segment: NDArray[np.int_], part: Floats) -> Floats:
    before, after = 2 * centres[0] - centres[1], 2 * centres[-1] - centres[-2]
    padded = np.concatenate([before[None], centres, after[None]])
    a, b, c, d = (padded[segment + n] for n in range(4))
    t = part[:, None]
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    return np.asarray(curve / 2, np.float64)


def _orientations(keys: Floats, segment: NDArray[np.int_], part: Floats) -> Floats:
    padded = np.concatenate([keys[:1], keys, keys[-1:]])
    toward = _log(_times(_conjugate(keys), padded[2:])) + _log(_times(_conjugate(keys), padded[:-2]))
    helpers = _times(keys, _exp(-toward / 4))
    outer = between(keys[segment], keys[segment + 1], part)
    inner = between(helpers[segment], helpers[segment + 1], part)
    return between(outer, inner, 2 * part * (1 - part))


def _one_sided(quaternions: Floats) -> Floats:
    """The same rotations, each quaternion on the same side as the one before it."""
    signs = np.where(np.sum(quaternions[1:] * quaternions[:-1], axis=-1) < 0, -1.0, 1.0)
    return np.concatenate([quaternions[:1], quaternions[1:] * np.cumprod(signs)[:, None]])


def _conjugate(quaternions: Floats) -> Floats:
    return np.asarray(quaternions * np.array([1.0, -1.0, -1.0, -1.0]), np.float64)


def _times(a: Floats, b: Floats) -> Floats:
    scalar = a[:, 0] * b[:, 0] - np.sum(a[:, 1:] * b[:, 1:], axis=-1)
    vector = a[:, :1] * b[:, 1:] + b[:, :1] * a[:, 1:] + np.cross(a[:, 1:], b[:, 1:])
    return np.concatenate([scalar[:, None], vector], axis=-1)


def _log(quaternions: Floats) -> Floats:
    """Half the rotation vectors (n, 3) of unit quaternions."""
    length = np.linalg.norm(quaternions[:, 1:], axis=-1, keepdims=True)
    angle = np.arctan2(length, quaternions[:, :1])
    share = np.where(length > 1e-12, angle / np.maximum(length, 1e-12), 1.0)
    return np.asarray(quaternions[:, 1:] * share, np.float64)


def _exp(halves: Floats) -> Floats:
    angle = np.linalg.norm(halves, axis=-1, keepdims=True)
    sine = np.where(angle > 1e-12, np.sin(angle) / np.maximum(angle, 1e-12), 1.0)
    return np.concatenate([np.cos(angle), halves * sine], axis=-1)
