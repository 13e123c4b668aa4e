"""The bright circle that a laparoscope sees, within its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Circle:
    """A circle in pixels of a picture; it may reach beyond the picture.

    Args:
        cx: Centre from the left edge; pixel (0, 0) has its centre at (0.5, 0.5).
        cy: Centre from the top edge.
        radius: In pixels.
    """

    cx: float
    cy: float
    radius: float

    def mask(self, height: int, width: int) -> NDArray[np.bool_]:
        """The pixels (H, W) whose centres lie inside."""
        x = np.arange(width) + 0.5 - self.cx
        y = np.arange(height) + 0.5 - self.cy
        return np.asarray(x * x + (y * y)[:, None] <= self.radius * self.radius, np.bool_)

    def scaled(self, factor: float) -> Circle:
        """The same circle in the same picture, this many times as large."""
        return Circle(self.cx * factor, self.cy * factor, self.radius * factor)

    def shifted(self, x: float, y: float) -> Circle:
        """The circle moved by so many pixels."""
        return Circle(self.cx + x, self.cy + y, self.radius)

    def shrunk(self, share: float) -> Circle:
        """The circle about the same centre, smaller by this share of its radius."""
        return Circle(self.cx, self.cy, self.radius * (1 - share))
