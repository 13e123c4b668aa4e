"""What lies around the heart: chest wall, lungs, spine, aorta, liver and stomach, in patient millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.shapes import capsules, ellipsoid, smooth_step

Field = NDArray[np.float32]
Mesh = tuple[Field, Field, Field]
Layer = tuple[str, Field]


@dataclass(frozen=True, kw_only=True)
class Chest:
    """The measures of one chest, in millimetres.

    Args:
        width: Half of its width.
        depth: Half of its depth.
        fat: Thickness of the fat under the skin.
        muscle: Thickness of the wall of muscle and ribs.
        rib_step: From rib to rib.
        rib_phase: Where the first rib lies.
        aorta: Radius of the descending aorta.
        dome: How far the liver rises beside the heart.
    """

    width: float
    depth: float
    fat: float
    muscle: float
    rib_step: float
    rib_phase: float
    aorta: float
    dome: float


def draw_chest(rng: np.random.Generator) -> Chest:
    """Draw the measures of a chest."""
    return Chest(
        width=float(rng.normal(166, 9)),
        depth=float(rng.normal(114, 6)),
        fat=float(rng.uniform(7, 24)),
        muscle=float(rng.uniform(14, 20)),
        rib_step=float(rng.uniform(21, 27)),
        rib_phase=float(rng.uniform(0, 27)),
        aorta=float(rng.uniform(10, 13)),
        dome=float(rng.uniform(8, 22)),
    )


def chest_layers(chest: Chest, mesh: Mesh, under_heart: Field) -> Iterator[Layer]:
    """Tissues and their signed distances, in the order in which they are laid over each other.

    Args:
        chest: The measures.
        mesh: Patient x, y, z.
        under_heart: Distance below the plane on which the heart rests; above 0 above it.
    """
    x, y, _ = mesh
    skin = _superellipse(x, y, chest.width, chest.depth)
    fat = np.float32(chest.fat) * (1 + np.float32(0.25) * y / np.float32(chest.depth))
    cavity = skin + fat + np.float32(chest.muscle)
    yield "skin", skin
    yield "fat", skin + np.float32(1.8)
    yield "muscle", skin + fat
    yield from _ribs(chest, mesh, skin + fat + np.float32(0.5 * chest.muscle))
    yield "lung", np.maximum(cavity, -_mediastinum(mesh))
    yield "fat", np.maximum(cavity, _mediastinum(mesh))
    yield from _belly(mesh, np.maximum(cavity, _diaphragm(chest, mesh, under_heart)))
    yield from _back(chest, mesh)


def _superellipse(x: Field, y: Field, width: float, depth: float) -> Field:
    power = np.float32(2.5)
    a, b = np.abs(x) / np.float32(width), np.abs(y) / np.float32(depth)
    k = np.maximum((a**power + b**power) ** (1 / power), np.float32(0.05))
    slope = np.hypot(a ** (power - 1) / np.float32(width), b ** (power - 1) / np.float32(depth))
    return np.asarray((k - 1) * k ** (power - 1) / np.maximum(slope, np.float32(1e-4)), np.float32)


def _ribs(chest: Chest, mesh: Mesh, middle: Field) -> Iterator[Layer]:
    x, y, z = mesh
    slant = z - np.float32(0.35) * y + np.float32(chest.rib_phase)
    step = np.float32(chest.rib_step)
    height = np.abs((slant % step) - step / 2)
    rib = np.hypot(middle * np.float32(1.5), height) - np.float32(7)
    behind = np.maximum(rib, np.float32(28) - np.abs(x))
    sternum = np.maximum(np.abs(middle) - np.float32(6), np.abs(x) - np.float32(17))
    bone = np.minimum(behind, np.maximum(sternum, -y))
    yield "bone", bone
    yield "marrow", bone + np.float32(1.7)


def _mediastinum(mesh: Mesh) -> Field:
    return ellipsoid(mesh, (-3, -14, 10), (29, 78, 150))


def _diaphragm(chest: Chest, mesh: Mesh, under_heart: Field) -> Field:
    """Distance to what lies below the lungs: higher on the right, falling away behind."""
    x, y, _ = mesh
    right = np.float32(chest.dome) * np.exp(-(((x - 80) / 60) ** 2) - (y / 75) ** 2)
    behind = np.float32(30) * smooth_step(y, -20, -90)
    return np.asarray(under_heart - right + behind, np.float32)


def _belly(mesh: Mesh, below: Field) -> Iterator[Layer]:
    yield "liver", below + np.float32(2)
    stomach = np.maximum(below + np.float32(5), ellipsoid(mesh, (-72, 18, -92), (42, 48, 52)))
    yield "stomach wall", stomach - np.float32(4)
    yield "stomach", stomach
    yield "spleen", np.maximum(below + np.float32(4), ellipsoid(mesh, (-96, -42, -88), (30, 40, 52)))
    # vessels of the liver
    veins = capsules(mesh, [(28, -28, -30), (55, 0, -62), (84, 10, -82), (100, 30, -92)], [8, 5, 4, 3])
    yield "blood", np.maximum(veins, below + np.float32(4))


def _back(chest: Chest, mesh: Mesh) -> Iterator[Layer]:
    x, y, z = mesh
    back = np.float32(-chest.depth)
    body = np.hypot(x, (y - back - 44) * np.float32(1.15)) - np.float32(19)
    disc = np.abs(((z + 8) % 27) - 13.5) - np.float32(3.5)
    yield "bone", body
    yield "marrow", np.maximum(body + np.float32(1.5), -disc + 1)
    yield "disc", np.maximum(body + np.float32(1.5), disc)
    arch = np.hypot(x, y - back - 20) - np.float32(12)
    spinous = np.maximum(np.abs(x) - np.float32(4), np.abs(y - back - 12) - np.float32(10))
    yield "bone", np.minimum(arch, spinous)
    yield "fluid", np.hypot(x, y - back - 20) - np.float32(8)
    yield "cord", np.hypot(x * np.float32(0.8), y - back - 20) - np.float32(4.5)
    # oesophagus, aorta, inferior vena cava
    yield "muscle", np.hypot(x + 9, y - back - 72) - np.float32(7)
    yield "muscle", np.hypot(x + 25, y - back - 56) - np.float32(chest.aorta + 1.5)
    yield "blood", np.hypot(x + 25, y - back - 56) - np.float32(chest.aorta)
    cava = np.maximum(np.hypot(x - 24, y - back - 82) - np.float32(11), z + 5)
    yield "blood", cava
