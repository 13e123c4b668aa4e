"""One layer of a slice pane: makes its picture anew only when its content, look or slice has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.plans import ImagePlan, LabelsPlan
from medview.render.colouring import image_picture, labels_picture
from medview.render.cut import GridSlice, crossed_axis, slice_in
from medview.render.frame import PlaneFrame
from medview.render.oblique import PlaneSampler
from medview.render.sprite import Sprite

LayerPlan = ImagePlan | LabelsPlan
Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Samples per voxel of an image on an oblique plane: more shows nothing new.
_SAMPLES_PER_VOXEL = 2.0


class LayerDrawing:
    """Draws one image or label map."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._sprite = Sprite(renderer)
        self._sampler = PlaneSampler()
        self._key: tuple[Any, ...] = ()

    def draw(self, plan: LayerPlan, frame: PlaneFrame, line_px: int) -> None:
        """Show a plan in a frame, with outlines this many device pixels wide."""
        axis = crossed_axis(plan.geometry, frame)
        if axis is None or (isinstance(plan, LabelsPlan) and plan.outline):
            self._draw_sampled(plan, frame, line_px)
            return
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

    def _draw_slice(self, plan: LayerPlan, cut: GridSlice) -> None:
        numbers = cut.of(plan.voxels.array)
        corners = cut.corners_px[[0, 1, 2, 3]]
        if abs(numbers.strides[0]) < abs(numbers.strides[1]):
            numbers, corners = np.swapaxes(numbers, 0, 1), cut.corners_px[[0, 3, 2, 1]]
        key = (plan, cut.axis, cut.index)
        if key != self._key:
            if isinstance(plan, ImagePlan):
                self._sprite.set_picture(image_picture(numbers, plan), smooth=plan.interpolate)
            else:
                self._sprite.set_picture(labels_picture(numbers, plan), smooth=False)
            self._key = key
        self._sprite.set_corners(corners)

    def _draw_sampled(self, plan: LayerPlan, frame: PlaneFrame, line_px: int) -> None:
        key = (plan, frame, line_px)
        if key == self._key:
            return
        made = self._sampled_image(plan, frame) if isinstance(plan, ImagePlan) else None
        if isinstance(plan, LabelsPlan):
            made = self._sampled_labels(plan, frame, line_px)
        if made is None:
            self.hide()
            return
        self._sprite.set_picture(made[0], smooth=isinstance(plan, ImagePlan) and plan.interpolate)
        self._sprite.set_corners(made[1])
        self._key = key

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
