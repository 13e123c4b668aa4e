"""Surfaces of solids as triangles, with the shade of their crevices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.laparoscopy.organs import Organ

Floats = NDArray[np.float32]

_REACHES_MM = (1.5, 4.0, 9.0, 18.0)
_NORMAL_STEP_MM = 0.4


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface:
    """A triangle mesh.

    Args:
        points: (n, 3) float32 millimetres.
        normals: (n, 3) unit normals that point out of the solid.
        triangles: (m, 3) numbers of points.
        openness: (n,) 0 in the deepest crevice, 1 where nothing is near.
    """

    points: Floats
    normals: Floats
    triangles: NDArray[np.int64]
    openness: Floats


def surface_of(organ: Organ, neighbours: Sequence[Organ], coarseness: float = 1.0) -> Surface:
    """The surface of an organ.

    Args:
        organ: The solid.
        neighbours: All solids that may keep light from it, itself among them.
        coarseness: Multiplies the size of the cells that it is cut in.
    """
    from skimage.measure import marching_cubes

    low, cell = np.asarray(organ.low, np.float32), organ.cell_mm * coarseness
    counts = np.ceil((np.asarray(organ.high) - low) / cell).astype(int) + 1
    axes = [
        start + cell * np.arange(count, dtype=np.float32) for start, count in zip(low, counts, strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    corners, triangles, _, _ = marching_cubes(organ.distance(grid), 0.0)
    points = (corners * cell + low).astype(np.float32)
    normals = _normals(organ, points)
    return Surface(
        points=points,
        normals=normals,
        triangles=triangles.astype(np.int64),
        openness=_openness(points, normals, neighbours),
    )


def _normals(organ: Organ, points: Floats) -> Floats:
    steps = np.eye(3, dtype=np.float32) * _NORMAL_STEP_MM
    slope = np.stack(
        [organ.distance(points + step) - organ.distance(points - step) for step in steps], axis=-1
    )
    return np.asarray(slope / np.linalg.norm(slope, axis=-1, keepdims=True).clip(1e-6), np.float32)


def _openness(points: Floats, normals: Floats, neighbours: Sequence[Organ]) -> Floats:
    """What is left of the light after the nearest solids at a few distances along the normal."""
    hidden = np.zeros(len(points), np.float32)
    for number, reach in enumerate(_REACHES_MM):
        at = points + reach * normals
        nearest = np.min([_distance(organ, at, reach) for organ in neighbours], axis=0)
        hidden += 0.5**number * np.clip(1 - nearest / reach, 0, 1)
    return np.asarray(np.clip(1 - 0.55 * hidden, 0, 1), np.float32)


def _distance(organ: Organ, points: Floats, reach: float) -> Floats:
    """Distances of those points that may lie within `reach`; others count as far away."""
    near = ((points >= np.asarray(organ.low) - reach) & (points <= np.asarray(organ.high) + reach)).all(
        axis=1
    )
    found = np.full(len(points), np.inf, np.float32)
    if near.any():
        found[near] = organ.distance(points[near])
    return found
