"""The circle of Willis: an anatomical graph of centrelines, and the variants people are born with.

Control points are canonical millimetres of the right side; branches that share a point stay joined.
Radii: Krabbe-Hartkamp et al., Radiology 207:103 (1998); Rai et al., J NeuroIntervent Surg 5:371
(2013); Kamath, J Anat 133:419 (1981). Frequency of variants: Lippert and Pabst (1985) and
Krabbe-Hartkamp, rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.curves import Points, smooth_curve
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Point

TERMINUS: Point = (13, 3, -15.5)
SUPRACLINOID: Point = (13, 1.5, -18.5)
ACOM: Point = (2.4, 12.5, -12.5)
BIFURCATION: Point = (34, 3, -10)
JUNCTION: Point = (0, -24, -53)
TIP: Point = (0, -13, -18.5)
P1_END: Point = (9.5, -15.5, -17)
INSULA_LOW: Point = (36.5, -2, -6.5)
INSULA_HIGH: Point = (37.5, 4, -3)
GENU: Point = (1.9, 35.5, 4)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One stretch of artery.

    Args:
        name: Anatomical name without its side.
        points: Control points of the right one.
        radii: Radius at the first and the last point.
        paired: Whether there is a left one too.
        in_cistern: Whether it swims in fluid (else it lies in bone, sinus or neck).
    """

    name: str
    points: tuple[Point, ...]
    radii: tuple[float, float]
    paired: bool = True
    in_cistern: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Artery:
    """A branch as it lies in one patient.

    Args:
        name: Side and branch, such as ``"right M1"``.
        points: Centreline (N, 3) in patient millimetres, about half a millimetre apart.
        radii: Radius (N,) in millimetres.
        in_cistern: Whether it swims in fluid.
    """

    name: str
    points: Points
    radii: NDArray[np.float64]
    in_cistern: bool


