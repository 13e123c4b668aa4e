"""One layer of a slice pane: makes its picture anew only when its content, look or slice has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.plans import DifferencePlan, ImagePlan, LabelsPlan, LayerPlan
from medview.render.colouring import image_picture, labels_picture
from medview.render.cut import GridSlice, crossed_axis, slice_in
from medview.render.difference_colouring import difference_picture, kinds_of
from medview.render.frame import PlaneFrame
from medview.render.oblique import PlaneSampler
from medview.render.sprite import Sprite

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Samples per voxel of an image on an oblique plane: more shows nothing new.
_SAMPLES_PER_VOXEL = 2.0


class LayerDrawing:
    """Draws one image, label map, or the difference of two."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._sprite = Sprite(renderer)
        self._sampler = PlaneSampler()
        self._mask_sampler = PlaneSampler()
        self._key: tuple[Any, ...] = ()
        self._cut: GridSlice | None = None
        self._part: Floats | None = None

    def draw(self, plan: LayerPlan, frame: PlaneFrame, line_px: int) -> None:
        """Show a plan in a frame, with outlines and patterns this many device pixels wide."""
        axis = crossed_axis(plan.geometry, frame)
        if axis is None or _is_drawn_at_pixels(plan):
            self._draw_sampled(plan, frame, line_px)
            return
        assert isinstance(plan, ImagePlan | LabelsPlan)
        cut = slice_in(plan.geometry, frame, axis)
        if cut is None:
            self.hide()
        else:
            self._draw_slice(plan, cut)

    def hide(self) -> None:
        """Draw nothing, and forget what was drawn."""
        self._sprite.hide()
        self._key = ()

    def raise_to_top(self) -> None:
        """Lie on everything drawn so far."""
        self._sprite.raise_to_top()

    def close(self) -> None:
        """Free everything."""
        self._sprite.close()

    def _draw_slice(self, plan: ImagePlan | LabelsPlan, cut: GridSlice) -> None:
        numbers = cut.of(plan.voxels.array)
        corners = cut.corners_px
        if abs(numbers.strides[0]) < abs(numbers.strides[1]):
            numbers, corners = np.swapaxes(numbers, 0, 1), cut.corners_px[[0, 3, 2, 1]]
        key = (plan, cut.axis, cut.index)
        if key != self._key:
            is_image = isinstance(plan, ImagePlan)
            self._take(image_picture(numbers, plan) if is_image else labels_picture(numbers, plan), plan)
        elif cut is self._cut:
            return
        self._key, self._cut = key, cut
        self._lay(corners)

    def _draw_sampled(self, plan: LayerPlan, frame: PlaneFrame, line_px: int) -> None:
        key = (plan, frame, line_px)
        if key == self._key:
            return
        if isinstance(plan, ImagePlan):
            made = self._sampled_image(plan, frame)
        elif isinstance(plan, DifferencePlan):
            made = self._sampled_difference(plan, frame, line_px)
        else:
            made = self._sampled_labels(plan, frame, line_px)
        if made is None:
            self.hide()
            return
        self._take(made[0], plan)
        self._lay(made[1])
        self._key = key

    def _take(self, picture: Picture, plan: LayerPlan) -> None:
        if isinstance(plan, ImagePlan):
            self._part = np.array([[0.0, 0.0], [1.0, 1.0]])
            self._sprite.set_picture(picture, smooth=plan.interpolate)
            return
        # Most of a label map is empty: what is not laid over the pane need not be blended.
        box = _visible_box(picture)
        self._part = None if box is None else np.array(box) / picture.shape[:2]
        if box is not None:
            (top, left), (bottom, right) = box
            self._sprite.set_picture(picture[top:bottom, left:right], smooth=False)

    def _lay(self, corners_px: Floats) -> None:
        """Lay the kept part of the picture where it belongs between the corners of the whole."""
        if self._part is None:
            self._sprite.hide()
            return
        origin, along, across = corners_px[0], corners_px[1] - corners_px[0], corners_px[3] - corners_px[0]
        (low, left), (high, right) = self._part
        ends = np.array([[low, left], [low, right], [high, right], [high, left]])
        self._sprite.set_corners(origin + ends[:, :1] * across + ends[:, 1:] * along)

    def _sampled_image(self, plan: ImagePlan, frame: PlaneFrame) -> tuple[Picture, Floats] | None:
        finest = min(plan.geometry.spacing_mm) / _SAMPLES_PER_VOXEL
        step = max(1.0, finest / frame.mm_per_pixel) if plan.interpolate else 1.0
        sample = self._sampler.sample(
            plan.voxels.array, plan.geometry, frame, smooth=plan.interpolate, step_px=step
        )
        if sample is None:
            return None
        return image_picture(sample.numbers, plan, sample.inside), sample.corners_px

    def _sampled_labels(
        self, plan: LabelsPlan, frame: PlaneFrame, line_px: int
    ) -> tuple[Picture, Floats] | None:
        sample = self._sampler.sample(
            plan.voxels.array, plan.geometry, frame, smooth=False, revision=plan.revision
        )
        if sample is None:
            return None
        numbers = np.where(sample.inside, sample.numbers, sample.numbers.dtype.type(0))
        return labels_picture(numbers, plan, line_px if plan.outline else 0), sample.corners_px

    def _sampled_difference(
        self, plan: DifferencePlan, frame: PlaneFrame, line_px: int
    ) -> tuple[Picture, Floats] | None:
        """At the pixels of the pane, whose patterns do not grow with the voxels."""
        samples = [
            sampler.sample(shared.array, plan.geometry, frame, smooth=False, revision=revision)
            for sampler, shared, revision in (
                (self._mask_sampler, plan.present, plan.revisions[1]),
                (self._sampler, plan.proposed, plan.revisions[0]),
            )
        ]
        present, proposed = samples
        if present is None or proposed is None:
            return None
        kinds = np.where(present.inside, kinds_of(present.numbers, proposed.numbers), np.uint8(0))
        return difference_picture(kinds, plan.opacity, line_px), present.corners_px


def _is_drawn_at_pixels(plan: LayerPlan) -> bool:
    """Outlines and patterns have widths in pixels, not in voxels."""
    return isinstance(plan, DifferencePlan) or (isinstance(plan, LabelsPlan) and plan.outline)


def _visible_box(picture: Picture) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """First and one past the last row and column to be drawn, or None where all is transparent.

    One empty pixel is kept around: so the graphics card finds the rim as it does in the whole picture.
    """
    shown = picture.view(np.uint32)[..., 0] != 0
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not rows.size:
        return None
    height, width = shown.shape
    last = (min(int(rows[-1]) + 2, height), min(int(columns[-1]) + 2, width))
    return (max(int(rows[0]) - 1, 0), max(int(columns[0]) - 1, 0)), last
