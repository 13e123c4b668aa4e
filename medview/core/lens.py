"""A pinhole camera with the four distortion numbers of OpenCV, and the lines of sight of its pixels.

Camera axes are OpenGL's: x right, y up, looking along -z. Pixel (0, 0) is the top left one; its centre
lies at (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_UNDISTORTION_STEPS = 10


@dataclass(frozen=True, kw_only=True)
class Lens:
    """Intrinsics of one picture size.

    Args:
        width: Pixels.
        height: Pixels.
        fx: Focal length in pixels along x.
        fy: Focal length in pixels along y.
        cx: Principal point in pixels from the left edge.
        cy: Principal point in pixels from the top edge.
        k1: Radial distortion, second order.
        k2: Radial distortion, fourth order.
        p1: Tangential distortion.
        p2: Tangential distortion.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0

    @classmethod
    def of_view_angle(cls, width: int, height: int, angle_deg: float) -> Lens:
        """A lens without distortion that sees this angle from bottom to top."""
        focal = height / 2 / float(np.tan(np.radians(angle_deg) / 2))
        return cls(width=width, height=height, fx=focal, fy=focal, cx=width / 2, cy=height / 2)

    @property
    def view_angle_deg(self) -> float:
        """Angle from bottom to top."""
        return float(np.degrees(2 * np.arctan(self.height / 2 / self.fy)))

    def resized(self, width: int, height: int) -> Lens:
        """The same lens for the same picture at another size."""
        x, y = width / self.width, height / self.height
        sizes = {"width": width, "height": height, "fx": self.fx * x, "fy": self.fy * y}
        return replace(self, **sizes, cx=self.cx * x, cy=self.cy * y)  # type: ignore[arg-type]

    def cropped(self, left: int, top: int, width: int, height: int) -> Lens:
        """The same lens for a box of the picture."""
        return replace(self, width=width, height=height, cx=self.cx - left, cy=self.cy - top)

    def pixels(self) -> Floats:
        """Centres (H, W, 2) of all pixels, x first."""
        x, y = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        return np.stack([x, y], axis=-1)

    def directions(self, pixels: ArrayLike) -> Floats:
        """Unit lines of sight (..., 3) in camera axes through pixel positions (..., 2)."""
        seen = np.asarray(pixels, float)
        x, y = (seen[..., 0] - self.cx) / self.fx, (seen[..., 1] - self.cy) / self.fy
        x, y = self._undistorted(x, y)
        lines = np.stack([x, -y, -np.ones_like(x)], axis=-1)
        return np.asarray(lines / np.linalg.norm(lines, axis=-1, keepdims=True), np.float64)

    def project(self, points: ArrayLike) -> Floats:
        """Pixel positions (..., 2) of points (..., 3) in camera axes; NaN behind the camera."""
        at = np.asarray(points, float)
        away = np.where(at[..., 2] < 0, -at[..., 2], np.nan)
        x, y = self._distorted(at[..., 0] / away, -at[..., 1] / away)
        return np.stack([x * self.fx + self.cx, y * self.fy + self.cy], axis=-1)

    def _distorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        square = x * x + y * y
        radial = 1 + self.k1 * square + self.k2 * square * square
        bent_x = x * radial + 2 * self.p1 * x * y + self.p2 * (square + 2 * x * x)
        bent_y = y * radial + self.p1 * (square + 2 * y * y) + 2 * self.p2 * x * y
        return bent_x, bent_y

    def _undistorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Fixed-point iteration from the distorted position (P09, preprocessing 6)."""
        if not (self.k1 or self.k2 or self.p1 or self.p2):
            return x, y
        found_x, found_y = x, y
        for _ in range(_UNDISTORTION_STEPS):
            square = found_x * found_x + found_y * found_y
            radial = 1 + self.k1 * square + self.k2 * square * square
            shift_x = 2 * self.p1 * found_x * found_y + self.p2 * (square + 2 * found_x * found_x)
            shift_y = self.p1 * (square + 2 * found_y * found_y) + 2 * self.p2 * found_x * found_y
            found_x, found_y = (x - shift_x) / radial, (y - shift_y) / radial
        return found_x, found_y
