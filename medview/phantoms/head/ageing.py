"""Small vessel disease of a synthetic head: white matter lesions, and cavities that resemble them in T1.

White matter hyperintensities of presumed vascular origin are bright in FLAIR and T2 and somewhat dark in
T1; perivascular spaces and lacunes are filled with fluid, dark in T1 *and* in FLAIR (STRIVE: Wardlaw et al.,
Lancet Neurol 12:822, 2013). Loads follow Fazekas et al., AJR 149:351 (1987): periventricular 0 none, 1 caps
or a thin lining, 2 a smooth halo, 3 an irregular one that reaches into the deep white matter; deep 0 none,
1 points, 2 beginning confluence, 3 large confluent areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.fields import Field, box_around
from medview.phantoms.head.anatomy import Head
from medview.phantoms.head.cavities import CavityPlan, draw_cavities, grow_cavities
from medview.phantoms.head.frame import HeadFrame, make_frame
from medview.phantoms.head.periventricular import VentricleMap, map_ventricles
from medview.phantoms.shapes import ellipsoid, fraction, smooth_step

SOFT_MM = 1.8
"""Width of a lesion's border: it fades into white matter that looks normal."""
_CANDIDATES = 4000
Range = tuple[float, float]
_BAND_MM: tuple[Range, ...] = ((0, 0), (0.6, 1.4), (2.5, 4.5), (4.5, 8.0))
_CAP_MM: tuple[Range, ...] = ((0, 0), (3.0, 5.0), (5.5, 8.5), (8.0, 12.0))
_RAGGED: tuple[float, ...] = (0.0, 0.3, 0.25, 0.6)
_POINTS: tuple[tuple[int, int], ...] = ((0, 1), (3, 15), (12, 31), (18, 41))
_POINT_MM: tuple[float, ...] = (1.5, 1.6, 1.9, 2.3)
_CONFLUENCE: tuple[Range, ...] = ((9, 9), (9, 9), (1.3, 1.7), (0.1, 0.7))


@dataclass(frozen=True, kw_only=True)
class LesionPlan:
    """The load of white matter lesions of one head.

    Args:
        periventricular: Fazekas grade around the ventricles, 0 to 3.
        deep: Fazekas grade of the deep white matter, 0 to 3.
        cavities: Fluid-filled look-alikes.
    """

    periventricular: int
    deep: int
    cavities: CavityPlan


@dataclass(frozen=True, eq=False, kw_only=True)
class AgedHead:
    """A head with white matter lesions and cavities, ready to be scanned.

    Args:
        head: The head that they lie in.
        lesions: Share (I, J, K) of each voxel that lesions take, 0 to 1.
        severity: 0 (barely changed) to 1 (tissue largely lost), (I, J, K); matters where lesions are.
        cavities: Share (I, J, K) that perivascular spaces and lacunes take.
        plan: What was drawn.
        counts: Numbers of foci, perivascular spaces and lacunes.
    """

    head: Head
    lesions: Field
    severity: Field
    cavities: Field
    plan: LesionPlan
    counts: dict[str, int]

    def wmh_mask(self) -> NDArray[np.uint8]:
        """Reference label: 1 where lesions take at least half of a voxel, else 0."""
        return (self.lesions >= 0.5).astype(np.uint8)

    def facts(self) -> dict[str, Any]:
        """What was drawn and what came of it, as plain JSON values."""
        voxel_ml = float(np.prod(self.head.geometry.spacing_mm)) / 1000
        return {
            "fazekas_periventricular": self.plan.periventricular,
            "fazekas_deep": self.plan.deep,
            "deep_foci": self.counts["foci"],
            "perivascular_spaces": self.counts["spaces"],
            "lacunes": self.counts["lacunes"],
            "wmh_ml": round(int(self.wmh_mask().sum()) * voxel_ml, 3),
            "cavity_ml": round(float(self.cavities.sum()) * voxel_ml, 3),
        }


def draw_plan(rng: np.random.Generator) -> LesionPlan:
    """Draw a load: all grades occur, and both regions tend to be alike, as in people."""
    overall = rng.uniform(0.2, 3.4)
    grades = [int(grade) for grade in np.clip(np.rint(overall + rng.normal(0, 0.5, 2)), 0, 3)]
    if not any(grades):
        grades[int(rng.integers(2))] = 1
    return LesionPlan(periventricular=grades[0], deep=grades[1], cavities=draw_cavities(rng))


