"""A whole head on a grid: tissue, arteries and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.phantoms.curves import tube_distance, tube_share
from medview.phantoms.fields import Box, Field, WorkGrid
from medview.phantoms.head.arteries import Artery, draw_variant, grow_arteries
from medview.phantoms.head.cerebrum import base_height, callosal_rim, make_cerebrum
from medview.phantoms.head.cranium import Cranium, make_cranium
from medview.phantoms.head.deep import paint_deep
from medview.phantoms.head.face import paint_face, paint_sella_and_veins
from medview.phantoms.head.frame import HeadFrame, make_frame
from medview.phantoms.head.hindbrain import make_hindbrain
from medview.phantoms.mixture import Mixture
from medview.phantoms.shapes import fraction, smooth_step

DEFAULT_SPACING_MM = 0.8
BOUNDS_RAS = np.array([[-89.6, -123.0, -87.0], [89.6, 105.0, 97.0]])
VESSEL_SHEATH_MM = 1.3

#: Told the part done (0-1) and a few words; may raise to stop the work.
Progress = Callable[[float, str], None]


def tell_nobody(_fraction: float, _message: str) -> None:
    """Progress that nobody hears."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Head:
    """One synthetic head, or a slab of it, ready to be scanned.

    Args:
        seed: The number it was made from.
        geometry: Axis-aligned RAS grid of all arrays.
        tissue: Static tissue; what lies where the arteries run is what surrounds them.
        vessels: Share (I, J, K) of each voxel that modelled arteries take, 0 to 1.
        texture: Slow relative variation (I, J, K) of the signal of tissue, about 1.
        arteries: Centrelines and radii.
        variants: What was drawn of the anatomy, in words and numbers.
    """

    seed: int
    geometry: Geometry
    tissue: Mixture
    vessels: Field
    texture: Field
    arteries: tuple[Artery, ...]
    variants: dict[str, str | float]

    def vessel_mask(self) -> NDArray[np.uint8]:
        """Reference label: 1 where cerebral arteries take at least half of a voxel, else 0.

        Cerebral are those inside the dura, which swim in fluid: the circle of Willis, what feeds it
        from the supraclinoid carotid and the intracranial vertebral artery on, and its branches.
        Carotid and vertebral arteries in neck, bone and sinus are drawn but not labelled.
        """
        cerebral = [artery for artery in self.arteries if artery.in_cistern]
        return (artery_share(self.geometry, cerebral) >= 0.5).astype(np.uint8)

    def slab(self, first: int, last: int) -> Head:
        """Axial slices `first` up to but not including `last`, as views."""
        box = (slice(None), slice(None), slice(first, last))
        matrix = self.geometry.ras_from_ijk.copy()
        matrix[:3, 3] += first * matrix[:3, 2]
        vessels = self.vessels[box]
        return Head(
            seed=self.seed,
            geometry=Geometry((vessels.shape[0], vessels.shape[1], vessels.shape[2]), matrix),
            tissue=self.tissue.crop(box),
            vessels=vessels,
            texture=self.texture[box],
            arteries=self.arteries,
            variants=self.variants,
        )


def head_grid(spacing_mm: float, z_range_mm: tuple[float, float] | None = None) -> Geometry:
    """The grid that covers a head, or the slab of it between two heights."""
    lower, upper = BOUNDS_RAS.copy()
    if z_range_mm is not None:
        lower[2], upper[2] = max(lower[2], z_range_mm[0]), min(upper[2], z_range_mm[1])
    counts = np.maximum(np.rint((upper - lower) / spacing_mm).astype(int), 1)
    matrix = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    matrix[:3, 3] = lower + spacing_mm / 2
    return Geometry((int(counts[0]), int(counts[1]), int(counts[2])), matrix)


def head_frame(seed: int, grid: Geometry) -> HeadFrame:
    """Where canonical anatomy lies in the head of a seed, for those who paint more into it."""
    return make_frame(np.random.default_rng([seed, 0]), grid)


