"""The scan in 3-D: ray casting by the processor or by a graphics card, whichever is there.

Measured on software OpenGL with two cores, 600 x 450, 200^3 voxels, shaded, one sample per voxel: the
processor's ray caster takes 100 ms, 29 ms with half the samples on a quarter of the rays; the card's
one run in software 600 and 100 ms.
"""

from __future__ import annotations

import numpy as np
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers the ray casters
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkRenderer, vtkRenderWindow, vtkVolume
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkGPUVolumeRayCastMapper

from medview.core.plans import RenderedVolumePlan
from medview.render.brick import Brick, make_brick
from medview.render.transfer import VolumePreset, preset

_MOST_VOXELS = {True: 10_000_000, False: 130_000_000}
_SOFTWARE = ("llvmpipe", "softpipe", "swr", "software", "virgl", "gdi generic")
#: At rest a pane of more pixels than this is ray cast at fewer and enlarged.
_REST_RAYS = 400_000
_MOVING_S = (0.025, 0.055)
#: Where so much of the light is stopped, a volume counts as seen.
_SEEN = 0.3


def is_software(window: vtkRenderWindow) -> bool:
    """Whether OpenGL runs on the processor; draws the window first where it has never been drawn."""
    if window.GetNeverRendered():
        window.Render()
    lines = window.ReportCapabilities().lower().splitlines()
    renderer = next((line for line in lines if "renderer string" in line), "")
    return not renderer or any(name in renderer for name in _SOFTWARE)