def age_head(head: Head, plan: LesionPlan | None = None) -> AgedHead:
    """Give a whole head lesions and cavities: the same bits for the same head.

    Args:
        head: A whole head, no slab.
        plan: The load; None draws one from the head's seed.
    """
    streams = [np.random.default_rng([head.seed, 40 + part]) for part in range(4)]
    drawn = draw_plan(streams[0])
    plan = plan or drawn
    frame = make_frame(np.random.default_rng([head.seed, 0]), head.geometry)
    near = map_ventricles(frame, head.variants)
    white = head.tissue.fraction_of("white matter")
    lesions = _halo(frame, near, plan.periventricular, streams[1])
    np.maximum(lesions, _confluence(frame, near, plan.deep, streams[2]), out=lesions)
    severity = frame.grid.refine(_severity(frame, near, streams[2]))
    foci = _add_foci(lesions, severity, (frame, near, white), plan.deep, streams[2])
    lesions *= white
    cavities, counts = grow_cavities(frame, near, white, plan.cavities, streams[3])
    lesions *= 1 - cavities
    return AgedHead(
        head=head,
        lesions=lesions,
        severity=np.clip(severity, 0.1, 1.0),
        cavities=cavities,
        plan=plan,
        counts={"foci": foci, **counts},
    )


def _share(frame: HeadFrame, distance: Field) -> Field:
    return fraction(frame.grid.refine(np.asarray(distance, np.float32)), max(SOFT_MM, frame.grid.edge_mm))


def _halo(frame: HeadFrame, near: VentricleMap, grade: int, rng: np.random.Generator) -> Field:
    """Caps on the horns and a band along the body of the lateral ventricles."""
    _, y, z = frame.canonical
    band, cap = rng.uniform(*_BAND_MM[grade]), rng.uniform(*_CAP_MM[grade])
    left, right = rng.uniform(0.85, 1.15, 2)
    sides = np.where(frame.canonical[0] < 0, np.float32(left), np.float32(right))
    front = np.exp(-(((y - 31) / 11) ** 2 + ((z - 3) / 12) ** 2))
    back = np.exp(-(((y + 52) / 14) ** 2 + ((z - 8) / 12) ** 2))
    along = smooth_step(z, 2, 12)
    rough = 1 + _RAGGED[grade] * frame.grid.noise(rng, 16.0)
    fine = 0.25 * frame.grid.noise(rng, 7.0) * min(grade, 2)
    reach = sides * (band * along + cap * np.maximum(front, back)) * rough + fine - 0.4
    if grade == 0:
        return np.zeros(frame.grid.fine.shape, np.float32)
    return _share(frame, near.distance - reach + 40 * (1 - near.allowed))


def _confluence(frame: HeadFrame, near: VentricleMap, grade: int, rng: np.random.Generator) -> Field:
    """Large areas in corona radiata and centrum semiovale: where slow noise exceeds a threshold."""
    noise = frame.grid.noise(rng, 30.0) + 0.4 * frame.grid.noise(rng, 9.0)
    threshold = rng.uniform(*_CONFLUENCE[grade])
    if grade < 2:
        return np.zeros(frame.grid.fine.shape, np.float32)
    _, _, z = frame.canonical
    away = near.distance
    zone = smooth_step(away, 1, 6) * smooth_step(away, 27, 14) * smooth_step(z, 4, 16) * near.allowed
    return _share(frame, 4.5 * (threshold + 4 * (1 - zone) - noise))


def _severity(frame: HeadFrame, near: VentricleMap, rng: np.random.Generator) -> Field:
    inner = smooth_step(near.distance, 12, 0)
    slow = 0.5 + 0.2 * frame.grid.noise(rng, 14.0) + 0.1 * frame.grid.noise(rng, 6.0) + 0.2 * inner
    return np.asarray(slow, np.float32)


def _add_foci(
    lesions: Field,
    severity: Field,
    where: tuple[HeadFrame, VentricleMap, Field],
    grade: int,
    rng: np.random.Generator,
) -> int:
    """Lay round foci into white matter; gives their number."""
    frame, near, white = where
    wanted = int(rng.integers(*_POINTS[grade]))
    places = near.draw_places(frame, white, rng, _CANDIDATES, (3.0, 30.0))[:wanted]
    for place in places:
        radius = float(np.clip(_POINT_MM[grade] * np.exp(rng.normal(0, 0.35)), 0.9, 6.0))
        radii = radius * rng.uniform(0.75, 1.35, 3)
        box = box_around(frame.grid.fine, place - radii.max() - 3, place + radii.max() + 3)
        mesh = near.fine_mesh(frame, box)
        distance = ellipsoid(
            mesh,
            (float(place[0]), float(place[1]), float(place[2])),
            (float(radii[0]), float(radii[1]), float(radii[2])),
        )
        share = fraction(distance, max(1.2, frame.grid.edge_mm))
        np.maximum(lesions[box], share, out=lesions[box])
        severity[box] += (np.float32(rng.uniform(0.1, 0.95)) - severity[box]) * share
    return len(places)