def make_head(
    seed: int,
    spacing_mm: float = DEFAULT_SPACING_MM,
    z_range_mm: tuple[float, float] | None = None,
    progress: Progress = tell_nobody,
) -> Head:
    """Make a head: the same bits for the same arguments, the same anatomy at every spacing.

    Args:
        seed: 0 or above.
        spacing_mm: Edge of the cubic voxels.
        z_range_mm: Heights (canonical origin near the anterior commissure) that the grid covers; the
            circle of Willis lies between about -30 and 5. None for the whole head.
        progress: Told how far the work is.
    """
    progress(0.0, "Growing arteries")
    streams = [np.random.default_rng([seed, part]) for part in range(6)]
    frame = head_frame(seed, head_grid(spacing_mm, z_range_mm))
    variant = draw_variant(streams[4])
    arteries = grow_arteries(frame, variant, streams[5])
    tissue = Mixture.of_air(frame.grid.fine.shape)
    progress(0.08, "Making skull and skin")
    cranium = make_cranium(frame, streams[1])
    progress(0.16, "Making skull and skin")
    inside = _paint_coverings(tissue, frame, cranium)
    progress(0.53, "Making the face")
    paint_face(tissue, frame, streams[1])
    progress(0.6, "Making the brain")
    widening = _paint_brain(tissue, frame, inside, streams[2])
    ventricles = paint_deep(tissue, frame, streams[3])
    paint_sella_and_veins(tissue, frame, streams[3])
    progress(0.97, "Making the brain")
    vessels = _run_arteries(tissue, frame.grid, arteries, inside)
    texture = frame.grid.refine(_texture(frame.grid, streams[3]))
    return Head(
        seed=seed,
        geometry=frame.grid.fine,
        tissue=tissue,
        vessels=vessels,
        texture=texture,
        arteries=arteries,
        variants={**variant.words, **ventricles, "sulcal_width_scale": round(widening, 3)},
    )


def _texture(grid: WorkGrid, rng: np.random.Generator) -> Field:
    return np.asarray(1 + 0.02 * grid.noise(rng, 45.0, 0.7) + 0.015 * grid.noise(rng, 9.0), np.float32)


def _paint_coverings(tissue: Mixture, frame: HeadFrame, cranium: Cranium) -> Field:
    """Paint from the skin inwards to the fluid under the dura; gives the cavity's signed distance."""
    grid, voxel = frame.grid, frame.grid.edge_mm
    surface, fat = grid.refine(cranium.surface), grid.refine(cranium.fat)
    tissue.paint("skin", fraction(surface, voxel))
    tissue.paint("fat", fraction(surface + np.float32(1.7), voxel))
    flesh = fraction(surface + np.float32(1.7) + fat, voxel)
    planes = grid.refine(np.asarray(cranium.planes, np.float32))
    tissue.paint("muscle", flesh)
    tissue.paint("fat", np.minimum(flesh, fraction(planes, voxel)))
    del surface, fat, flesh
    cavity, skull = grid.refine(cranium.cavity), grid.refine(cranium.skull)
    tissue.paint("cortical bone", fraction(cavity - skull, voxel))
    middle = np.abs(cavity - skull * np.float32(0.52)) - (skull * np.float32(0.5) - np.float32(1.75))
    tissue.paint("marrow", fraction(middle, voxel))
    tissue.paint("cortical bone", fraction(cavity - np.float32(1.1), voxel))
    return cavity


def _paint_brain(tissue: Mixture, frame: HeadFrame, cavity: Field, rng: np.random.Generator) -> float:
    """Paint fluid, dura, cerebrum and hindbrain; gives the widening of the sulci."""
    grid, voxel = frame.grid, frame.grid.edge_mm
    tissue.paint("csf", fraction(cavity, voxel))
    _paint_dura(tissue, frame, cavity)
    cerebrum = make_cerebrum(frame, rng)
    depth = cerebrum.refined(grid)
    tissue.paint("cortex", fraction(-depth, voxel))
    depth -= grid.refine(cerebrum.thickness)
    tissue.paint("white matter", fraction(-depth, voxel))
    hind = make_hindbrain(frame, rng)
    _paint_cerebellum(tissue, grid, hind.cerebellum, hind.fan, hind.core)
    tissue.paint("brainstem", fraction(grid.refine(hind.stem), voxel))
    return cerebrum.widening


