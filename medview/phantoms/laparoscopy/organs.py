"""The organs of the upper abdomen as solids, in millimetres.

x runs from the port into the cavity, y to the left of the picture, z upwards. The shapes are drawn freely
after the view of a laparoscopic gallbladder operation; they are no measured anatomy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from medview.phantoms.laparoscopy import tissues
from medview.phantoms.laparoscopy.distances import curve, ellipsoid, joined, shared, tube
from medview.phantoms.laparoscopy.noise import SpaceNoise
from medview.phantoms.laparoscopy.tissues import Tissue

Floats = NDArray[np.float32]

WALL_RADII = (150.0, 130.0, 100.0)
PORT = (-118.0, 0.0, 42.0)
"""Where the laparoscope comes in, millimetres."""
FUNDUS = (12.0, -6.0, -10.0)
"""The near end of the gallbladder."""


@dataclass(frozen=True, kw_only=True)
class Organ:
    """One solid.

    Args:
        name: What it is.
        tissue: How its surface looks.
        distance: Signed distance (...) in mm of points (..., 3), negative inside.
        low: Lower corner of the box that it lies in.
        high: Upper corner.
        cell_mm: How finely its surface is cut.
    """

    name: str
    tissue: Tissue
    distance: Callable[[Floats], Floats]
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    cell_mm: float


def organs(random: Generator) -> tuple[Organ, ...]:
    """All organs of one patient, the wall last."""
    noise, shift = SpaceNoise(random), random.normal(0, 1, (4, 3)).astype(np.float32)
    return (
        _liver(noise, shift[0]),
        _gallbladder(noise, shift[1]),
        *_pedicle(noise, shift[1]),
        _stomach(noise, shift[2]),
        _bowel(noise, shift[3]),
        _omentum(noise),
        _ligament(noise),
        _wall(noise),
    )


def _liver(noise: SpaceNoise, shift: Floats) -> Organ:
    def distance(points: Floats) -> Floats:
        at = points - 3 * shift
        right = ellipsoid(at, (84, -56, 60), (100, 88, 66))
        left = ellipsoid(at, (84, 56, 62), (82, 76, 46))
        # the free edge: cut from below by a rising, bent underside
        bed = (6 + 0.26 * at[..., 0] + 0.0022 * np.square(at[..., 1] + 20) - at[..., 2]) * 0.95
        notch = ellipsoid(at, (10, 19, 8), (30, 8, 20))
        whole = shared(joined(right, left, 30), bed.astype(np.float32), 6)
        whole = shared(whole, -notch, 9)
        return noise.roughened(whole, points, (2.2, 34), (0.55, 12))

    return Organ(
        name="liver", tissue=tissues.LIVER, distance=distance,
        low=(-28, -134, -10), high=(146, 130, 108), cell_mm=1.4,
    )  # fmt: skip


def _gallbladder(noise: SpaceNoise, shift: Floats) -> Organ:
    course = curve([FUNDUS, (26, -9, -8), (44, -8, 0), (60, -2, 9), (68, 5, 12)], 26) + shift
    radii = np.interp(np.linspace(0, 1, 26), [0, 0.12, 0.4, 0.75, 1], [11.5, 13.5, 13, 7.5, 4.0])

    def distance(points: Floats) -> Floats:
        return noise.roughened(tube(points, course, radii), points, (0.8, 16), (0.25, 6))

    return Organ(
        name="gallbladder", tissue=tissues.GALLBLADDER, distance=distance,
        low=(-8, -32, -32), high=(82, 22, 26), cell_mm=0.8,
    )  # fmt: skip


def _pedicle(noise: SpaceNoise, shift: Floats) -> tuple[Organ, ...]:
    """Cystic and common bile duct, the hepatic artery with its cystic branch, the portal vein."""
    ducts = [
        (curve([(67, 5, 12), (69, 12, 9), (71, 18, 3), (72, 22, -6)], 16), 2.6),
        (curve([(84, 16, 26), (76, 20, 10), (72, 23, -8), (68, 27, -34)], 20), 3.6),
    ]
    arteries = [
        (curve([(60, 52, -22), (63, 40, -8), (70, 30, 6), (82, 24, 26)], 20), 2.3),
        (curve([(70, 30, 6), (66, 22, 11), (61, 11, 13), (54, 2, 8)], 16), 1.5),
    ]
    veins = [(curve([(80, 40, -30), (80, 32, -8), (84, 26, 10), (90, 20, 28)], 16), 5.0)]
    parts = (
        ("duct", tissues.DUCT, ducts),
        ("artery", tissues.ARTERY, arteries),
        ("vein", tissues.VEIN, veins),
    )
    return tuple(
        Organ(
            name=name, tissue=tissue, distance=partial(_tubes, noise=noise, tubes=tubes, shift=shift),
            low=(44, -8, -40), high=(98, 60, 36), cell_mm=0.7,
        )
        for name, tissue, tubes in parts
    )  # fmt: skip


def _tubes(points: Floats, noise: SpaceNoise, tubes: list[tuple[Floats, float]], shift: Floats) -> Floats:
    found = np.full(points.shape[:-1], np.inf, np.float32)
    for course, radius in tubes:
        found = np.minimum(found, tube(points, course + shift, np.full(len(course), radius)))
    return noise.roughened(found, points, (0.3, 6))


def _stomach(noise: SpaceNoise, shift: Floats) -> Organ:
    """Body, antrum and the first bend of the duodenum, which goes on under the gallbladder."""
    outlet = curve([(66, 74, -32), (60, 46, -30), (66, 18, -24), (82, 0, -22), (92, -8, -34)], 24) + 3 * shift
    radii = np.interp(np.linspace(0, 1, 24), [0, 0.35, 0.55, 1], [27, 17, 11.5, 12.5])

    def distance(points: Floats) -> Floats:
        body = ellipsoid(points - 3 * shift, (76, 100, -26), (78, 56, 40))
        whole = joined(body, tube(points, outlet, radii), 16)
        return noise.roughened(whole, points, (4.0, 34), (1.3, 13), (0.4, 6))

    return Organ(
        name="stomach", tissue=tissues.BOWEL, distance=distance,
        low=(-20, -24, -84), high=(142, 134, 30), cell_mm=1.4,
    )  # fmt: skip


def _bowel(noise: SpaceNoise, shift: Floats) -> Organ:
    knots = [
        (116, -112, -28), (92, -92, -34), (60, -76, -33), (34, -88, -42), (13, -66, -45), (30, -46, -43),
        (58, -44, -41), (86, -58, -46), (112, -88, -52),
    ]  # fmt: skip
    course = curve(knots, 80) + shift
    # sacculations of the colon
    radii = 13.5 + 1.6 * np.cos(np.linspace(0, 34 * np.pi, 80))

    def distance(points: Floats) -> Floats:
        return noise.roughened(tube(points, course, radii), points, (0.9, 13))

    return Organ(
        name="bowel", tissue=tissues.BOWEL, distance=distance,
        low=(-8, -132, -74), high=(134, -22, -8), cell_mm=1.1,
    )  # fmt: skip


def _omentum(noise: SpaceNoise) -> Organ:
    def distance(points: Floats) -> Floats:
        x, y, z = np.moveaxis(points, -1, 0)
        height = (
            -52 + 0.10 * np.maximum(x, 0) + 34 * np.exp(-np.square((y - 26) / 30) - np.square((x - 78) / 34))
        )
        ground = (z - height) * 0.8
        return noise.roughened(ground, points, (4.5, 24), (1.8, 9))

    return Organ(
        name="omentum", tissue=tissues.FAT, distance=distance,
        low=(-110, -120, -78), high=(134, 122, 0), cell_mm=1.6,
    )  # fmt: skip


def _ligament(noise: SpaceNoise) -> Organ:
    def distance(points: Floats) -> Floats:
        x, y, z = np.moveaxis(points, -1, 0)
        middle = 20 + 3.0 * noise(points * (1, 0, 1), 26) + 0.05 * (x - 40)
        sheet = np.abs(y - middle) - (2.1 + 0.5 * noise(points, 8))
        # its free edge runs from the wall down to the notch of the liver
        edge = (62 - 0.9 * (x - 0)) * 0.7 - (z - 0) * 0.7
        return shared(sheet.astype(np.float32), edge.astype(np.float32), 3)

    return Organ(
        name="ligament", tissue=tissues.LIGAMENT, distance=distance,
        low=(-5, 6, 26), high=(118, 38, 102), cell_mm=0.9,
    )  # fmt: skip


def _wall(noise: SpaceNoise) -> Organ:
    def distance(points: Floats) -> Floats:
        inside = -ellipsoid(points, (0, 0, 0), WALL_RADII)
        return noise.roughened(inside, points, (2.2, 40), (0.6, 14))

    return Organ(
        name="wall", tissue=tissues.PERITONEUM, distance=distance,
        low=(-154, -134, -104), high=(154, 134, 104), cell_mm=2.2,
    )  # fmt: skip
