"""Fluid-filled look-alikes of white matter lesions: enlarged perivascular spaces and lacunes.

Perivascular spaces follow small arteries: upwards through the basal ganglia, and from the surface towards
the ventricles in the centrum semiovale; under 3 mm wide. Lacunes are rounded cavities of 3 to 15 mm
(STRIVE: Wardlaw et al., Lancet Neurol 12:822, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.curves import tube_distance, tube_share
from medview.phantoms.fields import Field, box_around
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.head.periventricular import Places, VentricleMap
from medview.phantoms.shapes import ellipsoid, fraction

_CANDIDATES = 4000
_GANGLIA = ((20.0, 4.0, -6.0), (5.0, 8.0, 3.0))


@dataclass(frozen=True, kw_only=True)
class CavityPlan:
    """How many cavities a head has: perivascular spaces in each region, and lacunes."""

    ganglia: int
    semiovale: int
    lacunes: int


def draw_cavities(rng: np.random.Generator) -> CavityPlan:
    """Draw numbers from few to the most that radiologists grade (above 40)."""
    most = rng.uniform(4, 50, 2)
    return CavityPlan(
        ganglia=int(rng.uniform(2, most[0])),
        semiovale=int(rng.uniform(2, most[1])),
        lacunes=int(min(rng.poisson(2.0), 7)),
    )


def grow_cavities(
    frame: HeadFrame, near: VentricleMap, white: Field, plan: CavityPlan, rng: np.random.Generator
) -> tuple[Field, dict[str, int]]:
    """Share (I, J, K) of each voxel that cavities take, and how many of each kind there are."""
    share = np.zeros(frame.grid.fine.shape, np.float32)
    places = near.draw_places(frame, white, rng, _CANDIDATES, (5.0, 28.0))
    high = places[frame.grid.at(frame.canonical[2], places) > 20][: plan.semiovale]
    for place in high:
        _add_space(share, frame, place, _inwards(frame, near, place), rng)
    low = _ganglia_places(frame, plan.ganglia, rng)
    for place in low:
        upwards = np.array([0.25 * np.sign(place[0]), 0.1, 1.0])
        _add_space(share, frame, place, upwards, rng)
    holes = _lacune_places(frame, places[len(high) :], plan.lacunes, rng)
    for place in holes:
        _add_lacune(share, frame, place, rng)
    return share, {"spaces": len(high) + len(low), "lacunes": len(holes)}


def _ganglia_places(frame: HeadFrame, count: int, rng: np.random.Generator) -> Places:
    middle, spread = _GANGLIA
    canonical = rng.uniform(-1, 1, (count, 3)) * spread + middle
    canonical[:, 0] *= rng.choice((-1.0, 1.0), count)
    return frame.to_patient(canonical)


def _lacune_places(frame: HeadFrame, white: Places, count: int, rng: np.random.Generator) -> Places:
    """Half of them in basal ganglia and thalamus, half in white matter."""
    deep = rng.uniform(-1, 1, (count, 3)) * (9.0, 16.0, 8.0) + (19.0, -4.0, 6.0)
    deep[:, 0] *= rng.choice((-1.0, 1.0), count)
    in_white = rng.random(count) < 0.5
    return np.concatenate([frame.to_patient(deep[~in_white]), white[: int(in_white.sum())]])


def _inwards(frame: HeadFrame, near: VentricleMap, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Direction in which the ventricles come nearer fastest."""
    steps = np.concatenate([place + 3 * np.eye(3), place - 3 * np.eye(3)])
    there = frame.grid.at(near.distance, steps)
    return np.asarray(there[3:] - there[:3])


def _add_space(
    share: Field,
    frame: HeadFrame,
    place: NDArray[np.float64],
    towards: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    length, radius = rng.uniform(4, 14), float(np.clip(0.75 * np.exp(rng.normal(0, 0.3)), 0.45, 1.4))
    axis = towards / max(float(np.linalg.norm(towards)), 1e-6)
    bend = rng.normal(0, 0.12, 3) * length
    at = np.linspace(-0.5, 0.5, 6)[:, None]
    points = place + at * length * axis + (at**2 - 0.08) * bend
    voxel = frame.grid.voxel_mm
    distance, box = tube_distance(frame.grid.fine, points, np.full(6, radius), 1.5 * voxel)
    if distance.size:
        np.maximum(share[box], tube_share(distance, radius, voxel), out=share[box])


def _add_lacune(share: Field, frame: HeadFrame, place: NDArray[np.float64], rng: np.random.Generator) -> None:
    radii = float(rng.uniform(1.5, 4.0)) * rng.uniform(0.75, 1.3, 3)
    box = box_around(frame.grid.fine, place - radii.max() - 3, place + radii.max() + 3)
    mesh = VentricleMap.fine_mesh(frame, box)
    distance = ellipsoid(
        mesh,
        (float(place[0]), float(place[1]), float(place[2])),
        (float(radii[0]), float(radii[1]), float(radii[2])),
    )
    np.maximum(share[box], fraction(distance, frame.grid.edge_mm), out=share[box])
