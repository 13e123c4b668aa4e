"""The frame of a slice pane: which patient position lies at which pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.plans import SlicePlan, Vector

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PlaneFrame:
    """A plane in the patient laid on a pane of pixels.

    Args:
        right_ras: Unit vector to the right of the screen.
        up_ras: Unit vector up the screen.
        center_ras: Patient position in the middle of the pane.
        mm_per_pixel: Millimetres per device pixel.
        size_px: Width and height of the pane in device pixels.

    Drawing pixels (`draw`) count from the bottom left corner as VTK does; pixels of pointing
    devices count from the top left. Both are continuous: the first pixel reaches from 0 to 1.
    """

    right_ras: Vector
    up_ras: Vector
    center_ras: Vector
    mm_per_pixel: float
    size_px: tuple[int, int]

    @classmethod
    def of(cls, plan: SlicePlan, size_px: tuple[int, int]) -> PlaneFrame:
        """The frame in which `plan.fit_mm` just fits at zoom 1."""
        width, height = (max(1, n) for n in size_px)
        fit = max(plan.fit_mm[0] / width, plan.fit_mm[1] / height)
        return cls(
            right_ras=plan.right_ras,
            up_ras=plan.up_ras,
            center_ras=plan.center_ras,
            mm_per_pixel=max(fit, 1e-6) / max(plan.zoom, 1e-6),
            size_px=(width, height),
        )

    @cached_property
    def ras_from_draw(self) -> Floats:
        """(4, 3) affine: columns are patient steps per pixel right and up, and the origin pixel."""
        right = np.asarray(self.right_ras, float) * self.mm_per_pixel
        up = np.asarray(self.up_ras, float) * self.mm_per_pixel
        middle = np.asarray(self.size_px, float) / 2
        origin = np.asarray(self.center_ras, float) - right * middle[0] - up * middle[1]
        matrix = np.zeros((4, 3))
        matrix[:3] = np.stack([right, up, origin], axis=1)
        matrix[3, 2] = 1
        return matrix

    def ras_at(self, x_px: float, y_px: float) -> Vector:
        """Patient position at a pixel counted from the top left corner."""
        x, y, z = self.ras_from_draw[:3] @ (x_px, self.size_px[1] - y_px, 1.0)
        return float(x), float(y), float(z)

    def draw_at(self, ras: ArrayLike) -> Floats:
        """Drawing pixels (..., 2), from the bottom left, of patient positions seen along the normal."""
        offset = np.asarray(ras, float) - np.asarray(self.center_ras, float)
        axes = np.stack([self.right_ras, self.up_ras], axis=-1) / self.mm_per_pixel
        return np.asarray(offset @ axes + np.asarray(self.size_px, float) / 2)