class VolumeDrawing:
    """Draws one volume; makes its block of numbers anew only when scan or kind of joining change."""

    def __init__(self, renderer: vtkRenderer, *, on_processor: bool) -> None:
        self._renderer = renderer
        self._on_processor = on_processor
        self._plan: RenderedVolumePlan | None = None
        self._brick_key: tuple[object, ...] = ()
        self._coarseness = 2.0
        self._is_moving = False
        self.brick: Brick | None = None
        self._mapper = vtkFixedPointVolumeRayCastMapper() if on_processor else vtkGPUVolumeRayCastMapper()
        self._mapper.AutoAdjustSampleDistancesOff()
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        renderer.AddVolume(self._volume)

    def draw(self, plan: RenderedVolumePlan) -> None:
        """Show a plan."""
        if plan == self._plan:
            return
        look = preset(plan.preset)
        self._take(plan, look)
        self._apply_look(look, plan.low, plan.high)
        self._plan = plan

    def hits(self, origin_ras: NDArray[np.float64], direction: NDArray[np.float64]) -> float | None:
        """Distance along a ray at which the volume becomes visible, or None where it does not."""
        if self.brick is None or self._plan is None:
            return None
        low, high = self.brick.geometry.bounds_ras
        near, far = box_span(origin_ras, direction, low, high)
        if far <= near:
            return None
        step = min(self.brick.geometry.spacing_mm) / 2
        at = np.arange(max(near, 0.0), far, step)
        index = np.rint(self.brick.geometry.ijk_of(origin_ras + at[:, None] * direction)).astype(int)
        inside = ((index >= 0) & (index < self.brick.geometry.shape)).all(axis=1)
        numbers = self.brick.voxels[tuple(np.where(inside[:, None], index, 0).T)]
        look = preset(self._plan.preset)
        points = look.scaled(self._plan.low, self._plan.high)
        opacity = np.where(inside, np.interp(numbers, points[:, 0], points[:, 4]), 0.0)
        if look.blend == "maximum":
            return float(at[int(np.argmax(opacity))]) if opacity.max() > 0 else None
        shown = 1 - np.cumprod((1 - opacity) ** (step / look.unit_mm))
        return float(at[int(np.argmax(shown > _SEEN))]) if shown[-1] > _SEEN else None

    def surface_distances(
        self, origin_ras: NDArray[np.float64], directions: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distance (N,) along rays (N, 3) from one point at which the volume becomes visible; else infinite.

        A projection of the brightest value has no surface.
        """
        found = np.full(len(directions), np.inf)
        if self.brick is None or self._plan is None or preset(self._plan.preset).blend == "maximum":
            return found
        look, geometry = preset(self._plan.preset), self.brick.geometry
        points = look.scaled(self._plan.low, self._plan.high)
        near, far = box_spans(origin_ras, directions, *geometry.bounds_ras)
        step = float(min(geometry.spacing_mm))
        at, clear = np.maximum(near, 0.0), np.ones(len(directions))
        alive = np.flatnonzero(far > at)
        while alive.size:
            index = np.rint(geometry.ijk_of(origin_ras + at[alive, None] * directions[alive])).astype(int)
            index = np.clip(index, 0, np.subtract(geometry.shape, 1))
            opacity = np.interp(self.brick.voxels[tuple(index.T)], points[:, 0], points[:, 4])
            clear[alive] *= (1 - opacity) ** (step / look.unit_mm)
            seen = alive[1 - clear[alive] > _SEEN]
            found[seen] = at[seen]
            at[alive] += step
            alive = alive[(at[alive] < far[alive]) & np.isinf(found[alive])]
        return found

    def set_moving(self, is_moving: bool, pixels: int) -> None:
        """Choose between speed and quality before a frame; speed follows the last moving frame."""
        if is_moving and self._is_moving:
            self._coarseness = next_coarseness(self._coarseness, self._mapper.GetTimeToDraw())
        self._is_moving = is_moving
        rest = float(np.clip(np.sqrt(pixels / _REST_RAYS), 1.0, 3.0)) if self._on_processor else 1.0
        spacing = min(self.brick.geometry.spacing_mm) if self.brick else 1.0
        self._mapper.SetImageSampleDistance(max(rest, self._coarseness) if is_moving else rest)
        self._mapper.SetSampleDistance(spacing * (2.0 if is_moving else 0.5))

    def close(self) -> None:
        """Leave the renderer and free textures."""
        self._renderer.RemoveVolume(self._volume)
        self._mapper.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
        self.brick = None

    def _take(self, plan: RenderedVolumePlan, look: VolumePreset) -> None:
        key = (plan.voxels, plan.geometry, look.blend)
        if key == self._brick_key:
            return
        brick = make_brick(
            plan.voxels.array,
            plan.geometry,
            _MOST_VOXELS[self._on_processor],
            brightest=look.blend == "maximum",
        )
        spacing = np.asarray(brick.geometry.spacing_mm)
        image = vtkImageData()
        image.SetDimensions(*brick.geometry.shape)
        image.SetSpacing(*spacing)
        image.GetPointData().SetScalars(numpy_to_vtk(brick.voxels.reshape(-1, order="F")))
        placed = vtkMatrix4x4()
        placed.DeepCopy((brick.geometry.ras_from_ijk @ np.diag([*(1 / spacing), 1.0])).ravel().tolist())
        self._volume.SetUserMatrix(placed)
        self._mapper.SetInputData(image)
        self.brick, self._brick_key = brick, key

    def _apply_look(self, look: VolumePreset, low: float, high: float) -> None:
        colour, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
        for number, red, green, blue, alpha in look.scaled(low, high):
            colour.AddRGBPoint(number, red, green, blue)
            opacity.AddPoint(number, alpha)
        style = self._volume.GetProperty()
        style.SetColor(colour)
        style.SetScalarOpacity(opacity)
        style.SetScalarOpacityUnitDistance(look.unit_mm)
        style.SetInterpolationTypeToLinear()
        style.SetShade(look.shade)
        style.SetAmbient(0.22)
        style.SetDiffuse(0.85)
        style.SetSpecular(0.18)
        style.SetSpecularPower(18)
        if look.blend == "maximum":
            self._mapper.SetBlendModeToMaximumIntensity()
        else:
            self._mapper.SetBlendModeToComposite()


def next_coarseness(coarseness: float, took_s: float) -> float:
    """Distance of rays in pixels for the next moving frame, from how long the last one took."""
    fastest, slowest = _MOVING_S
    if took_s > slowest:
        return min(6.0, coarseness * float(np.clip(np.sqrt(took_s / slowest), 1.25, 2.0)))
    return max(1.0, coarseness / 1.15) if took_s < fastest else coarseness


def box_span(
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[float, float]:
    """Distances at which a ray enters and leaves a box."""
    near, far = box_spans(origin, direction[None], low, high)
    return float(near[0]), float(far[0])


def box_spans(
    origin: NDArray[np.float64],
    directions: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances (N,) at which rays (N, 3) from one point enter and leave a box."""
    safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
    first, second = (low - origin) / safe, (high - origin) / safe
    return np.minimum(first, second).max(axis=-1), np.maximum(first, second).min(axis=-1)
