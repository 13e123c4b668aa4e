"""The newest picture of a radiance field, laid over all that has depth and under all words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.field_view import FieldPicture
from medview.render.sprite import Sprite


class FieldOverlay:
    """Composite = field + (1 - opacity of the field) x what lies under it."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._sprite = Sprite(renderer, premultiplied=True)
        self._laid: tuple[object, ...] = ()
        self._free_mm = np.zeros((1, 1), np.float32)
        self.picture: FieldPicture | None = None

    def take(self, picture: FieldPicture | None) -> None:
        """Show this one from now on; None shows none."""
        self.picture = picture

    def set_free(self, free_mm: NDArray[np.float32]) -> None:
        """Say how far each line of sight is free by now: what lies behind is taken out at once."""
        self._free_mm = free_mm
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
        pixels = self.picture.pixels
        shown = np.clip(pixels[..., :4], 0, 1) * np.float32(255 * opacity)
        shown[self._free_at(pixels.shape[:2]) < pixels[..., 4] * np.float32(self.picture.mm_per_t)] = 0
        self._sprite.set_picture(np.rint(shown[::-1]).astype(np.uint8), smooth=self.picture.level > 1)
        self._sprite.set_corners(_corners(self.picture, size_px[1]))

    def distance_at(self, x_part: float, y_part: float) -> float | None:
        """Distance in mm to what is seen at parts of the pane from the top left corner, or None."""
        if self.picture is None:
            return None
        (rows, columns), (height, width) = self.picture.pixels.shape[:2], self._free_mm.shape
        row = min(int(y_part * height) // self.picture.level, rows - 1)
        column = min(int(x_part * width) // self.picture.level, columns - 1)
        distance = float(self.picture.pixels[row, column, 4]) * self.picture.mm_per_t
        return distance if np.isfinite(distance) else None

    def close(self) -> None:
        """Leave the renderer."""
        self._sprite.close()
        self.picture = None

    def _free_at(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The free distances in the middle of a picture's squares."""
        assert self.picture is not None
        level = self.picture.level
        rows, columns = (
            np.minimum(np.arange(n) * level + level // 2, full - 1)
            for n, full in zip(shape, self._free_mm.shape, strict=True)
        )
        return np.asarray(self._free_mm[rows[:, None], columns])


def _corners(picture: FieldPicture, height_px: int) -> list[list[int]]:
    """Squares begin at the top left corner; those at the right and the bottom may reach out of the pane."""
    rows, columns = picture.pixels.shape[:2]
    right, bottom = columns * picture.level, height_px - rows * picture.level
    return [[0, bottom], [right, bottom], [right, height_px], [0, height_px]]
