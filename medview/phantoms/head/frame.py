"""The frame of one head: pose, size, asymmetry and shape, as a map between patient and canonical mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.phantoms.fields import Box, Field, WorkGrid

FIRST_RAS = (-93.6, -133.2, -96.0)
COARSE_SHAPE = (80, 100, 84)
COARSE_STEP_MM = 2.4


@dataclass(frozen=True, eq=False)
class HeadFrame:
    """Where canonical anatomy lies in the patient.

    Args:
        grid: The coarse grid, in patient millimetres.
        canonical: Canonical x, y, z (millimetres) of every coarse sample.
    """

    grid: WorkGrid
    canonical: tuple[Field, Field, Field]

    def refined(self, box: Box | None = None) -> tuple[Field, Field, Field]:
        """Canonical x, y, z of the fine voxels, or of those in a box."""
        x, y, z = self.canonical
        return self.grid.refine(x, box), self.grid.refine(y, box), self.grid.refine(z, box)

    def to_patient(self, canonical: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient positions (N, 3) of canonical positions (N, 3), by fixed-point iteration."""
        at = np.array(canonical, dtype=np.float64)
        for _ in range(6):
            here = np.stack([self.grid.at(axis, at) for axis in self.canonical], axis=1)
            at += canonical - here
        return at


def make_frame(rng: np.random.Generator, fine: Geometry) -> HeadFrame:
    """Draw a head's pose (up to some 4 degrees and 3 mm), size, torque and gentle warp.

    The torque (Yakovlev's: right frontal and left occipital poles protrude) and a slow random
    displacement make left and right differ, so that a mirrored head can be told from a true one.
    """
    grid = WorkGrid(FIRST_RAS, COARSE_SHAPE, COARSE_STEP_MM, fine)
    mesh = grid.mesh()
    turned = _pose(mesh, rng)
    scale = 1 + np.clip(rng.normal(0, 0.025, 3), -0.06, 0.04)
    x, y, z = (axis / np.float32(s) for axis, s in zip(turned, scale, strict=True))
    y = y - np.float32(rng.uniform(0.03, 0.055)) * x
    x = x + np.float32(rng.uniform(1.2, 2.4)) * np.tanh((y + 30) / 40) * np.exp(-((x / 30) ** 2))
    bends = [1.3 * grid.noise(rng, 75.0, 0.4) for _ in range(3)]
    x, y, z = (np.asarray(axis + bend, np.float32) for axis, bend in zip((x, y, z), bends, strict=True))
    return HeadFrame(grid, (x, y, z))


def _pose(mesh: tuple[Field, Field, Field], rng: np.random.Generator) -> list[Field]:
    pitch, roll, yaw = np.radians(np.clip(rng.normal(0, (2.5, 1.5, 1.5)), -5, 5))
    shift = np.clip(rng.normal(0, (1.2, 1.5, 1.5)), -3, 3)
    cx, sx, cy, sy, cz, sz = (f(a) for a in (pitch, roll, yaw) for f in (np.cos, np.sin))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turn = (about_z @ about_y @ about_x).astype(np.float32)
    moved = [axis - np.float32(s) for axis, s in zip(mesh, shift, strict=True)]
    return [np.asarray(sum(turn[r, c] * moved[c] for c in range(3)), np.float32) for r in range(3)]