BRANCHES: tuple[Branch, ...] = (
    Branch(
        name="cervical ICA",
        points=(
            (25, -8, -108),
            (24, -9, -86),
            (25, -10, -68),
            (25, -11, -57),
            (21, -7, -50),
            (15, -3.5, -47),
            (11.5, -3, -42),
        ),
        radii=(2.5, 2.4),
        in_cistern=False,
    ),
    Branch(
        name="cavernous ICA",
        points=(
            (11.5, -3, -42),
            (11.5, 0, -37),
            (12, 6, -34.5),
            (12.5, 11.5, -32),
            (12.8, 12.5, -27.5),
            (12.6, 8, -23.5),
        ),
        radii=(2.4, 2.1),
        in_cistern=False,
    ),
    Branch(
        name="supraclinoid ICA", points=((12.6, 8, -23.5), (12.8, 4, -21.5), SUPRACLINOID), radii=(2.1, 1.8)
    ),
    Branch(name="ICA terminus", points=(SUPRACLINOID, TERMINUS), radii=(1.8, 1.6)),
    Branch(
        name="ophthalmic artery",
        points=((12.6, 8, -23.5), (15, 15, -25), (20, 27, -27), (24, 38, -27)),
        radii=(0.6, 0.45),
        in_cistern=False,
    ),
    Branch(name="M1", points=(TERMINUS, (19, 4.5, -14), (27, 4, -11.5), BIFURCATION), radii=(1.4, 1.25)),
    Branch(
        name="M2 superior",
        points=(
            BIFURCATION,
            INSULA_HIGH,
            (38, 1, 4),
            (39, -4, 11),
            (41.5, -8, 12),
            (44, -9, 5),
            (52, -11, 2.5),
            (61, -13, 6),
        ),
        radii=(1.1, 0.55),
    ),
    Branch(
        name="M2 anterior",
        points=(INSULA_HIGH, (37.5, 9, 2), (39, 12, 5), (43, 13.5, 1), (50, 15, -5), (57, 17, 0)),
        radii=(0.85, 0.45),
    ),
    Branch(
        name="M2 inferior",
        points=(
            BIFURCATION,
            INSULA_LOW,
            (38, -10, -1),
            (39, -18, 5),
            (40.5, -26, 9),
            (48, -33, 11.5),
            (58, -39, 14),
        ),
        radii=(1.1, 0.6),
    ),
    Branch(
        name="M2 temporal",
        points=(INSULA_LOW, (41, -6, -1.5), (49, -9, 0.5), (58, -12, -1), (63, -20, -6)),
        radii=(0.8, 0.45),
    ),
    Branch(name="A1", points=(TERMINUS, (9.5, 7.5, -14.2), (5.5, 10.5, -12.8), ACOM), radii=(1.15, 1.1)),
    Branch(name="A2", points=(ACOM, (2.0, 18.5, -10), (1.9, 27, -5.5), GENU), radii=(1.1, 0.95)),
    Branch(
        name="pericallosal artery",
        points=(GENU, (1.8, 35.5, 14), (1.8, 28, 25), (1.8, 12, 31), (1.9, -10, 32), (2, -26, 29)),
        radii=(0.9, 0.5),
    ),
    Branch(
        name="callosomarginal artery",
        points=(GENU, (2, 43, 15), (2.1, 40, 30), (2.2, 26, 42), (2.2, 8, 50)),
        radii=(0.75, 0.45),
    ),
    Branch(
        name="AComA", points=((-2.4, 12.5, -12.5), (0, 13.2, -12.3), ACOM), radii=(0.75, 0.75), paired=False
    ),
    Branch(
        name="cervical VA",
        points=((17, -38, -108), (18, -40, -92), (20, -43, -82), (14, -49, -76), (9, -44, -70)),
        radii=(1.8, 1.6),
        in_cistern=False,
    ),
    Branch(
        name="intracranial VA",
        points=((9, -44, -70), (8.5, -33, -63), (4.5, -27, -57), JUNCTION),
        radii=(1.6, 1.4),
    ),
    Branch(
        name="basilar artery",
        points=(JUNCTION, (0.7, -16, -46.5), (1.0, -10.7, -38), (0.4, -10.4, -28), TIP),
        radii=(1.75, 1.5),
        paired=False,
    ),
    Branch(name="P1", points=(TIP, (4.8, -13.2, -17), P1_END), radii=(1.1, 1.05)),
    Branch(
        name="P2",
        points=(P1_END, (16.5, -20, -15.5), (19.5, -29, -12), (18.5, -38, -6), (15, -46, -1.5)),
        radii=(1.05, 0.85),
    ),
    Branch(name="P3", points=((15, -46, -1.5), (12, -56, 2.5), (8, -68, 5), (6, -82, 6)), radii=(0.85, 0.45)),
    Branch(name="PComA", points=(SUPRACLINOID, (12.3, -5, -18.2), P1_END), radii=(0.75, 0.75)),
    Branch(
        name="SCA",
        points=(
            (0.2, -12, -22),
            (6, -13, -22.2),
            (14.5, -19, -21.5),
            (19, -30, -19.5),
            (17, -40, -15),
            (11, -48, -10),
        ),
        radii=(0.75, 0.5),
    ),
    Branch(
        name="AICA",
        points=((0.9, -10.9, -40), (8, -11.5, -42), (17, -16, -45), (26, -26, -44)),
        radii=(0.6, 0.45),
    ),
    Branch(
        name="PICA",
        points=((6.5, -30, -60), (10, -36, -61), (11, -45, -60), (8, -53, -58)),
        radii=(0.6, 0.45),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Anatomy of one circle of Willis: factors on radii by artery name (0 for absent), and its words."""

    scale: dict[str, float]
    words: dict[str, str]


def draw_variant(rng: np.random.Generator) -> Variant:
    """Draw the common variants: PComA, foetal PCA, A1, AComA and the dominant vertebral artery."""
    scale: dict[str, float] = {}
    words: dict[str, str] = {}
    for side in ("left", "right"):
        words[f"{side} PComA"] = kind = str(
            rng.choice(["normal", "hypoplastic", "absent", "foetal PCA"], p=[0.5, 0.23, 0.15, 0.12])
        )
        scale[f"{side} PComA"] = {"normal": 1.0, "hypoplastic": 0.62, "absent": 0.0, "foetal PCA": 1.5}[kind]
        scale[f"{side} P1"] = 0.5 if kind == "foetal PCA" else 1.0
    small = str(rng.choice(["neither", "left", "right"], p=[0.84, 0.07, 0.09]))
    words["hypoplastic A1"] = small
    for side, other in (("left", "right"), ("right", "left")):
        scale[f"{side} A1"] = 0.55 if small == side else 1.1 if small == other else 1.0
    words["AComA"] = str(rng.choice(["normal", "absent"], p=[0.94, 0.06])) if small == "neither" else "normal"
    scale["AComA"] = 0.0 if words["AComA"] == "absent" else 1.0
    words["dominant vertebral artery"] = side = str(rng.choice(["left", "right"], p=[0.6, 0.4]))
    other = "right" if side == "left" else "left"
    for part in ("cervical VA", "intracranial VA"):
        scale[f"{side} {part}"], scale[f"{other} {part}"] = 1.12, float(np.round(rng.uniform(0.65, 0.95), 2))
    return Variant(scale=scale, words=words)


def grow_arteries(frame: HeadFrame, variant: Variant, rng: np.random.Generator) -> tuple[Artery, ...]:
    """Bend every branch a little and place it in the patient; absent ones are left out."""
    moved: dict[Point, NDArray[np.float64]] = {}
    size = rng.uniform(0.92, 1.1)
    found = []
    for branch in BRANCHES:
        for side, word in ((-1, "left "), (1, "right ")) if branch.paired else ((1, ""),):
            name = word + branch.name
            points = np.stack([_moved(moved, (p[0] * side, p[1], p[2]), rng) for p in branch.points])
            scale = variant.scale.get(name, 1.0) * size * float(np.clip(rng.normal(1, 0.06), 0.85, 1.15))
            if scale > 0:
                found.append(_place(frame, branch, name, points, scale))
    return tuple(found)


def _moved(
    moved: dict[Point, NDArray[np.float64]], point: Point, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Jitter a control point once, however many branches share it."""
    key = (point[0] + 0.0, point[1], point[2])
    if key not in moved:
        moved[key] = np.asarray(key) + np.clip(rng.normal(0, 0.55, 3), -1.2, 1.2)
    return moved[key]


def _place(frame: HeadFrame, branch: Branch, name: str, points: NDArray[np.float64], scale: float) -> Artery:
    radii = np.linspace(*branch.radii, len(points)) * scale
    curve, along = smooth_curve(frame.to_patient(points), list(radii), 0.6)
    return Artery(name=name, points=curve, radii=along, in_cistern=branch.in_cistern)
