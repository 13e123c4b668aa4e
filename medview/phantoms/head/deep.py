"""What lies deep in the brain: ventricles, basal ganglia, callosum, iron-rich nuclei."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.phantoms.curves import smooth_curve, tube_distance
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.mixture import Mixture
from medview.phantoms.shapes import Point, fraction

Squash = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Rod:
    """A bent rod of tissue on both sides (or in the middle), in canonical millimetres.

    Args:
        tissue: Name of what it is made of.
        points: Control points of the right one.
        radii: Radius at each.
        squash: Factor on distances along x, y, z; above 1 narrows.
        paired: Whether there is a left one too.
    """

    tissue: str
    points: tuple[Point, ...]
    radii: tuple[float, ...]
    squash: Squash = (1.0, 1.0, 1.0)
    paired: bool = True


CALLOSUM = Rod(
    tissue="white matter",
    points=(
        (0, 21, -5),
        (0, 28, 0),
        (0, 29, 9),
        (0, 22, 19),
        (0, 4, 25),
        (0, -18, 25),
        (0, -34, 19),
        (0, -39, 12),
    ),
    radii=(1.8, 3.0, 5.2, 3.6, 3.0, 3.0, 4.2, 5.0),
    squash=(0.3, 1.0, 1.0),
    paired=False,
)
NUCLEI = (
    Rod(
        tissue="putamen",
        points=((22, 17, 2), (26, 4, 2), (29, -12, 3)),
        radii=(6, 7.5, 3.5),
        squash=(1.35, 1, 0.75),
    ),
    Rod(tissue="pallidum", points=((16, 6, -1), (20, -4, 0)), radii=(3.5, 4.8), squash=(1.15, 0.9, 0.8)),
    Rod(
        tissue="thalamus",
        points=((7, -8, 4), (9.5, -16, 5), (14.5, -25, 5)),
        radii=(6, 9.5, 7.5),
        squash=(1.0, 1, 0.85),
    ),
    Rod(tissue="thalamus", points=((4, 3, -9), (4.5, -7, -8)), radii=(4.5, 5), squash=(1.1, 1, 0.9)),
    Rod(
        tissue="caudate",
        points=(
            (12, 18, -3),
            (13.5, 19, 5),
            (14.5, 10, 13),
            (18.5, -6, 20),
            (22, -22, 19),
            (28, -38, 8),
            (33, -30, -9),
        ),
        radii=(5.5, 6.8, 5.0, 3.4, 2.6, 1.8, 1.2),
    ),
    Rod(
        tissue="cortex",
        points=((24, -2, -19), (29, -14, -18), (28, -26, -12), (22, -36, -2)),
        radii=(5, 4.2, 3.8, 3),
    ),
    Rod(tissue="iron-rich nucleus", points=((4.5, -20, -9), (5, -21, -11)), radii=(2.8, 2.8)),
    Rod(tissue="iron-rich nucleus", points=((6, -14.5, -13), (12, -19, -9)), radii=(1.3, 1.7)),
    Rod(tissue="iron-rich nucleus", points=((12, -55, -34), (19, -60, -36)), radii=(3, 2.4)),
    Rod(tissue="iron-rich nucleus", points=((9, -13, -4), (13, -17, -5)), radii=(2.2, 1.8)),
)
LATERAL_VENTRICLE = (
    Rod(
        tissue="csf",
        points=(
            (5.0, 27, 0),
            (5.6, 22, 6),
            (5.2, 8, 13.5),
            (6.3, -9, 18),
            (14.5, -25, 18.5),
            (21, -38, 11),
            (24, -47, 6),
            (21, -64, 4),
        ),
        radii=(4.0, 6.2, 5.2, 5.2, 5.6, 6.4, 4.5, 1.2),
        squash=(1.25, 1, 0.85),
    ),
    Rod(
        tissue="csf",
        points=((23, -40, 9), (31, -38, -2), (34, -28, -11), (32, -15, -15), (29, -6, -17)),
        radii=(5.0, 3.4, 2.2, 2.0, 1.8),
    ),
)
MIDLINE_VENTRICLES = (
    Rod(
        tissue="csf",
        points=((0, 4, -8), (0, -8, 0), (0, -20, 4), (0, -27, 0)),
        radii=(7, 8, 8, 5),
        squash=(4.4, 1, 1),
        paired=False,
    ),
    Rod(
        tissue="csf", points=((0, -27, 0), (0, -31, -10), (0, -36, -22)), radii=(1.1, 0.9, 1.2), paired=False
    ),
    Rod(
        tissue="csf",
        points=((0, -37, -23), (0, -42, -33), (0, -43, -41), (0, -42, -52)),
        radii=(2, 6.5, 5, 1.5),
        squash=(0.75, 1.5, 1),
        paired=False,
    ),
)
FORNIX = (
    Rod(
        tissue="white matter",
        points=((2.2, 3, -4), (2.2, 4, 8), (2.5, -8, 14), (4, -24, 15), (12, -34, 9)),
        radii=(1.3, 1.6, 2, 1.8, 1.4),
    ),
    Rod(
        tissue="white matter",
        points=((0, 24, 6), (0, 12, 13), (0, 0, 17)),
        radii=(4, 5, 3),
        squash=(6, 1, 1),
        paired=False,
    ),
)


def paint_deep(tissue: Mixture, frame: HeadFrame, rng: np.random.Generator) -> dict[str, float]:
    """Paint nuclei, callosum and ventricles; gives the size factor of each lateral ventricle."""
    size = rng.uniform(0.9, 1.12)
    left, right = size * rng.uniform(1.06, 1.2), size * rng.uniform(0.88, 0.99)
    paint_rod(tissue, frame, CALLOSUM, rng)
    for rod in LATERAL_VENTRICLE:
        paint_rod(tissue, frame, rod, rng, sides={-1: left, 1: right})
    for rod in NUCLEI:
        paint_rod(tissue, frame, rod, rng)
    for rod in (*MIDLINE_VENTRICLES, *FORNIX):
        paint_rod(tissue, frame, rod, rng)
    return {"left_lateral_ventricle_scale": round(left, 3), "right_lateral_ventricle_scale": round(right, 3)}


def paint_rod(
    tissue: Mixture,
    frame: HeadFrame,
    rod: Rod,
    rng: np.random.Generator,
    sides: dict[int, float] | None = None,
) -> None:
    """Paint a rod on each of its sides, with a small random bend.

    Args:
        tissue: The grid to paint on.
        frame: Where canonical positions lie.
        rod: What to paint.
        rng: Source of the bend.
        sides: Size factor by side (-1 left, 1 right), where they differ.
    """
    grow = sides or ({-1: 1.0, 1: 1.0} if rod.paired else {1: 1.0})
    for side, scale in grow.items():
        jitter = rng.normal(0, 0.35, (len(rod.points), 3)) * ((1, 1, 1) if rod.paired else (0, 1, 1))
        points = frame.to_patient(np.asarray(rod.points) * (side, 1, 1) + jitter)
        curve, radii = smooth_curve(points, [r * scale for r in rod.radii], 1.5)
        distance, box = tube_distance(frame.grid.fine, curve, radii, frame.grid.edge_mm, rod.squash)
        tissue.paint(rod.tissue, fraction(distance, frame.grid.edge_mm), box)
