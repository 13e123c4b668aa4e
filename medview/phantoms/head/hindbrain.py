"""Brainstem and cerebellum: solids, and the folia that fan out around the fourth ventricle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.phantoms.fields import Field
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Mesh, capsules, ellipsoid, soft_union


@dataclass(frozen=True, eq=False, kw_only=True)
class Hindbrain:
    """Coarse fields of the hindbrain.

    Args:
        stem: Signed distance of midbrain, pons, medulla and cord.
        cerebellum: Signed distance of the cerebellum.
        fan: Phase of the folia; a fissure at each integer.
        core: Signed distance of the white matter of the cerebellum.
    """

    stem: Field
    cerebellum: Field
    fan: Field
    core: Field


def brainstem(mesh: Mesh) -> Field:
    """Signed distance of the brainstem with its peduncles."""
    x, y, z = mesh
    folded = (np.abs(x), y, z)
    tegmentum = ellipsoid(mesh, (0, -28, -13), (13.5, 10, 13))
    peduncle = capsules(folded, [(14, -13, -4), (10, -18, -13), (7, -19, -26)], [6, 5.5, 6])
    midbrain = soft_union(tegmentum, peduncle, 2)
    pons = ellipsoid(mesh, (0, -24.5, -36), (17.5, 13, 13))
    tail = capsules(mesh, [(0, -33, -50), (0, -37, -62), (0, -44, -78), (0, -50, -110)], [8.5, 8, 6.5, 6])
    arm = capsules(folded, [(12, -28, -36), (21, -42, -37)], [7, 6])
    return soft_union(soft_union(soft_union(midbrain, pons, 2), tail, 3), arm, 3)


def cerebellum(mesh: Mesh) -> Field:
    """Signed distance of the cerebellum: two hemispheres and the vermis."""
    x, y, z = mesh
    lowered = np.asarray(z + np.float32(0.10) * np.abs(x), np.float32)
    aside = np.asarray(np.abs(x), np.float32)
    lobe = ellipsoid((aside, y, lowered), (25, -63, -32), (29, 26, 23))
    vermis = ellipsoid(mesh, (0, -62, -25), (13, 24, 22))
    culmen = ellipsoid((aside, y, z), (12, -51, -16), (14, 12, 11))
    return soft_union(soft_union(lobe, vermis, 4), culmen, 4)


def make_hindbrain(frame: HeadFrame, rng: np.random.Generator) -> Hindbrain:
    """Shape a hindbrain in a frame."""
    x, y, z = mesh = frame.canonical
    grid = frame.grid
    hull = cerebellum(mesh) + np.float32(0.5) * grid.noise(rng, 25.0)
    bow = np.float32(0.014) * x * x
    forward, upward = y + 44 - bow, z + 31
    angle = np.arctan2(upward, -forward + 6)
    reach = np.hypot(forward, upward)
    fan = angle * np.float32(9.5) + np.float32(0.13) * reach + np.float32(0.25) * grid.noise(rng, 22.0)
    core = capsules((np.abs(x), y, z), [(0, -52, -30), (14, -54, -33), (24, -60, -35)], [5, 8, 6])
    return Hindbrain(
        stem=brainstem(mesh) + np.float32(0.4) * grid.noise(rng, 25.0),
        cerebellum=hull,
        fan=np.asarray(fan, np.float32),
        core=core,
    )
