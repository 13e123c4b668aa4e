"""Eyes, orbits, air spaces, teeth-bearing bone, and the great veins of the dura."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medview.phantoms.fields import box_around
from medview.phantoms.head.deep import Rod, paint_rod
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.mixture import Mixture
from medview.phantoms.shapes import Point, ellipsoid, fraction


@dataclass(frozen=True, kw_only=True)
class Ball:
    """An ellipsoid of tissue, on both sides where `paired`, in canonical millimetres."""

    tissue: str
    center: Point
    radii: Point
    paired: bool = True


EYE: Point = (32, 60, -31)

ORBIT = (
    Rod(
        tissue="cortical bone", points=((31, 58, -31), (27, 46, -30), (17, 24, -25)), radii=(19.0, 17.0, 6.5)
    ),
    Rod(tissue="fat", points=((31, 58, -31), (27, 46, -30), (17, 24, -25)), radii=(17.2, 15.2, 5.0)),
)
ORBIT_CONTENT = (
    Rod(
        tissue="muscle",
        points=((20.5, 62, -31), (19, 50, -30), (16, 26, -25)),
        radii=(1.4, 2.3, 1.2),
        squash=(1, 1, 0.5),
    ),
    Rod(
        tissue="muscle",
        points=((43.5, 60, -31), (38, 46, -30), (19, 26, -25)),
        radii=(1.3, 2.1, 1.2),
        squash=(1, 1, 0.5),
    ),
    Rod(
        tissue="muscle",
        points=((32, 62, -19.5), (29, 48, -19.5), (18, 26, -22)),
        radii=(1.3, 2.1, 1.2),
        squash=(0.5, 1, 1),
    ),
    Rod(
        tissue="muscle",
        points=((32, 62, -42.5), (29, 48, -41), (18, 26, -28)),
        radii=(1.3, 2.1, 1.2),
        squash=(0.5, 1, 1),
    ),
    Rod(tissue="csf", points=((31, 47.5, -31), (27, 38, -31.5), (18, 24, -26)), radii=(2.9, 2.6, 2.2)),
    Rod(
        tissue="nerve",
        points=((31, 48, -31), (27, 38, -31.5), (18, 24, -26), (10, 10, -20), (2, 2, -16.5)),
        radii=(1.9, 1.7, 1.6, 1.9, 2.3),
        squash=(0.9, 0.9, 1.1),
    ),
    Rod(tissue="nerve", points=((1, 2, -16.5), (9, -6, -14.5), (16, -14, -10)), radii=(2.2, 1.7, 1.5)),
)
EYE_PARTS = (
    Ball(tissue="skin", center=EYE, radii=(13.0, 12.9, 13.0)),
    Ball(tissue="vitreous", center=EYE, radii=(11.9, 11.8, 11.9)),
    Ball(tissue="lens", center=(32, 68.3, -31), radii=(4.6, 2.1, 4.6)),
)
AIR_SPACES = (
    Ball(tissue="cortical bone", center=(27, 46, -59), radii=(14.5, 18, 17.5)),
    Ball(tissue="mucosa", center=(27, 46, -59), radii=(13, 16.5, 16)),
    Ball(tissue="air", center=(27, 46, -59), radii=(12, 15.3, 15)),
    Ball(tissue="cortical bone", center=(0, 19, -37), radii=(15, 14, 11.5), paired=False),
    Ball(tissue="mucosa", center=(6.5, 20, -37), radii=(6.9, 11.8, 9.6)),
    Ball(tissue="air", center=(6.5, 20, -37), radii=(6.2, 11, 8.8)),
    Ball(tissue="cortical bone", center=(9, 71, -8), radii=(11, 5.5, 13)),
    Ball(tissue="air", center=(9, 71.5, -8), radii=(7.5, 3.2, 9.5)),
    Ball(tissue="mucosa", center=(0, 56, -48), radii=(13, 36, 23), paired=False),
)
ETHMOID = tuple(
    Ball(tissue="air", center=(x, y, z), radii=(3.2, 4.3, 4.0))
    for x, y, z in (
        (5.5, 62, -33),
        (6.2, 53, -32),
        (5.8, 44, -33),
        (6.4, 36, -33),
        (10.5, 57, -39),
        (10.6, 47, -40),
        (10.4, 38, -39),
    )
)
NASAL_PASSAGES = (
    Rod(
        tissue="air",
        points=((3.2, 90, -62), (3.4, 70, -52), (3.4, 45, -50), (4, 22, -56)),
        radii=(3.5, 8, 8, 6),
        squash=(3.4, 1, 0.5),
    ),
    Rod(
        tissue="air",
        points=((9.5, 74, -50), (9.8, 50, -49), (9, 30, -50)),
        radii=(4, 5, 3),
        squash=(2.6, 1, 0.8),
    ),
    Rod(
        tissue="air",
        points=((9.8, 76, -62), (10, 50, -62), (8, 26, -62)),
        radii=(4, 5, 4),
        squash=(2.4, 1, 0.9),
    ),
)
PHARYNX = (
    Rod(
        tissue="mucosa",
        points=((0, 18, -50), (0, 8, -66), (0, 2, -84), (0, 0, -110)),
        radii=(13, 14, 13, 12),
        squash=(1, 1.5, 1),
        paired=False,
    ),
    Rod(
        tissue="air",
        points=((0, 20, -54), (0, 12, -66), (0, 6, -84), (0, 4, -110)),
        radii=(9, 8, 6, 7),
        squash=(0.8, 1.5, 1),
        paired=False,
    ),
)
MOUTH: tuple[Ball | Rod, ...] = (
    Ball(tissue="tongue", center=(0, 52, -92), radii=(25, 36, 17), paired=False),
    Rod(
        tissue="cortical bone",
        points=((30, 30, -76), (27, 56, -77), (15, 76, -78), (0, 82, -78)),
        radii=(5.5, 6, 6, 6),
    ),
    Rod(
        tissue="marrow",
        points=((30, 30, -75), (27, 56, -75), (15, 76, -76), (0, 81, -76)),
        radii=(3.0, 3.5, 3.5, 3.5),
    ),
    Rod(
        tissue="cortical bone",
        points=((30, 34, -84), (27, 56, -85), (14, 77, -86), (0, 82, -86)),
        radii=(4.5, 4.5, 4, 3.8),
    ),
    Rod(
        tissue="cortical bone",
        points=((50, 2, -45), (50, 6, -66), (46, 16, -98)),
        radii=(5.5, 6.5, 7.5),
        squash=(1.5, 0.8, 1),
    ),
    Rod(
        tissue="marrow",
        points=((50, 3, -47), (50, 7, -66), (46, 17, -98)),
        radii=(3.2, 4.2, 5),
        squash=(1.5, 0.8, 1),
    ),
    Rod(tissue="cortical bone", points=((58, 34, -46), (64, 22, -43), (66, 2, -42)), radii=(4.5, 3.6, 3)),
    Rod(tissue="marrow", points=((57, 36, -47), (62, 25, -44)), radii=(2.6, 1.8)),
)
PITUITARY: tuple[Ball | Rod, ...] = (
    Ball(tissue="pituitary", center=(0, 3, -28.5), radii=(6.5, 5, 3.6), paired=False),
    Rod(tissue="pituitary", points=((0, 1, -15), (0, 2.5, -27)), radii=(1.2, 1.0), paired=False),
)
SKULL_BASE: tuple[Ball | Rod, ...] = (
    Rod(
        tissue="cortical bone",
        points=((0, -1, -34), (0, -8, -48), (0, -20, -64)),
        radii=(9, 10, 7),
        squash=(0.8, 1, 1),
        paired=False,
    ),
    Rod(
        tissue="marrow",
        points=((0, -1, -35), (0, -8, -48), (0, -19, -62)),
        radii=(6, 7.5, 5),
        squash=(0.8, 1, 1),
        paired=False,
    ),
    Rod(tissue="cortical bone", points=((20, -13, -43), (38, -24, -41), (55, -34, -45)), radii=(8, 10, 14)),
    Rod(tissue="marrow", points=((17, -11, -45), (24, -15, -45)), radii=(3.5, 3)),
    *(
        Ball(tissue="air", center=(x, y, z), radii=(2.6, 2.9, 3.0))
        for x, y, z in (
            (50, -28, -44),
            (55, -33, -40),
            (56, -38, -46),
            (60, -33, -48),
            (52, -36, -51),
            (58, -30, -55),
            (55, -40, -54),
            (47, -33, -38),
            (61, -39, -41),
        )
    ),
    Rod(tissue="air", points=((72, -22, -36), (60, -20, -38), (46, -20, -40)), radii=(3.4, 3, 3)),
    Rod(tissue="csf", points=((15, -24, -40), (24, -22.5, -40)), radii=(2.6, 2.2)),
    Rod(tissue="nerve", points=((11, -25, -40), (24, -22.5, -40)), radii=(0.9, 0.7)),
    Rod(tissue="csf", points=((27, -19, -41), (29.5, -20, -39), (28.5, -22.5, -40)), radii=(1.3, 1.5, 1.2)),
    Rod(
        tissue="csf",
        points=((31, -25, -40), (36, -29, -38), (33, -31, -41), (31, -26, -40)),
        radii=(0.8, 0.6, 0.6, 0.8),
    ),
)
SPINE: tuple[Ball | Rod, ...] = (
    Rod(
        tissue="cortical bone",
        points=((0, -20, -72), (0, -22, -86), (0, -22, -116)),
        radii=(5.5, 7, 9.5),
        paired=False,
    ),
    Rod(
        tissue="marrow",
        points=((0, -20, -73), (0, -22, -86), (0, -22, -116)),
        radii=(4.2, 5.6, 8),
        paired=False,
    ),
    Rod(
        tissue="cortical bone",
        points=((4, -10, -82), (16, -20, -80), (21, -34, -80), (12, -56, -82), (2, -60, -82)),
        radii=(4, 7.5, 7.5, 4, 4),
    ),
    Rod(tissue="marrow", points=((16, -20, -80), (21, -34, -80)), radii=(5.8, 5.6)),
)
VEINS = (
    Rod(
        tissue="venous blood",
        points=(
            (0, 64, 30),
            (0, 46, 56),
            (0, 14, 74.5),
            (0, -18, 77.5),
            (0, -56, 69),
            (0, -86, 46),
            (0, -103, 22),
            (0, -106, 2),
            (0, -101, -13),
        ),
        radii=(1.2, 2.2, 3.0, 3.4, 3.8, 4.0, 4.2, 4.2, 4.2),
        squash=(1.1, 1, 1),
        paired=False,
    ),
    Rod(
        tissue="venous blood",
        points=(
            (1, -101, -13),
            (24, -95, -16),
            (45, -80, -18),
            (57, -60, -21),
            (57, -48, -32),
            (48, -42, -46),
            (34, -36, -58),
        ),
        radii=(3.8, 3.6, 3.7, 4.0, 4.0, 4.0, 4.2),
    ),
    Rod(
        tissue="venous blood",
        points=((0, -45, 7), (0, -66, 6), (0, -84, -3), (0, -100, -12)),
        radii=(2.0, 2.2, 2.2, 2.6),
        paired=False,
    ),
)


def paint_ball(tissue: Mixture, frame: HeadFrame, ball: Ball) -> None:
    """Paint an ellipsoid, carried by the frame."""
    for side in (-1, 1) if ball.paired else (1,):
        center = (ball.center[0] * side, ball.center[1], ball.center[2])
        middle = frame.to_patient(np.array([center]))[0]
        reach = np.asarray(ball.radii) * 1.25 + 6
        box = box_around(frame.grid.fine, middle - reach, middle + reach)
        if all(span.stop > span.start for span in box):
            distance = ellipsoid(frame.refined(box), center, ball.radii)
            tissue.paint(ball.tissue, fraction(distance, frame.grid.edge_mm), box)


def paint_face(tissue: Mixture, frame: HeadFrame, rng: np.random.Generator) -> None:
    """Paint what lies before and below the brain: bone and air first, then orbits and eyes."""
    _paint_parts(tissue, frame, (*SKULL_BASE, *SPINE, *MOUTH, *PHARYNX, *AIR_SPACES, *ETHMOID), rng)
    _paint_parts(tissue, frame, (*NASAL_PASSAGES, *ORBIT, *ORBIT_CONTENT, *EYE_PARTS), rng)


def paint_sella_and_veins(tissue: Mixture, frame: HeadFrame, rng: np.random.Generator) -> None:
    """Paint the pituitary with its stalk, and the dural sinuses."""
    _paint_parts(tissue, frame, (*PITUITARY, *VEINS), rng)


def _paint_parts(
    tissue: Mixture, frame: HeadFrame, parts: tuple[Ball | Rod, ...], rng: np.random.Generator
) -> None:
    for part in parts:
        if isinstance(part, Ball):
            paint_ball(tissue, frame, part)
        else:
            paint_rod(tissue, frame, part, rng)
