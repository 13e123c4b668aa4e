"""The box around the brain: its cavity, skull, scalp, face and neck as signed distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.phantoms.fields import Field, WorkGrid
from medview.phantoms.head.cerebrum import base_height, cerebral_shell, temporal_lobes
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.head.hindbrain import cerebellum
from medview.phantoms.shapes import (
    Mesh,
    capsules,
    ellipsoid,
    smooth_step,
    soft_cut,
    soft_union,
    superellipsoid,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cranium:
    """Coarse fields of what surrounds the brain.

    Args:
        cavity: Signed distance of the room inside the dura.
        skull: Thickness of the bone around it.
        surface: Signed distance of the skin.
        fat: Depth at which fat under the skin ends.
        planes: Distance from the sheets of fat between muscles.
    """

    cavity: Field
    skull: Field
    surface: Field
    fat: Field
    planes: Field


def cranial_cavity(mesh: Mesh) -> Field:
    """Signed distance of the room inside the dura; fluid fills what the brain leaves of it."""
    z = mesh[2]
    vault = soft_cut(cerebral_shell(mesh) - 1.2, base_height(mesh) - 2 - z, 4)
    below = soft_union(temporal_lobes(mesh) - 0.9, cerebellum(mesh) - 0.9, 3)
    stem = capsules(
        mesh,
        [(0, -24, -10), (0, -24, -36), (0, -37, -62), (0, -45, -78), (0, -51, -112)],
        [18.5, 16.2, 11.5, 9.5, 9],
    )
    suprasellar = ellipsoid(mesh, (0, 1, -19), (16, 13, 8.5))
    tent = ellipsoid(mesh, (0, -68, -9), (48, 32, 13))
    tent = soft_union(tent, ellipsoid(mesh, (0, -38, -12), (31, 18, 14)), 4)
    return soft_union(soft_union(vault, below, 3), soft_union(soft_union(stem, suprasellar, 4), tent, 3), 3)


def make_cranium(frame: HeadFrame, rng: np.random.Generator) -> Cranium:
    """Shape skull, face and neck in a frame."""
    mesh, grid = frame.canonical, frame.grid
    cavity = cranial_cavity(mesh)
    y, z = mesh[1], mesh[2]
    thick = 6.3 + 0.7 * grid.noise(rng, 45.0) + 1.6 * smooth_step(y, -85, -105)
    at_base = smooth_step(z, -8, -22) * smooth_step(y, -2, 12)
    thick = thick * (1 - 0.55 * at_base)
    return Cranium(
        cavity=cavity,
        skull=np.asarray(thick, np.float32),
        surface=_head_surface(mesh) + np.float32(0.25) * grid.noise(rng, 60.0),
        fat=np.asarray(4.6 + 0.6 * grid.noise(rng, 40.0) + 1.5 * smooth_step(z, -35, -60), np.float32),
        planes=_planes(grid, rng),
    )


def _planes(grid: WorkGrid, rng: np.random.Generator) -> Field:
    """Distance to sheets that part muscles: the zero set of slow noise, thicker here and there."""
    sheets = grid.noise(rng, 26.0, 0.35)
    slope = np.sqrt(sum(part * part for part in grid.gradient(sheets)))
    across = np.abs(sheets) / (slope + np.float32(0.06))
    return np.asarray(across - 0.3 - 0.7 * np.maximum(grid.noise(rng, 30.0), -0.3), np.float32)


def _head_surface(mesh: Mesh) -> Field:
    x, y, z = mesh
    folded = (np.abs(x), y, z)
    narrow = 1 + np.float32(0.09) * smooth_step(y, -15, 75)
    scalp = superellipsoid((x * narrow, y, z), (0, -18, 11), (83, 101.5, 78), 2.1)
    temple = ellipsoid(folded, (46, 12, -20), (29, 46, 44))
    face = ellipsoid(mesh, (0, 30, -57), (69, 58, 84))
    brow = ellipsoid(mesh, (0, 52, -14), (56, 36, 26))
    nose = capsules(mesh, [(0, 78, -20), (0, 84, -40), (0, 91, -58)], [5, 7, 10])
    neck = capsules(mesh, [(0, -42, -60), (0, -40, -120)], [62, 60])
    occiput = ellipsoid(mesh, (0, -56, -30), (69, 60, 45))
    whole = soft_union(soft_union(scalp, temple, 8), soft_union(face, brow, 8), 8)
    whole = soft_union(soft_union(whole, occiput, 8), neck, 10)
    return soft_union(soft_union(whole, nose, 8), _ears(folded), 3)


def _ears(folded: Mesh) -> Field:
    rim = ellipsoid(
        (folded[0] + np.float32(0.3) * folded[1], folded[1], folded[2]), (70, -28, -28), (6, 15, 26)
    )
    bowl = ellipsoid(
        (folded[0] + np.float32(0.3) * folded[1], folded[1], folded[2]), (76, -25, -29), (4.5, 9, 17)
    )
    return np.maximum(rim, -bowl)
