"""What is drawn around a radiance field: the cameras of its pictures, their course, known surface points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from medview.core.lens import Lens
from medview.core.plans import FieldPlan, Theme

Floats = NDArray[np.float64]

_TRAINED, _HELD_OUT, _PATH, _KEYED = (86, 180, 233), (230, 159, 0), (150, 150, 150), (204, 121, 167)
#: Depth of a drawn camera, as part of the scene's diagonal; many cameras are drawn smaller.
_CAMERA_PART, _MANY = 0.04, 60
#: And as part of how far the cameras lie apart; never smaller than this part of the diagonal.
_SPREAD_PART, _SMALLEST_PART = 0.25, 0.004
_POINT_PX = 3.0


class FieldScenery:
    """Draws the surroundings of one field, all cameras as one shape."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._cameras, self._lines, self._points = (_Shape(renderer) for _ in range(3))
        self._drawn: tuple[object, ...] = ()
        self._size_mm = 0.0
        self._centres = np.zeros((0, 3))

    def draw(self, plan: FieldPlan, theme: Theme, scale: float) -> None:
        """Show a plan; shapes are made anew only when something of them has changed."""
        cameras = (plan.poses_ras, plan.lenses, plan.held_out, plan.geometry)
        wanted = (*cameras, plan.path_ras, plan.keyed_ras, plan.points_ras, theme.name, scale)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        poses = _array(plan.poses_ras, (0, 4, 4))
        self._centres = poses[:, :3, 3]
        self._size_mm = _camera_size(plan, self._centres)
        frusta = camera_frusta(poses, plan.lenses, self._size_mm)
        tints = [_HELD_OUT if n in set(plan.held_out) else _TRAINED for n in range(len(poses))]
        self._cameras.show_lines(frusta.reshape(-1, 2, 3), np.repeat(tints, 8, axis=0), 1.2 * scale)
        self._draw_courses(plan, scale)
        rgb = plan.points_rgb.array if plan.points_rgb is not None else np.zeros((0, 3))
        self._points.show_points(_array(plan.points_ras, (0, 3)), rgb, _POINT_PX * scale)

    def stand_at(self, eye_ras: ArrayLike) -> None:
        """Hide the cameras from who stands in one of them: its own lines would frame the view."""
        away = np.linalg.norm(self._centres - np.asarray(eye_ras), axis=1)
        self._cameras.set_visible(bool(len(away)) and float(away.min()) > self._size_mm)

    def close(self) -> None:
        """Leave the renderer."""
        for shape in (self._cameras, self._lines, self._points):
            shape.close()

    def _draw_courses(self, plan: FieldPlan, scale: float) -> None:
        keyed = _array(plan.keyed_ras, (0, 4, 4))
        courses = [
            (_array(plan.path_ras, (0, 3)), _PATH),
            (keyed[:, :3, 3], _KEYED),
        ]
        pieces = [np.stack([course[:-1], course[1:]], axis=1) for course, _ in courses]
        tints = [np.tile(tint, (len(piece), 1)) for piece, (_, tint) in zip(pieces, courses, strict=True)]
        marks = camera_frusta(keyed, (), self._size_mm).reshape(-1, 2, 3)
        lines = np.concatenate([*pieces, marks])
        self._lines.show_lines(lines, np.concatenate([*tints, np.tile(_KEYED, (len(marks), 1))]), 1.6 * scale)


def _camera_size(plan: FieldPlan, centres: Floats) -> float:
    """Depth in mm of a drawn camera: part of the scene, less where many or close ones would be a thicket."""
    diagonal = float(np.linalg.norm(np.subtract(*plan.geometry.bounds_ras)))
    size = _CAMERA_PART * diagonal / max(1.0, len(centres) / _MANY) ** (1 / 3)
    spread = float(np.linalg.norm(np.ptp(centres, axis=0))) if len(centres) > 1 else diagonal
    return min(size, max(_SPREAD_PART * spread, _SMALLEST_PART * diagonal))


def camera_frusta(poses_ras: Floats, lenses: tuple[Lens, ...], depth_mm: float) -> Floats:
    """Edges (n, 8, 2, 3) of the pyramids that cameras see, down to a depth along the optical axis.

    Args:
        poses_ras: (n, 4, 4) camera to patient; their scale is left out.
        lenses: One for each; a square one of 60 degrees where there are none.
        depth_mm: Height of the pyramids.
    """
    shown = lenses or (Lens.of_view_angle(100, 100, 60.0),) * len(poses_ras)
    corners = np.array([lens.directions(_corners(lens)) for lens in shown]).reshape(-1, 4, 3)
    corners *= depth_mm / np.maximum(-corners[..., 2:], 1e-3)
    axes = poses_ras[:, :3, :3] / np.linalg.norm(poses_ras[:, :3, :3], axis=1, keepdims=True)
    ring = np.einsum("nij,nkj->nki", axes, corners) + poses_ras[:, None, :3, 3]
    apex = np.broadcast_to(poses_ras[:, None, :3, 3], ring.shape)
    sides = np.stack([apex, ring], axis=2)
    edges = np.stack([ring, np.roll(ring, -1, axis=1)], axis=2)
    return np.concatenate([sides, edges], axis=1)


def _corners(lens: Lens) -> Floats:
    return np.array([[0, 0], [lens.width, 0], [lens.width, lens.height], [0, lens.height]], float)


def _array(shared: object, empty: tuple[int, ...]) -> Floats:
    return np.zeros(empty) if shared is None else np.asarray(shared.array, float)  # type: ignore[attr-defined]


class _Shape:
    """Coloured lines or points that write depth and take no light."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._shape = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._shape)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().LightingOff()
        self._actor.VisibilityOff()
        self._is_empty = True
        renderer.AddActor(self._actor)

    def show_lines(self, ends: Floats, tints: ArrayLike, width_px: float) -> None:
        """Draw lines (N, 2, 3) in colours (N, 3)."""
        self._take(ends.reshape(-1, 3), np.repeat(np.reshape(tints, (-1, 3)), 2, axis=0))
        self._shape.SetLines(_cells(len(ends), 2))
        self._actor.GetProperty().SetLineWidth(width_px)

    def show_points(self, places: Floats, tints: ArrayLike, size_px: float) -> None:
        """Draw points (N, 3) in colours (N, 3)."""
        self._take(places, np.reshape(tints, (-1, 3)))
        self._shape.SetVerts(_cells(len(places), 1))
        self._actor.GetProperty().SetPointSize(size_px)

    def set_visible(self, is_visible: bool) -> None:
        """Show or hide what there is."""
        self._actor.SetVisibility(is_visible and not self._is_empty)

    def close(self) -> None:
        """Leave the renderer."""
        self._renderer.RemoveActor(self._actor)

    def _take(self, places: Floats, tints: NDArray[np.generic]) -> None:
        self._is_empty = len(places) == 0
        points = vtkPoints()
        points.SetData(numpy_to_vtk(np.ascontiguousarray(places, np.float32), deep=1))
        self._shape.Initialize()
        self._shape.SetPoints(points)
        self._shape.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(tints, np.uint8), deep=1))
        self._actor.SetVisibility(not self._is_empty)


def _cells(count: int, corners: int) -> vtkCellArray:
    cells = vtkCellArray()
    offsets = np.arange(0, corners * count + 1, corners, dtype=np.int64)
    cells.SetData(numpy_to_vtk(offsets, deep=1), numpy_to_vtk(np.arange(corners * count), deep=1))
    return cells
