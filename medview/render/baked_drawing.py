"""What stands for a radiance field in motion: its baked colours and opacities, by ray casting.

VTK mixes it with meshes at the right depth by itself. Colours are those seen from the mean direction of
training; what depends on the direction is only in the true field, drawn at rest.
"""

from __future__ import annotations

import numpy as np
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers the ray casters
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkVolume
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

from medview.core.plans import FieldPlan
from medview.render.volume_drawing import box_span, next_coarseness

#: Pixels between rays of the first moving frame; the next ones follow the time that it took.
_FIRST_COARSENESS = 4.0
_CELLS_PER_SAMPLE = 1.5
#: Where so much of the light is stopped, the field counts as seen.
_SEEN = 0.5
#: The least opacity that the processor's ray caster does not take for nothing. It leaves blocks out that it
#: takes for empty, and for colours with an opacity of their own it takes the wrong ones (VTK 9.7).
_SMALLEST = 1 / 32767


class BakedDrawing:
    """Draws the baked volume of one field."""

    def __init__(self, renderer: vtkRenderer, *, on_processor: bool) -> None:
        self._renderer = renderer
        self._on_processor = on_processor
        self._plan: FieldPlan | None = None
        self._coarseness = _FIRST_COARSENESS
        self._is_moving = False
        self._mapper = vtkFixedPointVolumeRayCastMapper() if on_processor else vtkGPUVolumeRayCastMapper()
        self._mapper.AutoAdjustSampleDistancesOff()
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        self._volume.GetProperty().IndependentComponentsOff()
        self._volume.GetProperty().ShadeOff()
        self._volume.GetProperty().SetInterpolationTypeToLinear()
        renderer.AddVolume(self._volume)

    def draw(self, plan: FieldPlan) -> None:
        """Show a plan; the volume is taken anew only when it has changed."""
        old, self._plan = self._plan, plan
        if old is None or (old.baked, old.geometry) != (plan.baked, plan.geometry):
            self._take(plan)
        if old is None or (old.floor, old.opacity) != (plan.floor, plan.opacity):
            self._apply_look(plan)

    def set_moving(self, is_moving: bool) -> None:
        """Get ready for a frame; speed follows the last moving one.

        At rest it is no finer: a picture of the true field comes soon, and a slow frame would hold up a hand.
        """
        if is_moving and self._is_moving:
            self._coarseness = next_coarseness(self._coarseness, self._mapper.GetTimeToDraw())
        self._is_moving = is_moving
        self._mapper.SetImageSampleDistance(self._coarseness if self._on_processor else 1.0)
        self._mapper.SetSampleDistance(_CELLS_PER_SAMPLE * self._cell_mm)

    def set_visible(self, is_visible: bool) -> None:
        """Show or hide it."""
        self._volume.SetVisibility(is_visible)

    def hits(self, origin_ras: NDArray[np.float64], direction: NDArray[np.float64]) -> float | None:
        """Distance along a ray at which half of the light is stopped, or None where it passes."""
        plan = self._plan
        if plan is None:
            return None
        near, far = box_span(origin_ras, direction, *plan.geometry.bounds_ras)
        if far <= max(near, 0.0):
            return None
        at = np.arange(max(near, 0.0), far, self._cell_mm / 2)
        index = np.rint(plan.geometry.ijk_of(origin_ras + at[:, None] * direction)).astype(int)
        inside = ((index >= 0) & (index < plan.geometry.shape)).all(axis=1)
        cells = plan.baked.array[..., 3][tuple(np.where(inside[:, None], index, 0).T)] / 255
        opacity = np.where(inside & (cells >= plan.floor), cells, 0.0)
        stopped = 1 - np.cumprod((1 - np.minimum(opacity, 0.999)) ** 0.5)
        return float(at[int(np.argmax(stopped > _SEEN))]) if stopped[-1] > _SEEN else None

    def close(self) -> None:
        """Leave the renderer and free textures."""
        self._renderer.RemoveVolume(self._volume)
        self._mapper.ReleaseGraphicsResources(self._renderer.GetRenderWindow())

    @property
    def _cell_mm(self) -> float:
        return min(self._plan.geometry.spacing_mm) if self._plan is not None else 1.0

    def _take(self, plan: FieldPlan) -> None:
        spacing = np.asarray(plan.geometry.spacing_mm)
        image = vtkImageData()
        image.SetDimensions(*plan.geometry.shape)
        image.SetSpacing(*spacing)
        cells = np.ascontiguousarray(plan.baked.array.transpose(2, 1, 0, 3)).reshape(-1, 4)
        image.GetPointData().SetScalars(numpy_to_vtk(cells, deep=1))
        placed = vtkMatrix4x4()
        placed.DeepCopy((plan.geometry.ras_from_ijk @ np.diag([*(1 / spacing), 1.0])).ravel().tolist())
        self._volume.SetUserMatrix(placed)
        self._mapper.SetInputData(image)
        self._volume.GetProperty().SetScalarOpacityUnitDistance(float(spacing.min()))

    def _apply_look(self, plan: FieldPlan) -> None:
        """From the fourth number of a cell to its opacity: next to nothing below the floor."""
        opacity, floor = vtkPiecewiseFunction(), 255 * plan.floor
        opacity.AddPoint(0.0, _SMALLEST)
        opacity.AddPoint(max(floor - 0.5, 0.01), _SMALLEST)
        opacity.AddPoint(max(floor, 0.02), plan.floor * plan.opacity)
        opacity.AddPoint(255.0, plan.opacity)
        self._volume.GetProperty().SetScalarOpacity(opacity)
