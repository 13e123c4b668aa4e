"""Random shapes to learn from, in slices and volumes: blobs, nests, tubes and trees, folds, swarms, tissues.

Places are in units of the grid: -1 to 1 along the longest axis.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rng = np.random.Generator
Shape = Sequence[int]


@functools.lru_cache(maxsize=64)
def _spline(pixels: int, cells: int) -> Floats:
    """Weights (pixels, cells + 3) of cubic B-splines over `cells` cells."""
    place = (np.arange(pixels) + 0.5) / pixels * cells
    distance = np.abs(place[:, None] - (np.arange(cells + 3) - 1))
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far).astype(np.float32)


def smooth_noise(shape: Shape, rng: Rng, cells: int) -> Floats:
    """A random smooth field of mean 0 and spread 1, with about `cells` hills along each axis."""
    field: NDArray[np.float32] = rng.standard_normal([cells + 3] * len(shape), np.float32)
    for axis, pixels in enumerate(shape):
        field = np.moveaxis(np.tensordot(_spline(pixels, cells), field, (1, axis)), 0, axis)
    made: Floats = (field - field.mean()) / max(float(field.std()), 1e-6)
    return made


@functools.lru_cache(maxsize=8)
def places(shape: tuple[int, ...]) -> Floats:
    """Where each pixel lies, (D, *S)."""
    axes = [(2 * np.arange(n) + 1 - n) / max(shape) for n in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


def turned(dims: int, rng: Rng) -> Floats:
    """A random rotation (D, D)."""
    q, _ = np.linalg.qr(rng.standard_normal((dims, dims)))
    return q.astype(np.float32)


def ellipsoid(shape: Shape, centre: Floats, radii: Floats, axes: Floats) -> Floats:
    """Distance from the centre of an ellipsoid, 1 at its rim."""
    offset = places(tuple(shape)) - centre.reshape(-1, *[1] * len(shape))
    turned_offset = np.tensordot(axes / radii[:, None], offset, 1)
    distance: Floats = np.sqrt((turned_offset**2).sum(0))
    return distance


def blob_field(
    shape: Shape, rng: Rng, radius: float, roughness: float, centre: Floats | None = None
) -> Floats:
    """A field that is below 1 inside of a random blob; smaller values lie deeper.

    Args:
        shape: Of the grid.
        rng: Random numbers.
        radius: Mean radius.
        roughness: 0 for an ellipsoid, 0.3 for a lobed thing.
        centre: Where; None for anywhere that keeps most of it in the grid.
    """
    dims = len(shape)
    if centre is None:
        centre = rng.uniform(-0.9, 0.9, dims).astype(np.float32) * np.float32(1 - 0.7 * min(radius, 1))
    radii = (radius * rng.uniform(0.6, 1.5, dims)).astype(np.float32)
    distance = ellipsoid(shape, centre, radii, turned(dims, rng))
    cells = int(np.clip(rng.uniform(1.2, 3.5) / radius, 2, 24))
    return distance + np.float32(roughness) * smooth_noise(shape, rng, cells)


def tissues(shape: Shape, rng: Rng, kinds: int, cells: int) -> NDArray[np.uint8]:
    """A map of 0 to kinds - 1: which of several smooth fields is highest."""
    fields = np.stack([smooth_noise(shape, rng, cells) for _ in range(kinds)])
    return fields.argmax(0).astype(np.uint8)


def folds(shape: Shape, rng: Rng, cells: int, width: float) -> Mask:
    """Winding bands, like gyri or the walls of a sponge."""
    return np.abs(smooth_noise(shape, rng, cells)) < width


def tree(shape: Shape, rng: Rng, width: float, branches: int) -> Mask:
    """Winding tubes that branch: vessels, nerves, cracks.

    Args:
        shape: Of the grid.
        rng: Random numbers.
        width: Of the trunk in pixels; branches are thinner, at least one pixel.
        branches: How many tubes.
    """
    from scipy.ndimage import distance_transform_edt

    paths: list[NDArray[np.float64]] = []
    found = np.zeros(shape, bool)
    thin = max(0.5, width / 4)
    for half, share in ((width / 2, 0.25), (max(thin, width / 3), 0.35), (thin, 0.4)):
        line = np.ones(shape, bool)
        for _ in range(max(1, round(branches * share))):
            path = _path(shape, rng, paths)
            paths.append(path)
            inside = np.rint(path).astype(int)
            line[tuple(inside[((inside >= 0) & (inside < np.array(shape))).all(1)].T)] = False
        found |= distance_transform_edt(line) <= half
    return found


def _path(shape: Shape, rng: Rng, paths: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Places in pixels of a winding line, from an earlier line where there is one."""
    size, dims = np.array(shape), len(shape)
    if paths:
        parent = paths[rng.integers(len(paths))]
        start = parent[rng.integers(len(parent))]
    else:
        start = rng.uniform(0, 1, dims) * size
    steps = int(rng.uniform(0.3, 1.2) * size.max())
    turns = np.cumsum(rng.standard_normal((steps, dims)), 0) * rng.uniform(0.05, 0.25)
    heading = rng.standard_normal(dims)
    heading = heading / np.linalg.norm(heading) + turns
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    return start + np.cumsum(heading * 0.8, 0)
