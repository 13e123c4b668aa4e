"""Which places of a scene its training cameras have seen: elsewhere a field may hold anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.lens import Lens
from medview.core.pose_frame import inverse
from medview.zoo.fields.method import Scene
from medview.zoo.fields.picture import seen
from medview.zoo.fields.rays import camera_rays

Floats = NDArray[np.float64]
SEEN_OPACITY = 0.5
"""Opacity from which on a ray has a depth."""
_SIDE, _MOST_CAMERAS = 24, 40
_CHUNK = 65536


class DepthMaps:
    """Small depth maps of some of the cameras, as the field itself shows them.

    Args:
        scene: Field and sampler.
        poses: (n, 4, 4) camera to scene.
        lenses: One for each.
        times: (n,) of the scene, or None for one at rest.
        near: Distance at which rays begin.
        far: Distance at which they end.
        check: May raise to stop.
    """

    def __init__(
        self,
        scene: Scene,
        poses: Floats,
        lenses: Sequence[Lens],
        times: Floats | None,
        interval: tuple[float, float],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        chosen = np.unique(np.linspace(0, len(poses) - 1, min(len(poses), _MOST_CAMERAS)).astype(int))
        self._into = inverse(poses[chosen])
        self._lenses = [_small(lenses[number]) for number in chosen]
        self._depths: list[NDArray[np.float32]] = []
        device = scene.field.box.device
        for number, lens in zip(chosen, self._lenses, strict=True):
            moment = None if times is None else float(times[number])
            rays = camera_rays(poses[number], lens, *interval, moment).to(device)
            found = seen(scene, rays, check)
            depth = torch.where(found.opacity >= SEEN_OPACITY, found.depth, torch.inf).cpu().numpy()
            self._depths.append(depth.reshape(lens.height, lens.width))

    def span(self) -> tuple[float, float]:
        """Distances that 1 % and 99 % of what is seen lie below."""
        everything = np.concatenate([depth[np.isfinite(depth)] for depth in self._depths])
        if not everything.size:
            return 0.0, 1.0
        low, high = np.quantile(everything, [0.01, 0.99])
        return float(low), float(high)

    def saw(self, places: Tensor, margin: float) -> NDArray[np.bool_]:
        """Which places (N, 3) lie before or at most a margin behind what some camera sees."""
        found = np.zeros(len(places), bool)
        points = places.cpu().numpy()
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            for into, lens, depth in zip(self._into, self._lenses, self._depths, strict=True):
                left = np.flatnonzero(~found[part])
                if left.size:
                    found[start + left] = _saw(points[start + left], into, lens, depth, margin)
        return found


def _saw(
    points: NDArray[np.float32], into: Floats, lens: Lens, depth: NDArray[np.float32], margin: float
) -> NDArray[np.bool_]:
    there = points @ into[:3, :3].T + into[:3, 3]
    at = lens.project(there)
    with np.errstate(invalid="ignore"):
        inside = ((at >= 0) & (at < (lens.width, lens.height))).all(1)
    column, row = at[inside].astype(np.intp).T
    found = np.zeros(len(points), bool)
    found[inside] = np.linalg.norm(there[inside], axis=1) <= depth[row, column] + margin
    return found


def _small(lens: Lens) -> Lens:
    share = _SIDE / max(lens.width, lens.height)
    return lens.resized(max(1, round(lens.width * share)), max(1, round(lens.height * share)))
