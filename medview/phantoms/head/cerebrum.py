"""The cerebrum: hull, fissures, and a cortex folded along the zero sheets of band-limited noise.

The zero set of noise around one wavelength is a maze of sheets half a wavelength apart. Taken as
sulci, cut off at a varying depth below the hull, and held perpendicular to the hull by sampling the
noise near the surface, the sheets leave ridges of the width and winding of gyri.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.phantoms.fields import Field, WorkGrid
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import (
    Mesh,
    capsules,
    ellipsoid,
    smooth_step,
    soft_cut,
    soft_union,
    superellipsoid,
)

FOLD_WAVELENGTH_MM = 20.5
CORTEX_MM = 2.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """A thin sulcus: signed distance across it, and distance beyond its rim (0 within)."""

    across: Field
    beyond: Field
    half_width: Field

    def refined(self, grid: WorkGrid) -> Field:
        """Distance from the sulcus's wall on the fine grid; negative within its fluid."""
        gap = np.hypot(grid.refine(self.across), np.maximum(grid.refine(self.beyond), 0))
        return np.asarray(gap - grid.refine(self.half_width))

    def coarse(self) -> Field:
        """The same on the coarse grid."""
        return np.asarray(np.hypot(self.across, np.maximum(self.beyond, 0)) - self.half_width)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cerebrum:
    """Coarse fields from which cortex is painted.

    Args:
        depth: Distance below the smooth hull, positive inside.
        sheets: Fissures and the maze of sulci.
        thickness: Thickness of the cortex.
        widening: Factor on the width of sulci: below 1 tight and young, above 1 shrunken.
    """

    depth: Field
    sheets: tuple[Sheet, ...]
    thickness: Field
    widening: float

    def refined(self, grid: WorkGrid) -> Field:
        """Distance below the folded surface on the fine grid; negative in fluid."""
        inside = grid.refine(self.depth)
        for sheet in self.sheets:
            np.minimum(inside, sheet.refined(grid), out=inside)
        return inside


def cerebral_shell(mesh: Mesh) -> Field:
    """Signed distance of the egg that both hemispheres fill, without its base."""
    x, y, z = mesh
    narrow = 1 + np.float32(0.13) * smooth_step(y, -15, 75)
    return superellipsoid((x * narrow, y, z), (0, -18, 11), (69, 87.5, 64), 2.12)


def base_height(mesh: Mesh) -> Field:
    """Height of the under surface of the hemispheres: orbital roof, hypothalamus, tentorium."""
    x, y, _ = mesh
    aside = np.abs(x)
    frontal = -20 + 6.5 * np.minimum(aside / 34, 1.2) ** 2
    ridge = 15 * np.exp(-((aside / 14) ** 2)) * smooth_step(y, -100, -52)
    tent = -13 + ridge - 0.12 * np.maximum(-55 - y, 0)
    middle = np.full_like(x, -14.5)
    front = smooth_step(y, 6, 16)
    back = smooth_step(y, -34, -48)
    return np.asarray(front * frontal + back * tent + (1 - front - back) * middle, np.float32)


def temporal_lobes(mesh: Mesh) -> Field:
    """Signed distance of both temporal lobes with the hippocampal bodies on their inner side."""
    x, y, z = mesh
    folded = (np.abs(x), y, z)
    lobe = capsules(folded, [(42, 8, -28), (48, -15, -24), (50, -45, -12)], [15, 18, 21])
    inner = capsules(folded, [(26, 0, -22), (26, -18, -19), (28, -36, -13)], [8, 8, 10])
    return soft_union(lobe, inner, 5)


def basal_cisterns(mesh: Mesh) -> Field:
    """Signed distance of the pools that hold the arteries: suprasellar, sylvian stem, ambient."""
    x, y, z = mesh
    folded = (np.abs(x), y, z)
    stem = capsules(folded, [(8, 4, -15), (20, 4, -14), (34, 3, -10), (37, 0, -5)], [5, 4, 3.2, 2.4])
    suprasellar = ellipsoid(mesh, (0, 2, -23), (12, 10, 8))
    ambient = capsules(
        folded, [(9, -15, -18), (17, -24, -14), (18.5, -34, -9), (14, -46, -1)], [3, 2.6, 2.6, 3]
    )
    front = capsules(folded, [(9, 6, -14), (3, 12, -12), (1, 18, -9)], [3.5, 3.5, 2.5])
    return np.minimum(np.minimum(stem, suprasellar), np.minimum(ambient, front))


def callosal_rim(mesh: Mesh) -> Field:
    """Distance outside the midline oval that both hemispheres share: callosum and what it spans."""
    _, y, z = mesh
    oval = np.sqrt(((y + 4) / 37) ** 2 + ((z - 4) / 24) ** 2)
    return np.asarray((oval - 1) * 28, np.float32)