def _paint_cerebellum(tissue: Mixture, grid: WorkGrid, hull: Field, fan: Field, core: Field) -> None:
    voxel = grid.edge_mm
    surface = grid.refine(hull)
    phase = grid.refine(fan)
    gap = np.abs(phase - np.rint(phase)) * np.float32(3.6)
    branch = np.float32(1.3) - np.abs(phase - np.floor(phase) - np.float32(0.5)) * np.float32(3.6)
    # every third fissure is deep
    third = np.abs(np.rint(phase) - 3 * np.rint(np.rint(phase) / 3)) < 0.5
    reach = np.where(third, np.float32(16), np.float32(6))
    fissure = gap - np.float32(0.3) + np.maximum(-surface - reach, 0) * np.float32(0.5)
    pia: Field = np.asarray(np.maximum(surface, -fissure), np.float32)
    tissue.paint("cerebellar cortex", fraction(pia, voxel))
    arbor = np.minimum(branch - np.float32(0.55), -surface - np.float32(3.0))
    white: Field = np.asarray(np.maximum(arbor, -grid.refine(core)), np.float32)
    tissue.paint("white matter", fraction(np.maximum(-white, surface), voxel))


def _paint_dura(tissue: Mixture, frame: HeadFrame, cavity: Field) -> None:
    """Dark sheets of dura: the falx from the vault to near the callosum, and the tentorium."""
    grid = frame.grid
    x, y, z = frame.canonical
    rim = np.maximum(14 - callosal_rim(frame.canonical) - 8 * smooth_step(-y, 0, 60), -6 - z)
    sheet: Field = np.asarray(np.abs(grid.refine(x)) - np.float32(0.45), np.float32)
    np.maximum(sheet, grid.refine(np.asarray(rim, np.float32)), out=sheet)
    np.minimum(sheet, _tentorium(frame), out=sheet)
    within: Field = np.asarray(np.maximum(sheet, cavity), np.float32)
    tissue.paint("dura", np.float32(0.7) * fraction(within, grid.edge_mm))


def _tentorium(frame: HeadFrame) -> Field:
    """Signed distance of the tent between cerebrum and cerebellum, open around the brainstem."""
    x, y, z = frame.canonical
    across = np.asarray(z - base_height(frame.canonical) + np.float32(1.6), np.float32)
    rim = np.maximum(y + 46 - 0.3 * np.abs(x), 10 - np.abs(x) - 0.3 * np.maximum(-60 - y, 0))
    beyond = frame.grid.refine(np.asarray(np.maximum(rim, 0), np.float32))
    return np.asarray(np.hypot(frame.grid.refine(across), beyond) - np.float32(0.5), np.float32)


def _run_arteries(tissue: Mixture, grid: WorkGrid, arteries: tuple[Artery, ...], cavity: Field) -> Field:
    """Clear fluid around arteries that swim in it, then give the share that arteries take."""
    vessels = np.zeros(grid.fine.shape, np.float32)
    voxel = grid.voxel_mm
    for artery in arteries:
        reach = VESSEL_SHEATH_MM + 1.5 * voxel
        kept = _thinned(len(artery.points), voxel)
        distance, box = tube_distance(grid.fine, artery.points[kept], artery.radii[kept], reach)
        if distance.size == 0:
            continue
        if artery.in_cistern:
            _clear(tissue, distance, cavity[box], voxel, box)
        share = tube_share(distance, float(np.median(artery.radii)), voxel)
        np.maximum(vessels[box], share, out=vessels[box])
    return vessels


def artery_share(geometry: Geometry, arteries: Sequence[Artery]) -> Field:
    """Share (I, J, K) of each voxel of a cubic grid that some arteries take, 0 to 1."""
    shares = np.zeros(geometry.shape, np.float32)
    voxel = geometry.spacing_mm[0]
    for artery in arteries:
        kept = _thinned(len(artery.points), voxel)
        distance, box = tube_distance(geometry, artery.points[kept], artery.radii[kept], 1.5 * voxel)
        if distance.size:
            share = tube_share(distance, float(np.median(artery.radii)), voxel)
            np.maximum(shares[box], share, out=shares[box])
    return shares


def _thinned(count: int, voxel_mm: float) -> NDArray[np.intp]:
    """Points of a centreline that are worth drawing on coarse voxels: both ends and every so many."""
    pieces = max(1, round((count - 1) / max(1.0, voxel_mm / 0.8)))
    return np.rint(np.linspace(0, count - 1, pieces + 1)).astype(np.intp)


def _clear(tissue: Mixture, distance: Field, cavity: Field, voxel_mm: float, box: Box) -> None:
    sheath = fraction(distance - np.float32(VESSEL_SHEATH_MM), voxel_mm)
    tissue.paint("csf", np.minimum(sheath, fraction(cavity, voxel_mm)), box)
