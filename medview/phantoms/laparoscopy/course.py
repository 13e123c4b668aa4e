"""What moves in a laparoscopy: the camera about its port, breathing, and an instrument that grasps and pulls.

All are smooth functions of time, 0 to 1 over the film; the seed moves their phases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from medview.phantoms.laparoscopy.cameras import looking_at, unit
from medview.phantoms.laparoscopy.organs import PORT

Floats = NDArray[np.float64]
Vector = tuple[float, float, float]

TOOL_PORT = (-72.0, -104.0, 34.0)
GRASPED = (5.0, -12.0, -4.0)
"""Where the instrument takes the gallbladder, near its end."""
BREATH_MIDDLE = (50.0, -10.0, 20.0)
_BREATH_MM = (-2.5, 0.0, -6.0)
_BREATHS = 2
_PULL_MM = (-9.0, -5.0, 10.0)
_HOVER_MM = (-22.0, -22.0, 12.0)
_WIDEST_DEG, _HELD_DEG = 26.0, 7.0
JAW_MM = 16.0


@dataclass(frozen=True, kw_only=True)
class Grip:
    """The instrument at one moment.

    Args:
        pose: (4, 4) instrument to scene: its hinge at the origin, jaws along -z, shaft along +z.
        opening_deg: Angle of each jaw from the axis.
        pull: Millimetres by which what is grasped is drawn away.
    """

    pose: Floats
    opening_deg: float
    pull: Vector


def camera_poses(count: int, random: Generator, sweep: float = 1.0) -> Floats:
    """Poses (n, 4, 4), camera to scene in mm, of a laparoscope that turns about its port.

    Args:
        count: Frames.
        random: Draws the phases and the tremor of the hand.
        sweep: How far it looks around; 1 sees the whole upper abdomen.
    """
    time = np.linspace(0, 1, count)
    phase = random.uniform(-0.25, 0.25, 4)
    turn = 2 * np.pi * (time[:, None] * (2, 3, 1, 2) + phase)
    shake = _tremor(count, random)
    targets = np.stack(
        [
            np.full(count, 40.0),
            -4 + sweep * 40 * np.sin(turn[:, 0]) + shake[:, 0],
            2 + sweep * 24 * np.sin(turn[:, 1]) + shake[:, 1],
        ],
        axis=-1,
    )
    inserted = 60 + sweep * 17 * np.sin(turn[:, 2]) + shake[:, 2]
    port = np.asarray(PORT) + 1.5 * shake[:, 3:]
    roll = np.radians(5 * sweep * np.sin(turn[:, 3]))
    up = np.stack([np.zeros(count), np.sin(roll), np.cos(roll)], axis=-1)
    return looking_at(port + inserted[:, None] * unit(targets - port), targets, up)


def breath(time: float) -> Vector:
    """Millimetres by which the liver moves with the diaphragm."""
    depth = 0.5 - 0.5 * np.cos(2 * np.pi * _BREATHS * time)
    x, y, z = (float(depth * part) for part in _BREATH_MM)
    return (x, y, z)


def grip(time: float) -> Grip:
    """Approach, close, pull twice, let go, withdraw."""
    near = _rises(time, 0.04, 0.24) * (1 - _rises(time, 0.86, 0.99))
    closed = _rises(time, 0.24, 0.31) * (1 - _rises(time, 0.80, 0.87))
    held = _rises(time, 0.31, 0.42) * (1 - _rises(time, 0.70, 0.80))
    drawn = held * (0.72 + 0.28 * np.cos(4 * np.pi * (time - 0.31)))
    pull = np.asarray(_PULL_MM) * drawn
    # tissue that breathes takes the instrument along
    at = np.asarray(GRASPED) + np.asarray(breath(time)) * _share_of_breath(GRASPED)
    tip = at + pull + np.asarray(_HOVER_MM) * (1 - near)
    back = unit(np.asarray(TOOL_PORT) - tip)
    pose = looking_at(tip[None] + JAW_MM * 0.9 * back, tip[None])[0]
    angle = _WIDEST_DEG + (_HELD_DEG - _WIDEST_DEG) * closed
    x, y, z = (float(part) for part in pull)
    return Grip(pose=pose, opening_deg=float(angle), pull=(x, y, z))


def _share_of_breath(place: Vector) -> float:
    """As `shading` spreads it: less with the distance from its middle."""
    away = (np.asarray(place) - BREATH_MIDDLE) / 75.0
    return float(np.exp(-(away @ away)))


def _rises(time: float, start: float, end: float) -> float:
    share = float(np.clip((time - start) / (end - start), 0, 1))
    return share * share * (3 - 2 * share)


def _tremor(count: int, random: Generator) -> Floats:
    """(n, 6) millimetres of a hand: slow random waves of up to five turns a film."""
    time = np.linspace(0, 1, count)[:, None, None]
    rate, phase = random.uniform(2, 9, (1, 6, 6)), random.uniform(0, 2 * np.pi, (1, 6, 6))
    return np.asarray(0.35 * np.sin(2 * np.pi * rate * time + phase).sum(axis=1) / np.sqrt(6), np.float64)
