"""Known surface points of views: where they come from depth, and what colour they have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from medview.core.pose_frame import inverse
from medview.core.posed_views import PosedViews

_MOST_POINTS = 20_000


def seen_surface(views: PosedViews, most_points: int = _MOST_POINTS) -> PosedViews:
    """The views with points of their surface, taken evenly from the pixels of known depth.

    Args:
        views: With depths.
        most_points: No more than so many.
    """
    assert views.depths is not None
    known = views.valid & (views.depths > 0)
    places = np.flatnonzero(known)
    places = places[:: max(1, -(-len(places) // most_points))]
    view, row, column = np.unravel_index(places, known.shape)
    points = np.zeros((len(places), 3))
    for n in np.unique(view):
        here = view == n
        pixels = np.stack([column[here], row[here]], axis=-1) + 0.5
        lines = views.lenses[n].directions(pixels)
        away = views.depths[n, row[here], column[here], None]
        pose = views.poses[n]
        points[here] = (lines / -lines[:, 2:] * away) @ pose[:3, :3].T + pose[:3, 3]
    colours = views.images[view, row, column]
    return replace(views, points=points.astype(np.float32), points_rgb=colours)


def coloured(views: PosedViews) -> PosedViews:
    """The views with a colour for each of their points: the mean of the views that may see it.

    Nothing is known of what hides what; a point outside all pictures is grey.
    """
    total, count = np.zeros((len(views.points), 3)), np.zeros(len(views.points))
    for n in range(len(views)):
        inside, rows, columns = projected(views, n)
        total[inside] += views.images[n, rows, columns]
        count[inside] += 1
    mean = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], 128)
    return replace(views, points_rgb=mean.round().astype(np.uint8))


def projected(views: PosedViews, n: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The points that fall on good pixels of view n: their numbers, rows and columns."""
    camera = inverse(views.poses[n])
    at = views.lenses[n].project(views.points @ camera[:3, :3].T + camera[:3, 3])
    height, width = views.images.shape[1:3]
    seen = np.flatnonzero((at >= 0).all(axis=-1) & (at[:, 0] < width) & (at[:, 1] < height))
    rows, columns = at[seen, 1].astype(np.intp), at[seen, 0].astype(np.intp)
    good = views.valid[n, rows, columns]
    return seen[good], rows[good], columns[good]
