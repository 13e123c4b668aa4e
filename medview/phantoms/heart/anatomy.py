"""A heart in its chest, cut into short-axis slices: the share of every tissue in every voxel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.heart.chest import Chest, chest_layers, draw_chest
from medview.phantoms.heart.frame import (
    FIELD_OF_VIEW_MM,
    HeartFrame,
    ShortAxisStack,
    make_frame,
    make_stack,
)
from medview.phantoms.heart.infarct import (
    Infarct,
    centrality,
    draw_infarct,
    infarct_distances,
    thinning_at,
)
from medview.phantoms.heart.tissues import NUMBER
from medview.phantoms.heart.ventricles import (
    Heart,
    Wall,
    aortic_root,
    atria,
    draw_heart,
    hull,
    papillary_muscles,
    right_ventricle,
    wall_at,
)
from medview.phantoms.shapes import fraction, smooth_step

Field = NDArray[np.float32]
Progress = Callable[[float, str], None]
SAMPLES = 5
"""Places across the thickness of a slice at which anatomy is looked up."""
LABELS = ("background", "LV cavity", "normal myocardium", "infarction", "no-reflow")


@dataclass(frozen=True, eq=False, kw_only=True)
class ShortAxisHeart:
    """A heart and chest as a stack of slices.

    Args:
        seed: The number it was made from.
        heart: Its measures.
        chest: The chest's.
        infarct: The infarct, if any.
        stack: How the slices lie.
        shares: (tissues, I, J, K) share of every tissue of `ENHANCED`, summing to 1.
        labels: (I, J, K) label values 0 to 4: what takes the largest share.
    """

    seed: int
    heart: Heart
    chest: Chest
    infarct: Infarct | None
    stack: ShortAxisStack
    shares: Field
    labels: NDArray[np.uint8]


def make_heart(
    seed: int,
    *,
    pixel_mm: float = 1.4,
    thickness_mm: float = 8.0,
    gap_mm: float = 2.0,
    field_mm: float = FIELD_OF_VIEW_MM,
    breathing_mm: float = 2.0,
    progress: Progress = lambda _part, _words: None,
) -> ShortAxisHeart:
    """Make the heart of a seed.

    Args:
        seed: Another number is another patient; the anatomy does not depend on the slices.
        pixel_mm: Of the slices, in plane.
        thickness_mm: Of a slice.
        gap_mm: Between slices.
        field_mm: Edge of the field of view; smaller is faster.
        breathing_mm: How far the heart moves between slices.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.
    """
    rng = np.random.default_rng([seed, 31])
    frame, heart, chest = make_frame(rng), draw_heart(rng), draw_chest(rng)
    infarct = draw_infarct(rng, heart.length)
    stack = make_stack(
        frame,
        np.random.default_rng([seed, 32]),
        pixel_mm=pixel_mm,
        thickness_mm=thickness_mm,
        gap_mm=gap_mm,
        field_mm=field_mm,
        breathing_mm=breathing_mm,
    )
    shares = np.empty((len(NUMBER), *stack.shape), np.float32)
    labels = np.empty(stack.shape, np.uint8)
    for k in range(stack.shape[2]):
        progress(k / stack.shape[2], f"Cutting slice {k + 1} of {stack.shape[2]}")
        shares[..., k], parts = _slice(frame, heart, chest, infarct, stack, k)
        labels[..., k] = np.argmax(parts, axis=0)
    return ShortAxisHeart(
        seed=seed, heart=heart, chest=chest, infarct=infarct, stack=stack, shares=shares, labels=labels
    )


class _Canvas:
    """Shares of numbered things at some places; each coat covers what lies below it."""

    def __init__(self, count: int, shape: tuple[int, ...]) -> None:
        self.shares = np.zeros((count, *shape), np.float32)
        self.shares[0] = 1

    def coat(self, number: int, cover: Field) -> None:
        """Lay one thing over all, where `cover` (0 to 1) is above 0."""
        where = cover > 0
        self.shares[:, where] *= 1 - cover[where]
        self.shares[number][where] += cover[where]

    def mean(self) -> Field:
        """Shares averaged over the first of the places' axes: the thickness of a slice."""
        return np.asarray(self.shares.mean(axis=1), np.float32)


def _slice(
    frame: HeartFrame, heart: Heart, chest: Chest, infarct: Infarct | None, stack: ShortAxisStack, k: int
) -> tuple[Field, Field]:
    """Shares (tissues, I, J) and shares of labels (5, I, J) of one slice."""
    points = stack.points(k, SAMPLES)
    moved = points - stack.offset_ras[k].astype(np.float32)
    at = frame.local(moved)
    pixel_mm = float(np.linalg.norm(stack.ras_from_ijk[:3, 0]))
    tissue, label = (_Canvas(count, points.shape[:3]) for count in (len(NUMBER), len(LABELS)))
    under = at[1] + np.float32(heart.radius + heart.wall + 7)
    mesh = (points[..., 0], points[..., 1], moved[..., 2])
    for name, distance in chest_layers(chest, mesh, under):
        tissue.coat(NUMBER[name], fraction(distance, pixel_mm))
    _coat_heart(heart, infarct, at, tissue, label, pixel_mm)
    return tissue.mean(), label.mean()


def _coat_heart(
    heart: Heart,
    infarct: Infarct | None,
    at: tuple[Field, Field, Field],
    tissue: _Canvas,
    label: _Canvas,
    pixel_mm: float,
) -> None:
    t = at[2]
    below_base = smooth_step(t, -1, 1)
    inside = None if infarct is None else centrality(infarct, np.arctan2(at[1], at[0]), t)
    thin = None if infarct is None or inside is None else thinning_at(infarct, inside)
    wall = wall_at(heart, at, thin)
    right = right_ventricle(heart, at, wall)

    def coat(name: str, distance: Field, part: Field | float = 1.0) -> Field:
        cover = np.asarray(fraction(distance, pixel_mm) * part, np.float32)
        tissue.coat(NUMBER[name], cover)
        return cover

    coat("fat", hull(heart, wall, right, at))
    coat("myocardium", right - np.float32(3.0), smooth_step(t, -16, -14))
    coat("myocardium", atria(heart, at) - np.float32(2.0))
    coat("blood", right)
    coat("blood", atria(heart, at))
    label.coat(2, coat("myocardium", wall.outer.copy(), below_base))
    _coat_infarct(infarct, wall, t, below_base, coat, label)
    label.coat(1, coat("blood", wall.inner.copy(), below_base))
    root = aortic_root(heart, at)
    coat("myocardium", root - np.float32(1.5), 1 - below_base)
    inside_epicardium = below_base * (wall.outer < 0)
    label.coat(1, np.asarray(coat("blood", root) * inside_epicardium, np.float32))
    # papillary muscles count as cavity
    coat("myocardium", np.maximum(papillary_muscles(heart, at), wall.inner - np.float32(1.0)), below_base)


def _coat_infarct(
    infarct: Infarct | None,
    wall: Wall,
    t: Field,
    below_base: Field,
    coat: Callable[[str, Field, Field], Field],
    label: _Canvas,
) -> None:
    if infarct is None:
        return
    whole, core = infarct_distances(infarct, wall, t)
    whole = np.maximum(whole, wall.outer)
    label.coat(3, coat("infarct", whole, below_base))
    if infarct.has_core:
        label.coat(4, coat("no-reflow", np.maximum(core, wall.outer), below_base))
