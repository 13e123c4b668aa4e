"""A scan as a plane shows it: values on square pixels, for tools that look for edges in the slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.volume import Volume


@dataclass(frozen=True, eq=False)
class PlaneSample:
    """A square window of a plane.

    Args:
        values: (A, B) along right and up; outside the scan its smallest value.
        origin_ras: Patient position of the first pixel.
        right_ras: Step of a pixel along the first axis, mm.
        up_ras: Along the second.
    """

    values: NDArray[np.float32]
    origin_ras: NDArray[np.float64]
    right_ras: NDArray[np.float64]
    up_ras: NDArray[np.float64]

    @classmethod
    def around(
        cls,
        scan: Volume,
        frame: int,
        center_ras: ArrayLike,
        right_ras: ArrayLike,
        up_ras: ArrayLike,
        step_mm: float,
        reach_px: int,
    ) -> PlaneSample:
        """Sample a scan linearly around a position, so many pixels to each side.

        Args:
            scan: The scan; colours count by their mean.
            frame: Time point of scans that have several.
            center_ras: Patient position of the middle pixel.
            right_ras: Unit vector of the first axis.
            up_ras: Unit vector of the second.
            step_mm: Size of a pixel.
            reach_px: Pixels from the middle to each side.
        """
        from scipy import ndimage

        right, up = np.asarray(right_ras, float) * step_mm, np.asarray(up_ras, float) * step_mm
        origin = np.asarray(center_ras, float) - reach_px * (right + up)
        a, b = np.indices((2 * reach_px + 1,) * 2)
        places = scan.geometry.ijk_of(origin + a[..., None] * right + b[..., None] * up)
        values = scan.frame(frame)
        if scan.is_colour:
            values = values.mean(axis=-1)
        found = ndimage.map_coordinates(
            values, np.moveaxis(places, -1, 0), output=np.float32, order=1, cval=scan.values.minimum
        )
        return cls(np.nan_to_num(found, nan=scan.values.minimum), origin, right, up)

    def place_of(self, ras: ArrayLike) -> tuple[int, int]:
        """The pixel next to a patient position; beyond the window, the nearest of its edge."""
        offset = np.asarray(ras, float) - self.origin_ras
        axes = np.stack([self.right_ras, self.up_ras])
        place = np.round(axes @ offset / (axes * axes).sum(axis=1)).astype(int)
        a, b = np.clip(place, 0, np.subtract(self.values.shape, 1))
        return int(a), int(b)

    def ras_of(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient positions (N, 3) of pixels (N, 2)."""
        return np.asarray(self.origin_ras + places @ np.stack([self.right_ras, self.up_ras]))
