"""The frame of a scene: its coordinates, where rays begin and end, and the box that has content.

What is automatic (P09 gives a box of ±1.1 for a cavity, larger where there is no end to the scene):

- Surface is known, by points or depths: near is half of the distance that 1 % of what cameras see lies
  below, far is 1.25 times the distance that 99 % lies below; the box holds the cameras and 99 % of the
  surface, with a tenth of its longest side around it.
- No surface is known, but the capture states how near and far it lies: so far reach the rays, and the box
  holds the cameras and what they see between.
- Nothing is known, but the lines of sight run together before the cameras: the box holds the cameras and a
  ball around that place, as large as the median distance to it; near is 0.05, far is the box's diagonal.
- Nothing is known, and cameras look all ways: a box of four times the cameras' own extent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.pose_frame import inverse, normalised, scale_of
from medview.core.posed_views import PosedViews
from medview.zoo.fields.settings import Settings

Floats = NDArray[np.float64]

_MOST_POINTS = 20_000
_NEAR = 0.05
_NEAREST = 0.9
_OPEN = 4.0
_LEAST_SPREAD = 0.01
_MARGIN = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class Framing:
    """The frame.

    Args:
        scene_from_capture: 4x4 similarity.
        poses: (n, 4, 4) camera to scene.
        near: Distance at which rays begin.
        far: Distance at which they end.
        box: (2, 3) corners of what has content.
        points: (N, 3) float32 known surface points in the scene.
    """

    scene_from_capture: Floats
    poses: Floats
    near: float
    far: float
    box: Floats
    points: NDArray[np.float32]


def framed(views: PosedViews, settings: Settings) -> Framing:
    """The frame of these views; whatever the settings give explicitly is taken as given."""
    surface = known_surface(views)
    poses, similarity = views.poses, np.eye(4)
    if settings.normalise:
        poses, similarity = normalised(views.poses, surface)
    surface = _through(similarity, surface)
    near, far, box = _automatic(poses, views, surface, scale_of(similarity))
    return Framing(
        scene_from_capture=similarity,
        poses=poses,
        near=settings.near or near,
        far=max(settings.far or far, 1.001 * (settings.near or near)),
        box=np.asarray(settings.box, float).reshape(2, 3) if settings.box else box,
        points=_through(similarity, np.asarray(views.points, float)).astype(np.float32),
    )


def known_surface(views: PosedViews) -> Floats:
    """Surface points (N, 3) of the capture: those that came with it, else some of its depth maps."""
    if len(views.points):
        return np.asarray(views.points, np.float64)
    if views.depths is None:
        return np.zeros((0, 3))
    places = np.argwhere((views.depths > 0) & views.valid)
    places = places[:: max(1, len(places) // _MOST_POINTS)]
    found = [_unprojected(views, view, places[places[:, 0] == view]) for view in np.unique(places[:, 0])]
    return np.concatenate([np.zeros((0, 3)), *found])


def _unprojected(views: PosedViews, view: int, places: NDArray[np.intp]) -> Floats:
    assert views.depths is not None
    rows, columns = places[:, 1], places[:, 2]
    sight = views.lenses[view].directions(np.stack([columns, rows], -1) + 0.5)
    distances = views.depths[view, rows, columns] / -sight[:, 2]
    return _through(views.poses[view], distances[:, None] * sight)


def _automatic(
    poses: Floats, views: PosedViews, surface: Floats, scale: float
) -> tuple[float, float, Floats]:
    cameras = poses[:, :3, 3]
    distances = _seen_distances(poses, views, surface)
    if len(distances):
        near, far = 0.5 * np.quantile(distances, 0.01), 1.25 * np.quantile(distances, 0.99)
        ends = np.quantile(surface, [0.005, 0.995], axis=0)
        return float(near), float(far), _around(cameras, ends)
    if views.bounds is not None:
        near, deepest = (scale * bound for bound in views.bounds)
        corners = _corners(poses, views, deepest)
        far = float(np.linalg.norm(corners - cameras[:, None], axis=-1).max())
        return _NEAREST * near, far, _around(cameras, corners.reshape(-1, 3))
    place = _watched(poses)
    if place is not None:
        radius = float(np.median(np.linalg.norm(cameras - place, axis=1)))
        box = _around(cameras, np.stack([place - radius, place + radius]))
    else:
        extent = float(np.abs(cameras).max(initial=1.0))
        box = np.array([[-_OPEN * extent] * 3, [_OPEN * extent] * 3])
    return _NEAR, float(np.linalg.norm(box[1] - box[0])), box


def _corners(poses: Floats, views: PosedViews, depth: float) -> Floats:
    """Where the corners of each picture lie at a depth, (n, 4, 3)."""
    found = []
    for pose, lens in zip(poses, views.lenses, strict=True):
        ends = [(x, y) for x in (0.5, lens.width - 0.5) for y in (0.5, lens.height - 0.5)]
        sight = lens.directions(ends)
        found.append(_through(pose, sight / -sight[:, 2:] * depth))
    return np.stack(found)


def _seen_distances(poses: Floats, views: PosedViews, surface: Floats) -> Floats:
    """Distances from cameras to those points that they see, all in one row."""
    found = [np.zeros(0)]
    for pose, lens in zip(inverse(poses), views.lenses, strict=True):
        there = _through(pose, surface)
        column, row = lens.project(there).T if len(there) else np.zeros((2, 0))
        is_seen = (column >= 0) & (column < lens.width) & (row >= 0) & (row < lens.height)
        found.append(np.linalg.norm(there[is_seen], axis=1))
    return np.concatenate(found)


def _watched(poses: Floats) -> Floats | None:
    """The place nearest to all lines of sight; None where they run in parallel or away from it."""
    centres, sights = poses[:, :3, 3], -poses[:, :3, 2]
    across = np.eye(3) - sights[:, :, None] * sights[:, None, :]
    total = across.sum(0)
    if np.linalg.eigvalsh(total / len(poses))[0] < _LEAST_SPREAD:
        return None
    place = np.linalg.solve(total, (across @ centres[:, :, None]).sum(0)[:, 0])
    before = ((place - centres) * sights).sum(1)
    return np.asarray(place, np.float64) if np.quantile(before, 0.2) > 0 else None


def _around(*parts: Floats) -> Floats:
    """Corners (2, 3) of a box around all these points, with a margin."""
    everything = np.concatenate(parts)
    low, high = everything.min(0), everything.max(0)
    margin = _MARGIN * float((high - low).max())
    return np.stack([low - margin, high + margin])


def _through(matrix: Floats, points: Floats) -> Floats:
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3], np.float64)
