"""The newest picture of a radiance field, laid over all that has depth and under all words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.field_view import FieldPicture
from medview.render.fine_edges import enlarged, spread
from medview.render.sprite import Sprite


class FieldOverlay:
    """Composite = field + (1 - opacity of the field) x what lies under it."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._sprite = Sprite(renderer, premultiplied=True)
        self._laid: tuple[object, ...] = ()
        self._free_mm = np.zeros((1, 1), np.float32)
        self._lines_mm = np.zeros((1, 1), np.float32)
        self.picture: FieldPicture | None = None

    def take(self, picture: FieldPicture | None) -> None:
        """Show this one from now on; None shows none."""
        self.picture = picture

    def set_free(self, free_mm: NDArray[np.float32]) -> None:
        """Say how far each line of sight is free by now: what lies behind is taken out at once."""
        self._free_mm = free_mm
        self._laid = ()

    def set_lines(self, lines_mm: NDArray[np.float32]) -> None:
        """Say how far away lines and points are: those before the field are seen, at the pane's pixels."""
        self._lines_mm = lines_mm
        self._laid = ()

    def lay(self, size_px: tuple[int, int], opacity: float) -> None:
        """Draw it over a pane of this width and height."""
        if self.picture is None:
            self._sprite.hide()
            return
        wanted = (self.picture, size_px, opacity)
        if wanted == self._laid:
            return
        self._laid = wanted
        shown = np.clip(self._cut(self.picture), 0, 1) * np.float32(255 * opacity)
        self._sprite.set_picture(np.rint(shown[::-1]).astype(np.uint8), smooth=self.picture.level > 1)
        width, height = size_px
        self._sprite.set_corners([[0, 0], [width, 0], [width, height], [0, height]])

    def distance_at(self, x_part: float, y_part: float) -> float | None:
        """Distance in mm to what is seen at parts of the pane from the top left corner, or None."""
        if self.picture is None:
            return None
        height, width = self.picture.pixels.shape[:2]
        row, column = min(int(y_part * height), height - 1), min(int(x_part * width), width - 1)
        distance = float(self.picture.pixels[row, column, 4]) * self.picture.mm_per_t
        return distance if np.isfinite(distance) else None

    def close(self) -> None:
        """Leave the renderer."""
        self._sprite.close()
        self.picture = None

    def _cut(self, picture: FieldPicture) -> NDArray[np.float32]:
        """Colours and opacity (h, w, 4) without what lies behind a surface or a line by now."""
        free, lines = (mm / np.float32(picture.mm_per_t) for mm in (self._free_mm, self._lines_mm))
        distances = picture.pixels[..., 4]
        if picture.level > 1 and (np.isfinite(free).any() or np.isfinite(lines).any()):
            colours = enlarged(picture.pixels, free)
            distances = spread(distances, free.shape)
        else:
            colours = picture.pixels[..., :4].copy()
            if free.shape == colours.shape[:2]:
                colours[free < distances] = 0
        if lines.shape == colours.shape[:2]:
            colours[lines < distances] = 0
        return colours
