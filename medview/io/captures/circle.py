"""The laparoscope's bright circle, found from what its frames never light.

P09, preprocessing 2: maximum over about 50 frames, luminance above 10/255, largest component, least-squares
circle through its boundary points that are not on the picture's border, radius minus 2 %. Text and marks that
touch the rim are kept out of the least squares by trying circles through three points first (RANSAC).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from medview.core.circle import Circle

FRAMES_LOOKED_AT = 50
_DARK = 10
_MARGIN = 0.02
_BORDER_PX = 3
"""Points as near as this to the border lie on it: compression smears the last rows."""
_TRIALS = 400
_MOST_POINTS = 1500
_LEAST_SHARE = 0.5
"""Of the boundary points, that must lie on the circle."""
_LEAST_ARC_DEG = 40
_LEAST_DARK = 0.01
"""Of the picture, that must lie outside the circle."""

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def find_circle(frames: Iterable[NDArray[np.uint8]]) -> Circle | None:
    """The circle that is lit in any of the frames.

    Args:
        frames: Pictures (H, W, 3) of one size, red green blue; about 50 of them, spread over the video.
            Only two are in memory at a time.

    Returns:
        The circle in pixels of the frames, its radius 2 % smaller than the rim; None where the picture is
        full, the rim is not round, or there is no frame.
    """
    brightest = _brightest(frames)
    if brightest is None:
        return None
    points = _rim(_largest(brightest > _DARK))
    if len(points) < 3:
        return None
    rim = _round_rim(points, brightest.shape)
    if rim is None or 1 - rim.mask(*brightest.shape).mean() < _LEAST_DARK:
        return None
    return rim.shrunk(_MARGIN)


def fitted(points: Floats) -> Circle:
    """The circle with the least sum of squared distances to points (N, 2), x first."""
    from scipy.optimize import least_squares

    first = _through(points)

    def misses(values: Floats) -> Floats:
        return np.asarray(np.hypot(points[:, 0] - values[0], points[:, 1] - values[1]) - values[2])

    found = least_squares(misses, (first.cx, first.cy, first.radius)).x
    return Circle(*(float(value) for value in found))


def _brightest(frames: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    """Greatest luminance (H, W) of each pixel."""
    import cv2

    brightest: NDArray[np.uint8] | None = None
    for frame in frames:
        seen = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
        brightest = seen if brightest is None else np.maximum(brightest, seen)
    return brightest


def _largest(lit: Mask) -> Mask:
    from scipy import ndimage

    pieces, count = ndimage.label(lit)
    if not count:
        return lit
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(pieces == sizes.argmax()), np.bool_)


def _rim(piece: Mask) -> Floats:
    """Centres (N, 2) of the piece's boundary pixels that are not on the border of the picture."""
    from scipy import ndimage

    boundary = piece & ~ndimage.binary_erosion(piece, border_value=1)
    rows, columns = np.nonzero(boundary)
    height, width = piece.shape
    inner = (np.minimum(rows, height - 1 - rows) >= _BORDER_PX) & (
        np.minimum(columns, width - 1 - columns) >= _BORDER_PX
    )
    return np.stack([columns[inner] + 0.5, rows[inner] + 0.5], axis=1)


def _round_rim(points: Floats, shape: tuple[int, ...]) -> Circle | None:
    """The circle on which most of the points lie; None where too few do, or on too short an arc."""
    tolerance = max(1.5, 0.01 * min(shape))
    near = _most_agreed(points, tolerance, max(shape))
    if near is None:
        return None
    for _ in range(2):
        inside = _on(near, points, tolerance)
        if inside.sum() < 3:
            return None
        near = fitted(points[inside])
    inside = _on(near, points, tolerance)
    angles = np.degrees(np.arctan2(points[inside, 1] - near.cy, points[inside, 0] - near.cx)) // 1
    is_round = inside.mean() >= _LEAST_SHARE and len(np.unique(angles)) >= _LEAST_ARC_DEG
    return near if is_round else None


def _most_agreed(points: Floats, tolerance: float, longest: int) -> Circle | None:
    rng = np.random.default_rng(0)
    judges = points[rng.permutation(len(points))[:_MOST_POINTS]]
    best, most = None, 0
    for _ in range(_TRIALS):
        circle = _through(judges[rng.choice(len(judges), 3, replace=False)])
        if not longest / 8 < circle.radius < 2 * longest:
            continue
        agreeing = int(_on(circle, judges, tolerance).sum())
        if agreeing > most:
            best, most = circle, agreeing
    return best


def _on(circle: Circle, points: Floats, tolerance: float) -> Mask:
    away = np.hypot(points[:, 0] - circle.cx, points[:, 1] - circle.cy) - circle.radius
    return np.asarray(np.abs(away) <= tolerance, np.bool_)


def _through(points: Floats) -> Circle:
    """The algebraic fit: x^2 + y^2 = 2 cx x + 2 cy y + c; exact for three points."""
    middle = points.mean(axis=0)
    shifted = points - middle
    table = np.column_stack([2 * shifted, np.ones(len(shifted))])
    (cx, cy, rest), *_ = np.linalg.lstsq(table, (shifted**2).sum(axis=1), rcond=None)
    radius = float(np.sqrt(max(rest + cx * cx + cy * cy, 0.0)))
    return Circle(float(cx + middle[0]), float(cy + middle[1]), radius)
