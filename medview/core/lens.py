"""A pinhole camera with the four distortion numbers of OpenCV, and the lines of sight of its pixels.

Camera axes are OpenGL's: x right, y up, looking along -z. Pixel (0, 0) is the top left one; its centre
lies at (0.5, 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_UNDISTORTION_STEPS = 12
_BEFORE_FOLD = 0.9999
_COVERED_PX = 0.01
_NO_FOLD = 1e-9
_CONVERGED = 1e-13


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

    def covered(self) -> NDArray[np.bool_]:
        """Pixels (H, W) that have a line of sight: strong distortion leaves corners that no line reaches."""
        if not self._is_bent:
            return np.ones((self.height, self.width), np.bool_)
        pixels = self.pixels()
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        if self._reach(border).all():
            return np.ones((self.height, self.width), np.bool_)
        return self._reach(pixels)

    def directions(self, pixels: ArrayLike) -> Floats:
        """Unit lines of sight (..., 3) in camera axes through pixel positions (..., 2)."""
        seen = np.asarray(pixels, float)
        x, y = (seen[..., 0] - self.cx) / self.fx, (seen[..., 1] - self.cy) / self.fy
        x, y = self._undistorted(x, y)
        lines = np.stack([x, -y, -np.ones_like(x)], axis=-1)
        return np.asarray(lines / np.linalg.norm(lines, axis=-1, keepdims=True), np.float64)

    def project(self, points: ArrayLike) -> Floats:
        """Pixel positions (..., 2) of points (..., 3) in camera axes.

        NaN behind the camera, and so far to the side that the formula of the distortion, which holds near the
        axis only, would fold them back into the picture.
        """
        at = np.asarray(points, float)
        away = np.where(at[..., 2] < 0, -at[..., 2], np.nan)
        x, y = at[..., 0] / away, -at[..., 1] / away
        x = np.where(x * x + y * y < self._fold, x, np.nan)
        x, y = self._distorted(x, y)
        return np.stack([x * self.fx + self.cx, y * self.fy + self.cy], axis=-1)

    def _distorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        square = x * x + y * y
        radial = 1 + self.k1 * square + self.k2 * square * square
        bent_x = x * radial + 2 * self.p1 * x * y + self.p2 * (square + 2 * x * x)
        bent_y = y * radial + self.p1 * (square + 2 * y * y) + 2 * self.p2 * x * y
        return bent_x, bent_y

    def _undistorted(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Newton's iteration from the distorted position.

        P09, preprocessing 6, has ten fixed-point iterations; those agree where distortion is mild and run
        away towards the corners of wide lenses, such as k1 = -0.2 at 75 degrees.
        """
        if not self._is_bent:
            return x, y
        found_x, found_y = x, y
        for _ in range(_UNDISTORTION_STEPS):
            bent_x, bent_y = self._distorted(found_x, found_y)
            along_x, along_y, across = self._slopes(found_x, found_y)
            off_x, off_y = x - bent_x, y - bent_y
            if max(np.abs(off_x).max(initial=0), np.abs(off_y).max(initial=0)) < _CONVERGED:
                break
            stretch = along_x * along_y - across * across
            found_x = found_x + (off_x * along_y - off_y * across) / stretch
            found_y = found_y + (off_y * along_x - off_x * across) / stretch
            found_x, found_y = self._before_fold(found_x, found_y)
        return found_x, found_y

    def _slopes(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Derivatives of the distorted x by x, of y by y, and of either by the other."""
        square = x * x + y * y
        radial = 1 + self.k1 * square + self.k2 * square * square
        growth = 2 * self.k1 + 4 * self.k2 * square
        along_x = radial + growth * x * x + 2 * self.p1 * y + 6 * self.p2 * x
        along_y = radial + growth * y * y + 6 * self.p1 * y + 2 * self.p2 * x
        return along_x, along_y, growth * x * y + 2 * self.p1 * x + 2 * self.p2 * y

    def _before_fold(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        square = x * x + y * y
        back = np.sqrt(np.minimum(1, _BEFORE_FOLD * self._fold / np.maximum(square, 1e-12)))
        return x * back, y * back

    def _reach(self, pixels: Floats) -> NDArray[np.bool_]:
        missed = np.abs(self.project(self.directions(pixels)) - pixels).max(axis=-1)
        return np.asarray(missed < _COVERED_PX, np.bool_)

    @property
    def _is_bent(self) -> bool:
        return bool(self.k1 or self.k2 or self.p1 or self.p2)

    @property
    def _fold(self) -> float:
        """Squared distance from the axis at which radial distortion stops growing; infinite where never."""
        # smallest positive root of 1 + 3 k1 s + 5 k2 s², in the form that does not divide by k2
        under_root = 9 * self.k1 * self.k1 - 20 * self.k2
        below = -3 * self.k1 + math.sqrt(under_root) if under_root >= 0 else 0.0
        return 2 / below if below > _NO_FOLD else math.inf
