"""What is known of depths: distances along the pixels' rays, from depth maps or from surface points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.pose_frame import inverse, scale_of
from medview.core.posed_views import PosedViews
from medview.zoo.fields.framing import Framing

Distances = NDArray[np.float32]


def from_maps(views: PosedViews, framing: Framing) -> Distances:
    """Distances (n, H, W) in the scene, 0 where unknown, from depths along the optical axis."""
    assert views.depths is not None
    sights = np.stack([-lens.directions(lens.pixels())[..., 2] for lens in views.lenses])
    known = np.where(np.isfinite(views.depths), views.depths, 0)
    return np.asarray(known / sights * scale_of(framing.scene_from_capture), np.float32)


def from_points(views: PosedViews, framing: Framing) -> Distances:
    """Distances (n, H, W) in the scene of the nearest surface point in each pixel, 0 where there is none.

    Which points a camera really sees is not known; one hidden by others that are far between counts, too.
    """
    found = np.zeros(views.valid.shape, np.float32)
    for view, (pose, lens) in enumerate(zip(inverse(framing.poses), views.lenses, strict=True)):
        there = framing.points @ pose[:3, :3].T + pose[:3, 3]
        at = lens.project(there)
        inside = ((at >= 0) & (at < (lens.width, lens.height))).all(1)
        column, row = at[inside].astype(np.intp).T
        distance = np.linalg.norm(there[inside], axis=1)
        order = np.argsort(-distance)  # the nearest is written last
        found[view, row[order], column[order]] = distance[order]
    return found
