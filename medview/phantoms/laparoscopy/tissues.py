"""How tissues look from near: colour and relief of a tile of their surface, and how they shine.

Colours are made up to look like those of laparoscopies; they were not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from medview.phantoms.laparoscopy.noise import tile_cells, tile_noise
from medview.phantoms.laparoscopy.vessel_tiles import vessel_tile

Floats = NDArray[np.float32]

SPAN_MM = 120.0
"""Width of a tile."""
_ARTERY, _VEIN = (0.50, 0.05, 0.045), (0.23, 0.07, 0.13)


@dataclass(frozen=True, kw_only=True)
class Tissue:
    """One kind of surface.

    Args:
        name: What it is.
        paint: Makes colour (H, W, 3), 0-1, and relief (H, W) in mm of a tile of so many pixels.
        gloss: Strength of the highlights of the wet film, 0-1.
        roughness: Width of the soft highlights, 0-1.
        relief: How strongly the relief turns the surface.
    """

    name: str
    paint: Callable[[Generator, int], tuple[Floats, Floats]]
    gloss: float
    roughness: float
    relief: float

    def tile(self, random: Generator, side: int) -> NDArray[np.uint8]:
        """(side, side, 4) uint8: red, green, blue, and the relief, -0.5 to 0.5 mm as 0 to 255."""
        colour, relief = self.paint(random, side)
        whole = np.concatenate([colour, relief[..., None] + 0.5], axis=-1)
        return np.asarray(np.rint(whole.clip(0, 1) * 255), np.uint8)


def _noise(random: Generator, side: int, grain_mm: float, reach: float = 1.6) -> Floats:
    return tile_noise(random, side, SPAN_MM, grain_mm, reach)


def _mixed(colour: Floats, other: tuple[float, float, float], share: Floats) -> Floats:
    return np.asarray(colour + (np.asarray(other, np.float32) - colour) * share[..., None], np.float32)


def _flat(side: int, colour: tuple[float, float, float]) -> Floats:
    return np.broadcast_to(np.asarray(colour, np.float32), (side, side, 3)).copy()


def _vessels(
    random: Generator, colour: Floats, side: int, trees: int, radius_mm: float
) -> tuple[Floats, Floats]:
    """The colour with veins and, over them, arteries; and where they are."""
    radius = radius_mm * side / SPAN_MM
    veins = vessel_tile(random, side, trees, 1.3 * radius)
    arteries = vessel_tile(random, side, trees + trees // 2, radius, wander=0.13)
    fade = np.clip(0.75 + 0.25 * _noise(random, side, 25), 0.25, 1)
    colour = _mixed(colour, _VEIN, 0.5 * fade * veins)
    return _mixed(colour, _ARTERY, 0.65 * fade * arteries), np.maximum(veins, arteries)


def _liver(random: Generator, side: int) -> tuple[Floats, Floats]:
    mottle, fine = _noise(random, side, 14, 2.4), _noise(random, side, 0.9, 1.3)
    lobules, gap = tile_cells(random, side, SPAN_MM, 1.7)
    colour = _mixed(_flat(side, (0.44, 0.150, 0.105)), (0.60, 0.27, 0.17), (0.22 + 0.17 * mottle).clip(0, 1))
    colour = _mixed(colour, (0.25, 0.06, 0.06), (0.5 - 0.55 * gap).clip(0, 0.45))
    colour *= (1 + 0.07 * fine + 0.05 * _noise(random, side, 4, 1.4))[..., None]
    spots = (_noise(random, side, 5, 1.5) - 2.1).clip(0, 0.5)
    colour = _mixed(colour, (0.72, 0.44, 0.30), spots)
    relief = 0.035 * mottle - 0.035 * lobules + 0.012 * fine
    return colour, np.asarray(relief, np.float32)


def _gallbladder(random: Generator, side: int) -> tuple[Floats, Floats]:
    broad, fine = _noise(random, side, 18, 1.8), _noise(random, side, 0.8, 1.4)
    colour = _mixed(_flat(side, (0.52, 0.53, 0.38)), (0.74, 0.66, 0.46), (0.35 + 0.30 * broad).clip(0, 1))
    colour = _mixed(colour, (0.36, 0.43, 0.37), (-0.15 - 0.3 * broad).clip(0, 0.6))
    colour *= (1 + 0.05 * fine + 0.05 * _noise(random, side, 3, 1.5))[..., None]
    colour, vessels = _vessels(random, colour, side, 8, 0.60)
    return colour, np.asarray(0.05 * broad + 0.012 * fine + 0.12 * vessels, np.float32)


def _fat(random: Generator, side: int) -> tuple[Floats, Floats]:
    lobes, gap = tile_cells(random, side, SPAN_MM, 5.5)
    small, small_gap = tile_cells(random, side, SPAN_MM, 2.0)
    fine = _noise(random, side, 0.7, 1.4)
    colour = _mixed(
        _flat(side, (0.90, 0.66, 0.25)),
        (0.96, 0.80, 0.45),
        (0.4 + 0.25 * _noise(random, side, 20)).clip(0, 1),
    )
    colour = _mixed(
        colour, (0.72, 0.34, 0.16), (0.55 - 1.1 * gap).clip(0, 0.55) + (0.18 - 0.5 * small_gap).clip(0, 0.18)
    )
    colour *= (1 + 0.05 * fine)[..., None]
    colour, vessels = _vessels(random, colour, side, 9, 0.55)
    relief = 0.30 - 0.42 * np.square(lobes) - 0.10 * np.square(small) + 0.01 * fine + 0.08 * vessels
    return colour, np.asarray(relief, np.float32)


def _peritoneum(random: Generator, side: int) -> tuple[Floats, Floats]:
    broad, fine = _noise(random, side, 30, 2), _noise(random, side, 0.8, 1.4)
    strands = np.abs(_noise(random, side, 9, 1.5) + 0.15 * _noise(random, side, 2))
    colour = _mixed(_flat(side, (0.72, 0.41, 0.345)), (0.86, 0.62, 0.50), (0.3 + 0.22 * broad).clip(0, 1))
    colour = _mixed(colour, (0.93, 0.80, 0.70), np.float32(0.35) * np.exp(-np.square(strands / 0.10)))
    colour = _mixed(colour, (0.58, 0.22, 0.19), (0.25 * _noise(random, side, 7, 1.7) - 0.1).clip(0, 0.5))
    colour *= (1 + 0.06 * fine)[..., None]
    colour, vessels = _vessels(random, colour, side, 9, 0.60)
    return colour, np.asarray(0.07 * broad - 0.04 * strands + 0.012 * fine + 0.10 * vessels, np.float32)


def _bowel(random: Generator, side: int) -> tuple[Floats, Floats]:
    broad, fine = _noise(random, side, 22, 1.8), _noise(random, side, 0.9, 1.4)
    colour = _mixed(_flat(side, (0.80, 0.50, 0.42)), (0.90, 0.66, 0.56), (0.4 + 0.25 * broad).clip(0, 1))
    colour *= (1 + 0.05 * fine + 0.04 * _noise(random, side, 2.5))[..., None]
    colour, vessels = _vessels(random, colour, side, 14, 0.5)
    return colour, np.asarray(0.06 * broad + 0.010 * fine + 0.09 * vessels, np.float32)


def _ligament(random: Generator, side: int) -> tuple[Floats, Floats]:
    broad, fine = _noise(random, side, 10, 2), _noise(random, side, 0.7, 1.4)
    colour = _mixed(_flat(side, (0.84, 0.64, 0.50)), (0.90, 0.74, 0.50), (0.4 + 0.35 * broad).clip(0, 1))
    colour *= (1 + 0.05 * fine)[..., None]
    colour, vessels = _vessels(random, colour, side, 10, 0.4)
    return colour, np.asarray(0.10 * broad + 0.01 * fine + 0.08 * vessels, np.float32)


def _vessel_wall(colour: tuple[float, float, float]) -> Callable[[Generator, int], tuple[Floats, Floats]]:
    def paint(random: Generator, side: int) -> tuple[Floats, Floats]:
        broad, fine = _noise(random, side, 6, 1.8), _noise(random, side, 0.7, 1.4)
        made = _flat(side, colour) * (1 + 0.08 * broad + 0.06 * fine)[..., None]
        return _mixed(made, (0.93, 0.82, 0.70), (0.18 * _noise(random, side, 3)).clip(0, 0.4)), 0.03 * broad

    return paint


LIVER = Tissue(name="liver", paint=_liver, gloss=0.85, roughness=0.42, relief=1.0)
GALLBLADDER = Tissue(name="gallbladder", paint=_gallbladder, gloss=1.0, roughness=0.35, relief=1.0)
FAT = Tissue(name="fat", paint=_fat, gloss=0.7, roughness=0.4, relief=1.6)
PERITONEUM = Tissue(name="peritoneum", paint=_peritoneum, gloss=0.6, roughness=0.45, relief=1.2)
BOWEL = Tissue(name="bowel", paint=_bowel, gloss=0.9, roughness=0.38, relief=1.0)
LIGAMENT = Tissue(name="ligament", paint=_ligament, gloss=0.6, roughness=0.45, relief=1.0)
DUCT = Tissue(name="duct", paint=_vessel_wall((0.70, 0.58, 0.30)), gloss=0.9, roughness=0.35, relief=1.0)
ARTERY = Tissue(name="artery", paint=_vessel_wall((0.66, 0.16, 0.13)), gloss=0.9, roughness=0.35, relief=1.0)
VEIN = Tissue(name="vein", paint=_vessel_wall((0.32, 0.16, 0.24)), gloss=0.9, roughness=0.35, relief=1.0)
