"""Both ventricles, the atria and the root of the aorta as distances in the heart's own frame.

The wall of the left ventricle is told in polar coordinates about its long axis: an inner and an outer
radius for each angle (0 lateral, 90 anterior, 180 septal, 270 inferior) and each depth from the base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.shapes import capsules, ellipsoid, smooth_step, soft_union

Field = NDArray[np.float32]
Local = tuple[Field, Field, Field]
_WAVES = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Heart:
    """The measures of one heart, in millimetres and degrees.

    Args:
        radius: Of the cavity at the base.
        length: Of the cavity, base to apex.
        wall: Mean thickness of the wall.
        apex_wall: Thickness of the wall at the apex.
        waves: (5, 3) amplitude, phase and slope of the wall's waviness around the ring.
        oval: Share by which the cavity is wider one way than the other.
        outflow_deg: Where the aorta leaves.
        outflow_depth: How far down from the base the outflow opens the ring.
        papillary: Radius of the papillary muscles.
        rv_width: How far the right ventricle stands out.
        rv_length: From base to its own apex.
        fat: Mean thickness of fat on the heart.
    """

    radius: float
    length: float
    wall: float
    apex_wall: float
    waves: NDArray[np.float64]
    oval: float
    outflow_deg: float
    outflow_depth: float
    papillary: float
    rv_width: float
    rv_length: float
    fat: float


def draw_heart(rng: np.random.Generator) -> Heart:
    """Draw the measures of a heart in mid diastole."""
    waves = np.stack(
        [rng.normal(0, 1, _WAVES), rng.uniform(0, 2 * np.pi, _WAVES), rng.normal(0, 0.02, _WAVES)], axis=1
    )
    return Heart(
        radius=float(np.clip(rng.normal(24, 2.6), 18.5, 30)),
        length=float(np.clip(rng.normal(80, 5), 68, 92)),
        wall=float(np.clip(rng.normal(9.3, 1.2), 6.8, 12.5)),
        apex_wall=float(rng.uniform(4.5, 7)),
        waves=waves,
        oval=float(rng.uniform(0, 0.05)),
        outflow_deg=float(rng.normal(150, 8)),
        outflow_depth=float(rng.uniform(6, 13)),
        papillary=float(rng.uniform(3.2, 5.2)),
        rv_width=float(rng.normal(31, 3)),
        rv_length=float(rng.uniform(0.78, 0.92)),
        fat=float(rng.uniform(2, 6)),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Wall:
    """The left ventricle at some places.

    Args:
        angle: In radians, 0 lateral, growing towards anterior.
        inner: Distance outwards from the surface of the cavity.
        outer: Distance outwards from the outer surface.
        depth: Share of the wall passed, 0 at the cavity and 1 outside.
        thickness: Of the wall.
    """

    angle: Field
    inner: Field
    outer: Field
    depth: Field
    thickness: Field


def wall_at(heart: Heart, at: Local, thinning: Field | None = None) -> Wall:
    """Measure the left ventricle's wall.

    Args:
        heart: The measures.
        at: Lateral, anterior and apical coordinates.
        thinning: Share by which an old infarct thins the wall; None for nowhere.
    """
    u, v, t = at
    angle = np.arctan2(v, u)
    stretch = 1 + np.float32(heart.oval) * np.cos(2 * angle + np.float32(0.6))
    rho = np.asarray(np.hypot(u, v) * stretch, np.float32)
    inner = _profile(t, heart.length, heart.radius)
    inner = inner + np.float32(0.5) * _calm(inner) * ring_noise(heart.waves[::-1], angle, t, 5)
    outer = _profile(t, heart.length + heart.apex_wall, heart.radius + heart.wall)
    outer = outer + np.float32(0.75) * _calm(outer) * ring_noise(heart.waves, angle, t, 1)
    # septum a little thicker than the free wall
    outer = np.asarray(outer - np.float32(0.6) * np.cos(angle), np.float32)
    thickness = np.asarray(np.maximum(outer - np.maximum(inner, 0), np.float32(3.0)), np.float32)
    if thinning is not None:
        inner = inner + thinning * thickness * np.float32(0.5)
        outer = outer - thinning * thickness * np.float32(0.5)
        thickness = np.asarray(np.maximum(thickness * (1 - thinning), np.float32(3.0)), np.float32)
    from_inner = rho - inner
    return Wall(
        angle=angle,
        inner=from_inner,
        outer=rho - outer,
        depth=np.asarray(from_inner / thickness, np.float32),
        thickness=thickness,
    )


def _profile(t: Field, length: float, radius: float) -> Field:
    """Radius of a rounded cone, below 0 past its tip so that it closes."""
    part = np.clip(t / np.float32(length), 0, None)
    body = np.sqrt(np.maximum(1 - part ** np.float32(2.2), 0))
    return np.asarray(np.float32(radius) * body - np.maximum(t - np.float32(length), 0), np.float32)


def _calm(radius: Field) -> Field:
    """1 for a wide ring, 0 where it closes: a wave must not be wider than its ring."""
    return np.asarray(np.clip(radius / np.float32(25), 0, 1), np.float32)


def ring_noise(waves: NDArray[np.float64], angle: Field, t: Field, lowest: int) -> Field:
    """Waves around the ring that turn with depth: about unit variance where five waves are given."""
    total = np.zeros_like(angle)
    for number, (amplitude, phase, slope) in enumerate(waves.astype(np.float32)):
        total += amplitude * np.cos((number + lowest) * angle + phase + slope * t * (number + 1))
    return np.asarray(total / np.float32(np.sqrt(len(waves) / 2)), np.float32)


def papillary_muscles(heart: Heart, at: Local) -> Field:
    """Distance to the two papillary muscles, anterolateral and posteromedial."""
    found = np.full(at[0].shape, 1e3, np.float32)
    for degrees in (40.0, 235.0):
        direction = np.radians(degrees)
        points, radii = [], []
        for share, inward, size in ((0.28, 0.62, 0.7), (0.5, 0.7, 1.0), (0.72, 0.72, 0.9)):
            t = share * heart.length
            reach = inward * heart.radius * np.sqrt(1 - share**2.2)
            points.append((float(reach * np.cos(direction)), float(reach * np.sin(direction)), t))
            radii.append(heart.papillary * size)
        np.minimum(found, capsules(at, points, radii), out=found)
    return found


def right_ventricle(heart: Heart, at: Local, wall: Wall) -> Field:
    """Distance to the cavity of the right ventricle, which wraps around the septum."""
    u, v, t = at
    part = np.clip(t / np.float32(heart.rv_length * heart.length), 0, 1.2)
    shrink = np.sqrt(np.maximum(1 - part**2, np.float32(0.0004)))
    outside = heart.radius + heart.wall
    wide = np.float32(heart.rv_width + 8) * shrink
    tall = np.float32(outside * 1.12) * shrink
    along = (u + np.float32(outside - 6)) / wide
    # leans forward over the left ventricle
    across = (v - np.float32(5.0) + np.float32(0.12) * u) / tall
    k0 = np.hypot(along, across)
    k1 = np.maximum(np.hypot(along / wide, across / tall), np.float32(1e-4))
    waves = ring_noise(heart.waves, np.arctan2(across, along), t, 4)
    body = k0 * (k0 - 1) / k1 + np.float32(0.9) * _calm(wide - 8) * waves
    body = np.where(part < 1, body, np.float32(1e3))
    body = np.maximum(body, -t - np.float32(14))
    return np.asarray(np.maximum(body, np.float32(1.0) - wall.outer), np.float32)


def atria(heart: Heart, at: Local) -> Field:
    """Distance to the two atria above the valves."""
    left = ellipsoid(at, (2, -6, -24), (heart.radius + 7, heart.radius + 4, 23))
    right = ellipsoid(at, (-heart.radius - 28, -14, -24), (24, 27, 24))
    return np.asarray(np.minimum(left, right), np.float32)


def aortic_root(heart: Heart, at: Local) -> Field:
    """Distance to the outflow tract and the ascending aorta."""
    direction = np.radians(heart.outflow_deg)
    x, y = (float(heart.radius * 0.72 * f(direction)) for f in (np.cos, np.sin))
    points = [(x, y, heart.outflow_depth - 8.0), (1.1 * x, 1.1 * y, -12.0), (1.5 * x, 1.2 * y, -45.0)]
    return capsules(at, points, [12.0, 13.0, 14.5])


def hull(heart: Heart, wall: Wall, right: Field, at: Local) -> Field:
    """Distance to the fat around the heart; thicker where the ventricles meet."""
    u, v, t = at
    around = soft_union(wall.outer, right - np.float32(3), 9)
    waves = _calm(np.hypot(u, v)) * ring_noise(heart.waves, wall.angle + np.float32(1), t, 2)
    thick = np.float32(heart.fat) * (1 + np.float32(0.45) * waves)
    return np.asarray(around - np.maximum(thick, np.float32(0.5)) * smooth_step(t, 105, 80), np.float32)
