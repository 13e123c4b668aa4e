"""The similarity (rotation, translation, uniform scale) that lays points upon points best.

Umeyama S. Least-squares estimation of transformation parameters between two point patterns.
IEEE PAMI 13(4), 1991: equations 34 to 43.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.errors import InputRefused

FEWEST = 3
"""Pairs that a similarity needs."""
_FLAT = 1e-6
"""A second spread below this part of the first means that the points lie on a line."""
Floats = NDArray[np.float64]
_TITLE = "Cannot lay the points upon each other"


def similarity(source: ArrayLike, target: ArrayLike) -> tuple[Floats, float]:
    """The similarity of least squared distances from one set of points to their partners.

    Args:
        source: (n, 3) points to be moved, in any unit.
        target: (n, 3) where each of them belongs.

    Returns:
        4x4 ``target_from_source``, never a mirroring, and the root mean square distance that is left,
        in the target's unit.

    Raises:
        InputRefused: Fewer than three pairs, numbers that are not finite, or points of one of the sets
            that lie on one line, so that any turn about it would do.
    """
    a, b = _points(source), _points(target)
    if len(a) != len(b):
        raise InputRefused(_TITLE, f"{len(a)} points are to meet {len(b)}", "Every point needs a partner.")
    if len(a) < FEWEST:
        raise InputRefused(_TITLE, f"{len(a)} of {FEWEST} pairs are there", "Add pairs of points.")
    for points in (a, b):
        _demand_spread(points)
    centre_a, centre_b = a.mean(axis=0), b.mean(axis=0)
    covariance = (b - centre_b).T @ (a - centre_a) / len(a)
    u, strength, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    turn = u @ np.diag(signs) @ vt
    scale = float(strength @ signs / ((a - centre_a) ** 2).sum(axis=1).mean())
    found = np.eye(4)
    found[:3, :3] = scale * turn
    found[:3, 3] = centre_b - scale * turn @ centre_a
    return found, float(np.sqrt((residuals(found, a, b) ** 2).mean()))


def residuals(target_from_source: ArrayLike, source: ArrayLike, target: ArrayLike) -> Floats:
    """Distance (n,) that each pair is apart after the transform, in the target's unit."""
    matrix = np.asarray(target_from_source, float)
    moved = _points(source) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.asarray(np.linalg.norm(moved - _points(target), axis=1), np.float64)


def _points(points: ArrayLike) -> Floats:
    found = np.asarray(points, np.float64).reshape(-1, 3)
    if not np.isfinite(found).all():
        raise InputRefused(_TITLE, "a position is not a number", "Set that point again.")
    return found


def _demand_spread(points: Floats) -> None:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[0] == 0 or spread[1] < _FLAT * spread[0]:
        raise InputRefused(_TITLE, "the points lie on one line", "Add a point beside the line.")