def make_cerebrum(frame: HeadFrame, rng: np.random.Generator) -> Cerebrum:
    """Fold a cerebrum into a frame."""
    mesh, grid = frame.canonical, frame.grid
    body = soft_cut(cerebral_shell(mesh), base_height(mesh) - mesh[2], 3)
    hull = -soft_union(body, temporal_lobes(mesh), 3) + np.float32(0.7) * grid.noise(rng, 17.0)
    hull = np.minimum(hull, basal_cisterns(mesh))
    fissures = (_falx_sheet(mesh), *_sylvian_sheets(mesh, grid, rng))
    depth = hull
    for sheet in fissures:
        depth = np.minimum(depth, sheet.coarse())
    widening = float(rng.uniform(0.75, 1.45))
    maze = _sulcal_maze(frame, depth, rng, widening)
    thickness = np.clip(CORTEX_MM + 0.3 * grid.noise(rng, 30.0), 2.0, 3.5)
    return Cerebrum(
        depth=hull, sheets=(*fissures, maze), thickness=np.asarray(thickness, np.float32), widening=widening
    )


def _falx_sheet(mesh: Mesh) -> Sheet:
    widen = 0.6 + 0.8 * smooth_step(cerebral_shell(mesh), -12, 0)
    return Sheet(across=mesh[0], beyond=-callosal_rim(mesh), half_width=np.asarray(widen, np.float32))


def _sylvian_sheets(mesh: Mesh, grid: WorkGrid, rng: np.random.Generator) -> tuple[Sheet, Sheet]:
    x, y, z = mesh
    aside = np.abs(x)
    line = np.asarray(-9 + (14 - y) * 0.42 + 1.2 * grid.noise(rng, 35.0), np.float32)
    wall = np.asarray(
        37.5 + 0.9 * grid.noise(rng, 22.0) + 1.5 * smooth_step(y, 12, -22) - 0.012 * (z - 4) ** 2, np.float32
    )
    wide = np.asarray(0.9 + 0.35 * grid.noise(rng, 40.0), np.float32)
    lateral = np.maximum(np.maximum(wall - aside, -40 - y), y - 17)
    above, below = z - (line + 15), (line - 6) - z
    insular = np.maximum(np.maximum(above, below), np.maximum(-27 - y, y - 17))
    return (
        Sheet(
            across=z - line,
            beyond=lateral,
            half_width=np.clip(wide + 0.04 * (aside - 40).clip(0, 12), 0.4, 3),
        ),
        Sheet(across=aside - wall, beyond=insular, half_width=np.clip(wide + 0.4, 0.6, 2)),
    )


def _sulcal_maze(frame: HeadFrame, depth: Field, rng: np.random.Generator, widening: float) -> Sheet:
    grid = frame.grid
    folds = _held_to_surface(grid, depth, grid.noise(rng, FOLD_WAVELENGTH_MM, 0.22))
    slope = np.sqrt(sum(part * part for part in grid.gradient(folds)))
    usual = np.float32(2 * np.pi / FOLD_WAVELENGTH_MM)
    across = folds / np.sqrt(slope * slope + (0.35 * usual) ** 2)
    # where the nearest surface changes sides the lifted noise is torn: no sulcus may follow the tear
    torn = 25 * np.maximum(slope / usual - 1.7, 0)
    core = ellipsoid(frame.canonical, (0, -10, 7), (33, 46, 25))
    reach = np.clip(16 + 6 * grid.noise(rng, 28.0), 4, 27)
    opening = 0.12 + widening * np.exp(-np.maximum(depth, 0) / 3.5) + 0.15 * grid.noise(rng, 30.0)
    return Sheet(
        across=np.asarray(across, np.float32),
        beyond=np.asarray(np.maximum(depth - reach + torn, 1 - core), np.float32),
        half_width=np.asarray(np.clip(opening, 0.1, 3), np.float32),
    )


def _held_to_surface(grid: WorkGrid, depth: Field, noise: Field) -> Field:
    """Sample noise near the surface that each point lies under, so that its sheets run inward."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    smooth = gaussian_filter(depth, 1.0)
    slope = grid.gradient(smooth)
    size = np.sqrt(sum(part * part for part in slope)) + np.float32(0.15)
    lift = np.clip(smooth - 5, -6, 18) * np.float32(0.85)
    index = [
        np.arange(n, dtype=np.float32).reshape([-1 if a == b else 1 for b in range(3)])
        - lift * s / size / grid.step_mm
        for a, (n, s) in enumerate(zip(grid.shape, slope, strict=True))
    ]
    return np.asarray(map_coordinates(noise, index, order=3, mode="nearest"), np.float32)
