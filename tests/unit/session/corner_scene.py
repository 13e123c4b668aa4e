"""Pictures of a corner of a room with speckled walls, as cameras on an arc see them, with true cameras."""

from __future__ import annotations

import numpy as np

from medview.core.lens import Lens
from medview.phantoms.laparoscopy.cameras import looking_at

LENS = Lens(width=160, height=120, fx=150, fy=150, cx=80, cy=60)


def corner_poses(count):
    """Cameras (n, 4, 4) on an arc that rises, looking into the corner."""
    angle = np.radians(np.linspace(-25, 25, count))
    height = 0.6 * np.sin(3 * angle)
    eyes = np.stack([3.2 * np.cos(angle), 3.2 * np.sin(angle), height + 0.4], axis=-1)
    return looking_at(eyes, np.zeros((count, 3)))


def corner_pictures(poses, lens=LENS):
    """(n, H, W, 3) uint8."""
    rng = np.random.default_rng(11)
    walls = [_speckles(rng) for _ in range(3)]
    sight = lens.directions(lens.pixels())
    return np.stack([_picture(pose, sight, walls) for pose in poses])


def _speckles(rng):
    """A texture of blobs of many sizes, 0-1."""
    from scipy import ndimage

    layers = [ndimage.gaussian_filter(rng.normal(size=(256, 256)), size, mode="wrap") for size in (2, 4, 9)]
    total = sum(layer / layer.std() for layer in layers)
    return np.clip(0.5 + 0.22 * total, 0, 1)


def _picture(pose, sight, walls):
    """The nearest of three walls: two that stand across each other, and the floor."""
    from scipy import ndimage

    rays = sight @ pose[:3, :3].T
    origin = pose[:3, 3]
    normals = np.array([(1, 1, 0), (1, -1, 0), (0, 0, 1)]) / np.sqrt([[2], [2], [1]])
    offsets = (-1.2, -1.2, -0.9)
    away = np.stack([(d - origin @ n) / (rays @ n) for n, d in zip(normals, offsets, strict=True)])
    away[away <= 0] = np.inf
    first, nearest = away.argmin(axis=0), away.min(axis=0)
    points = origin + nearest[..., None] * rays
    across = (points @ np.array([1, -1, 0]), points @ np.array([1, 1, 0]), points[..., 0])
    upward = (points[..., 2], points[..., 2], points[..., 1])
    seen = np.zeros(first.shape)
    for wall, texture in enumerate(walls):
        at = [np.where(np.isfinite(table[wall]), table[wall], 0) * 60 for table in (across, upward)]
        grey = ndimage.map_coordinates(texture, at, order=1, mode="grid-wrap")
        seen = np.where(first == wall, grey, seen)
    return np.repeat((seen * 255).astype(np.uint8)[..., None], 3, axis=-1)
