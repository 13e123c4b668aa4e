"""A real picture over the 3-D pane, while the camera stands where the picture was taken.

About one point of view every picture shows the same rays: the real one is brought to the pane's lens by
them, which takes its lens distortion out and lets who stands there look around.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.lens import Lens
from medview.core.plans import RealFramePlan
from medview.render.sight import lens_of, pose_of
from medview.render.sprite import Sprite

Floats = NDArray[np.float64]

#: Farther from the camera of the picture, in parts of a mm, it no longer fits.
_SAME_PLACE_MM = 0.01


class RealFrame:
    """Blends or swipes one picture."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._sprite = Sprite(renderer)
        self._laid: tuple[object, ...] = ()
        self._shifted: tuple[object, NDArray[np.uint8]] | None = None

    def lay(self, plan: RealFramePlan | None) -> None:
        """Draw it over the pane as the camera is now; nothing where it was not taken from here."""
        pose = pose_of(self._renderer.GetActiveCamera())
        if plan is None or plan.share <= 0 or not _is_there(pose, plan):
            self._sprite.hide()
            self._laid = ()
            return
        lens = lens_of(self._renderer)
        wanted = (plan, lens, pose.tobytes())
        if wanted == self._laid:
            return
        self._laid = wanted
        picture = self._seen(plan, lens, pose).copy()
        covered = picture[..., 3] > 0
        picture[..., 3] = np.where(covered, round(255 * plan.share), 0)
        if plan.is_swipe:
            columns = np.flatnonzero(covered.any(axis=0))
            border = columns[0] + plan.share * len(columns) if len(columns) else 0
            picture[..., 3] = np.where(covered & (np.arange(lens.width) < border), 255, 0)
        self._sprite.set_picture(picture[::-1], smooth=False)
        self._sprite.place(0, 0)

    def close(self) -> None:
        """Leave the renderer."""
        self._sprite.close()

    def _seen(self, plan: RealFramePlan, lens: Lens, pose: Floats) -> NDArray[np.uint8]:
        key = (plan.pixels, plan.ras_from_camera, plan.lens, lens, pose.tobytes())
        if self._shifted is None or self._shifted[0] != key:
            self._shifted = (key, seen_through(plan, lens, pose))
        return self._shifted[1]


def seen_through(plan: RealFramePlan, lens: Lens, ras_from_camera: Floats) -> NDArray[np.uint8]:
    """The picture as another lens sees it from the same point: (H, W, 4), opacity 255 where it has pixels."""
    height, width = plan.pixels.array.shape[:2]
    own = plan.lens.resized(width, height)
    turn = _axes(plan.ras_from_camera.array).T @ _axes(ras_from_camera)
    directions = lens.directions(lens.pixels()) @ turn.T
    at = own.project(directions)
    corners = own.directions([[0, 0], [width, 0], [0, height], [width, height]])
    is_near = directions[..., 2] <= corners[:, 2].max() + 1e-9
    with np.errstate(invalid="ignore"):
        inside = is_near & ((at >= 0) & (at <= (width, height))).all(axis=-1)
    picture = np.zeros((lens.height, lens.width, 4), np.uint8)
    picture[inside, :3] = _blended(plan.pixels.array, at[inside])
    picture[inside, 3] = 255
    return picture


def _blended(pixels: NDArray[np.generic], at: Floats) -> NDArray[np.uint8]:
    """Bilinear between pixel centres; the rim goes on beyond the outermost."""
    height, width = pixels.shape[:2]
    place = np.clip(at - 0.5, 0, np.array([width, height]) - 1.0)
    first = np.minimum(place.astype(int), np.maximum(np.array([width, height]) - 2, 0))
    x, y = (place - first).T[..., None]
    column, row = first.T
    right, below = np.minimum(column + 1, width - 1), np.minimum(row + 1, height - 1)
    upper = pixels[row, column] * (1 - x) + pixels[row, right] * x
    lower = pixels[below, column] * (1 - x) + pixels[below, right] * x
    return np.rint(upper * (1 - y) + lower * y).astype(np.uint8)


def _is_there(pose: Floats, plan: RealFramePlan) -> bool:
    return float(np.linalg.norm(pose[:3, 3] - plan.ras_from_camera.array[:3, 3])) < _SAME_PLACE_MM


def _axes(pose: NDArray[np.generic]) -> Floats:
    axes = np.asarray(pose, float)[:3, :3]
    return np.asarray(axes / np.linalg.norm(axes, axis=0), np.float64)
