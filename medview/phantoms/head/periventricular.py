"""Where the lateral ventricles lie, and how far everything else is from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.curves import smooth_curve
from medview.phantoms.fields import Box, Field, axis_positions
from medview.phantoms.head.deep import LATERAL_VENTRICLE, Rod
from medview.phantoms.head.frame import HeadFrame
from medview.phantoms.shapes import Point, capsules, smooth_step

_STEP_MM = 5.0
_MEAN_RADIUS_MM = 5.5
Places = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class VentricleMap:
    """Distance from the lateral ventricles, and where vascular lesions may lie.

    Args:
        distance: Coarse signed distance from the wall of the nearer lateral ventricle, in millimetres.
        allowed: Coarse weight, 0 to 1: 0 in callosum, fornix, septum, hindbrain and temporal stem.
    """

    distance: Field
    allowed: Field

    def draw_places(
        self,
        frame: HeadFrame,
        white: Field,
        rng: np.random.Generator,
        count: int,
        away_mm: tuple[float, float],
    ) -> Places:
        """Random patient positions (N, 3) within white matter, at distances from the ventricles.

        Args:
            frame: The head's frame.
            white: Share of white matter (I, J, K).
            rng: Source of the draws; how many are made depends on `count` only.
            count: Candidates, of which about one in twenty is kept.
            away_mm: Least and greatest distance.
        """
        drawn = rng.uniform((-62, -95, -4), (62, 62, 62), (count, 3))
        drawn = frame.to_patient(drawn)
        away, allowed = (frame.grid.at(field, drawn) for field in (self.distance, self.allowed))
        inside = _nearest(frame, white, drawn) > 0.9
        kept = inside & (away > away_mm[0]) & (away < away_mm[1]) & (allowed > 0.7)
        return np.asarray(drawn[kept])

    @staticmethod
    def fine_mesh(frame: HeadFrame, box: Box) -> tuple[Field, Field, Field]:
        """Patient x, y, z of the fine voxels in a box."""
        axes = [axis_positions(frame.grid.fine, axis)[box[axis]].astype(np.float32) for axis in range(3)]
        x, y, z = np.meshgrid(*axes, indexing="ij")
        return x, y, z


def _nearest(frame: HeadFrame, white: Field, places: Places) -> NDArray[np.float64]:
    fine = frame.grid.fine
    index = (places - fine.ras_from_ijk[:3, 3]) / np.diag(fine.ras_from_ijk)[:3]
    cells = np.rint(index).astype(int)
    within = ((cells >= 0) & (cells < np.array(fine.shape))).all(axis=1)
    cells = np.clip(cells, 0, np.array(fine.shape) - 1)
    return np.where(within, white[cells[:, 0], cells[:, 1], cells[:, 2]], 0.0)


def map_ventricles(frame: HeadFrame, variants: Mapping[str, str | float]) -> VentricleMap:
    """Measure distances from the lateral ventricles of a head.

    The rods are taken without their small random bend, which is under a millimetre; lesions are cut to
    white matter afterwards.
    """
    x, y, z = frame.canonical
    aside = np.abs(x)
    distance = np.full(x.shape, 1e3, np.float32)
    for rod in LATERAL_VENTRICLE:
        np.minimum(distance, _rod_distance((aside, y, z), rod), out=distance)
    scales = [float(variants[f"{side}_lateral_ventricle_scale"]) - 1 for side in ("left", "right")]
    distance -= np.where(x < 0, *scales).astype(np.float32) * np.float32(_MEAN_RADIUS_MM)
    above = np.maximum(smooth_step(z, -6, 4), 0)
    return VentricleMap(distance=distance, allowed=np.asarray(smooth_step(aside, 6, 10) * above, np.float32))


def _rod_distance(mesh: tuple[Field, Field, Field], rod: Rod) -> Field:
    points, radii = smooth_curve(np.asarray(rod.points, float), rod.radii, _STEP_MM)
    squash = np.asarray(rod.squash)
    scaled = [axis * np.float32(s) for axis, s in zip(mesh, squash, strict=True)]
    chain: list[Point] = [(float(a), float(b), float(c)) for a, b, c in points * squash]
    return capsules((scaled[0], scaled[1], scaled[2]), chain, [float(r) for r in radii])
