"""Pictures of one scene with the cameras that took them: what a radiance field is trained from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from medview.core.lens import Lens

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class PosedViews:
    """Pictures of one size, already cropped and scaled to the size that is trained on.

    Args:
        names: Name of each frame.
        images: (n, H, W, 3) uint8.
        valid: (n, H, W) pixels that may be learned from: inside the circle, no instrument.
        lenses: One for each view, of size W x H.
        poses: (n, 4, 4) camera to scene, OpenGL camera axes, in the coordinates of the capture.
        times: (n,) 0 to 1; all 0 for a scene at rest.
        depths: (n, H, W) float32 distance along the optical axis in the capture's unit, 0 where unknown.
        points: (N, 3) known surface points in the capture's coordinates; empty where none are known.
        points_rgb: (N, 3) uint8 of them.
        bounds: Nearest and farthest depth along the optical axis as the capture states them; None where it
            does not.
        is_metric: The capture's unit is the millimetre.
        is_synthetic: Rendered by a program, not filmed.
    """

    names: tuple[str, ...]
    images: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    lenses: tuple[Lens, ...]
    poses: Floats
    times: Floats
    depths: NDArray[np.float32] | None = None
    points: NDArray[np.float32]
    points_rgb: NDArray[np.uint8]
    bounds: tuple[float, float] | None = None
    is_metric: bool = False
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        count, height, width = self.images.shape[:3]
        counts = {len(self.names), len(self.lenses), len(self.poses), len(self.times), count}
        if len(counts) > 1 or self.valid.shape != (count, height, width):
            raise ValueError("names, pictures, masks, lenses, poses and times are not of one number")
        if any((lens.width, lens.height) != (width, height) for lens in self.lenses):
            raise ValueError("a lens is of another size than the pictures")

    def __len__(self) -> int:
        return len(self.names)

    def only(self, chosen: NDArray[np.intp]) -> PosedViews:
        """The views of these numbers."""
        return PosedViews(
            names=tuple(self.names[n] for n in chosen),
            images=self.images[chosen],
            valid=self.valid[chosen],
            lenses=tuple(self.lenses[n] for n in chosen),
            poses=self.poses[chosen],
            times=self.times[chosen],
            depths=None if self.depths is None else self.depths[chosen],
            points=self.points,
            points_rgb=self.points_rgb,
            bounds=self.bounds,
            is_metric=self.is_metric,
            is_synthetic=self.is_synthetic,
        )

    @cached_property
    def split(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Numbers of the training and of the held-out views (P09, preprocessing 5)."""
        return split_of(len(self))


def split_of(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Nine tenths of so many views, rounded up and equally spaced, and the rest."""
    training = np.linspace(0, count - 1, -(-9 * count // 10)).astype(np.intp)
    return training, np.setdiff1d(np.arange(count), training)
