"""Rays as flat tensors, and the rays of a camera's pixels."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from medview.core.lens import Lens


@dataclass(frozen=True, eq=False, kw_only=True)
class Rays:
    """R rays.

    Args:
        origins: (R, 3) in the scene.
        directions: (R, 3) unit vectors.
        near: (R,) distance of the first sample.
        far: (R,) distance of the last one; not below `near`.
        views: (R,) int64 number of the training view that a ray belongs to; None where to none.
        times: (R,) 0 to 1; None for a scene at rest.
    """

    origins: Tensor
    directions: Tensor
    near: Tensor
    far: Tensor
    views: Tensor | None = None
    times: Tensor | None = None

    def __len__(self) -> int:
        return self.origins.shape[0]

    def __getitem__(self, chosen: slice | Tensor) -> Rays:
        """The rays of a slice, an index or a mask."""
        return Rays(**{name: value[chosen] for name, value in self._tensors().items()})

    def to(self, device: torch.device | str) -> Rays:
        """The same rays on another device."""
        return Rays(**{name: value.to(device) for name, value in self._tensors().items()})

    def within(self, near: Tensor, far: Tensor) -> Rays:
        """The same rays on another interval (R,), (R,)."""
        return replace(self, near=near, far=far)

    def _tensors(self) -> dict[str, Tensor]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def camera_rays(
    pose: ArrayLike, lens: Lens, near: float, far: float, time: float | None = None, step: int = 1
) -> Rays:
    """Rays through the centres of a camera's pixels, row by row (P09, preprocessing 6).

    Args:
        pose: 4x4 camera to scene, OpenGL axes.
        lens: Intrinsics; distortion is undone.
        near: Distance of the first sample.
        far: Distance of the last sample.
        time: 0 to 1; None for a scene at rest.
        step: One ray for each square of so many pixels a side, through its centre.
    """
    coarse = lens if step == 1 else lens.resized(-(-lens.width // step), -(-lens.height // step))
    place = np.asarray(pose, np.float64)
    directions = coarse.directions(coarse.pixels()).reshape(-1, 3) @ place[:3, :3].T
    count = len(directions)
    return Rays(
        origins=torch.as_tensor(np.broadcast_to(place[:3, 3], (count, 3)).astype(np.float32)),
        directions=torch.as_tensor(directions.astype(np.float32)),
        near=torch.full((count,), float(near)),
        far=torch.full((count,), float(far)),
        times=None if time is None else torch.full((count,), float(time)),
    )
