"""The synthetic abdomen of P09, to the letter: a wall and three organs, all ellipsoids, and 40 views of it.

Method file P09 (Nguyen et al., MLMI 2023), "Synthetic abdomen ... Exact recipe". Rays are traced in closed
form, so pictures and depths are exact; nothing in it is drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.phantoms.laparoscopy.cameras import circle_mask, looking_at, unit
from medview.phantoms.laparoscopy.ellipsoids import Ellipsoid

Floats = NDArray[np.float64]

VIEWS = 40
HELD_OUT = (4, 14, 24, 34)
VIEW_ANGLE_DEG = 75.0
CIRCLE_SHARE = 0.46
NEAR, FAR = 0.03, 2.2
BOX = ((-1.1, -1.1, -1.1), (1.1, 1.1, 1.1))
ELLIPSOIDS = (
    Ellipsoid(centre=(0, 0, 0), radii=(1, 0.8, 0.8), colour=(0.75, 0.45, 0.40), pitch=1.2),
    Ellipsoid(centre=(0.35, -0.35, -0.1), radii=(0.3, 0.22, 0.3), colour=(0.55, 0.2, 0.15), pitch=2),
    Ellipsoid(centre=(0.45, 0.3, -0.2), radii=(0.2, 0.25, 0.2), colour=(0.85, 0.70, 0.35), pitch=2.5),
    Ellipsoid(centre=(0.1, 0.1, -0.55), radii=(0.28, 0.2, 0.12), colour=(0.80, 0.55, 0.5), pitch=3),
)
"""The wall, seen from inside, and the organs."""
_PORT = (-0.75, 0.0, 0.25)
_LIGHT = (0.3, 0.2, 0.9)
_TEXTURE = np.array([(5, 2, 1), (1, 6, 3), (-3, 2, 5)], np.float64)


@dataclass(frozen=True, eq=False, kw_only=True)
class Abdomen:
    """The views, and what a laparoscope without a rim would have seen.

    Args:
        views: 40 square views with the black rim; `valid` is the circle.
        rimless: (n, H, W, 3) uint8, the same pictures without the rim.
    """

    views: PosedViews
    rimless: NDArray[np.uint8]


def p09_views(size: int = 64, *, headlight: bool = False) -> PosedViews:
    """The 40 views of the method file; numbers `HELD_OUT` are not to be trained on.

    Args:
        size: Width and height in pixels.
        headlight: The light comes from the camera, as in a real laparoscope.
    """
    return p09_abdomen(size, headlight=headlight).views


def p09_abdomen(size: int = 64, *, headlight: bool = False, count: int = VIEWS) -> Abdomen:
    """The same with the pictures that have no rim; other counts than 40 divide the same course."""
    lens, poses = Lens.of_view_angle(size, size, VIEW_ANGLE_DEG), p09_poses(count)
    rimless = np.zeros((count, size, size, 3), np.uint8)
    depths = np.zeros((count, size, size), np.float32)
    for number, (picture, depth) in enumerate(_pictures(lens, poses, headlight)):
        rimless[number] = np.rint(picture * 255)
        depths[number] = depth
    circle = circle_mask(size, size, CIRCLE_SHARE)
    views = PosedViews(
        names=tuple(f"{number:05d}.png" for number in range(count)),
        images=rimless * circle[..., None].astype(np.uint8),
        valid=np.broadcast_to(circle, depths.shape).copy(),
        lenses=(lens,) * count,
        poses=poses,
        times=np.zeros(count),
        depths=depths,
        points=np.zeros((0, 3), np.float32),
        points_rgb=np.zeros((0, 3), np.uint8),
        is_synthetic=True,
    )
    return Abdomen(views=views, rimless=rimless)


def p09_poses(count: int = VIEWS) -> Floats:
    """Poses (n, 4, 4) along the recipe's course, which 40 views divide; others divide the same course."""
    number = np.arange(count) * (VIEWS / count)
    angle = 4 * np.pi * number / VIEWS
    targets = np.stack(
        [np.full(count, 0.45), 0.55 * np.sin(angle), -0.1 + 0.35 * np.cos(1.7 * angle)], axis=-1
    )
    inserted = 0.10 + 0.35 * (0.5 + 0.5 * np.sin(6 * np.pi * number / VIEWS))
    port = np.asarray(_PORT)
    return looking_at(port + inserted[:, None] * unit(targets - port), targets)


def seen_along(origins: Floats, directions: Floats, lights: Floats) -> tuple[Floats, Floats]:
    """Colours (..., 3), 0-1, and distances (...) that unit rays from inside the cavity meet.

    Args:
        origins: (..., 3) where the rays begin.
        directions: (..., 3) of length 1.
        lights: (..., 3) directions of light of length 1; their sign does not matter.
    """
    distances = np.stack([body.distance(origins, directions, NEAR) for body in ELLIPSOIDS])
    first, nearest = distances.argmin(0), distances.min(0)
    points = origins + nearest[..., None] * directions
    colours = np.zeros(points.shape)
    for number, body in enumerate(ELLIPSOIDS):
        here = first == number
        facing = np.abs((body.normals(points[here]) * np.broadcast_to(lights, points.shape)[here]).sum(-1))
        colours[here] = _albedo(body, points[here]) * (0.55 + 0.45 * facing)[:, None]
    return np.clip(colours, 0, 1), nearest


def _albedo(body: Ellipsoid, points: Floats) -> Floats:
    q = body.pitch * points @ _TEXTURE.T
    waves = [
        np.sin(q[:, 0]) + np.sin(1.7 * q[:, 1] + 1),
        np.sin(q[:, 1] + 0.5) + np.sin(1.3 * q[:, 2]),
        np.sin(q[:, 2] + 1.1) + np.sin(1.9 * q[:, 0]),
    ]
    return np.asarray(body.colour) + 0.12 * np.stack(waves, axis=-1)


def _pictures(lens: Lens, poses: Floats, headlight: bool) -> Iterator[tuple[Floats, Floats]]:
    """Picture (H, W, 3), 0-1, and depth along the optical axis (H, W) of each pose."""
    sight = lens.directions(lens.pixels())
    for pose in poses:
        directions = sight @ pose[:3, :3].T
        lights = directions if headlight else unit(_LIGHT)
        origins = np.broadcast_to(pose[:3, 3], directions.shape)
        colours, distances = seen_along(origins, directions, lights)
        yield colours, distances * -sight[..., 2]
