"""Label surfaces and thin lines in 3-D."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from medview.core.mesh import Mesh
from medview.core.plans import SurfacePlan, Theme, Vector
from medview.core.state import Orientation

_OUTLINE_ALPHA = 0.7


def polydata(mesh: Mesh) -> vtkPolyData:
    """A mesh as VTK knows it; shares no memory."""
    shape = vtkPolyData()
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(mesh.vertices_ras), deep=1))
    shape.SetPoints(points)
    triangles = np.ascontiguousarray(mesh.triangles, np.int64)
    cells = vtkCellArray()
    offsets = np.arange(0, triangles.size + 1, 3, dtype=np.int64)
    cells.SetData(numpy_to_vtk(offsets, deep=1), numpy_to_vtk(triangles.ravel(), deep=1))
    shape.SetPolys(cells)
    return shape


class SurfaceDrawing:
    """Draws the surfaces of one label layer."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._plan: SurfacePlan | None = None
        self._actors: dict[int, vtkActor] = {}

    def draw(self, plan: SurfacePlan) -> None:
        """Show a plan; meshes are taken anew only when they have changed."""
        if plan == self._plan:
            return
        if self._plan is None or plan.surfaces is not self._plan.surfaces:
            self._rebuild(plan)
        colours = {value: rgb for value, *rgb in plan.colours}
        for value, actor in self._actors.items():
            style = actor.GetProperty()
            actor.SetVisibility(value in colours and plan.opacity > 0)
            style.SetColor(*(channel / 255 for channel in colours.get(value, (0, 0, 0))))
            style.SetOpacity(plan.opacity)
            # Only the near side of a see-through surface, else its far side shines through unsorted.
            style.SetBackfaceCulling(plan.opacity < 1)
        self._plan = plan

    def hits(self, origin_ras: NDArray[np.float64], direction: NDArray[np.float64]) -> float | None:
        """Distance along a ray to the nearest visible surface, or None."""
        if self._plan is None:
            return None
        shown = [
            mesh for value, mesh in self._plan.surfaces.meshes.items() if self._actors[value].GetVisibility()
        ]
        found = [at for mesh in shown if (at := ray_hit(mesh, origin_ras, direction)) is not None]
        return min(found, default=None)

    def close(self) -> None:
        """Leave the renderer."""
        for actor in self._actors.values():
            self._renderer.RemoveActor(actor)
        self._actors = {}

    def _rebuild(self, plan: SurfacePlan) -> None:
        self.close()
        for value, mesh in plan.surfaces.meshes.items():
            normals = vtkPolyDataNormals()
            normals.SetInputData(polydata(mesh))
            normals.SplittingOff()
            normals.ConsistencyOff()
            normals.Update()
            mapper = vtkPolyDataMapper()
            mapper.SetInputData(normals.GetOutput())
            mapper.ScalarVisibilityOff()
            actor = vtkActor()
            actor.SetMapper(mapper)
            style = actor.GetProperty()
            style.SetAmbient(0.18)
            style.SetDiffuse(0.85)
            style.SetSpecular(0.25)
            style.SetSpecularPower(25)
            self._renderer.AddActor(actor)
            self._actors[value] = actor


def ray_hit(mesh: Mesh, origin_ras: NDArray[np.float64], direction: NDArray[np.float64]) -> float | None:
    """Distance along a ray to the first triangle it meets (Moeller and Trumbore 1997), or None."""
    corners = mesh.vertices_ras[mesh.triangles].astype(np.float64)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(direction, second)
    volume = np.einsum("ij,ij->i", first, across)
    scale = 1 / np.where(np.abs(volume) < 1e-12, np.inf, volume)
    offset = origin_ras - corners[:, 0]
    u = np.einsum("ij,ij->i", offset, across) * scale
    turned = np.cross(offset, first)
    v = (turned @ direction) * scale
    at = np.einsum("ij,ij->i", second, turned) * scale
    hits = at[(u >= 0) & (v >= 0) & (u + v <= 1) & (at > 0)]
    return float(hits.min()) if hits.size else None


class PlaneLines:
    """The outlines of the three planes in their colours, and the lines in which they meet."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._shape = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._shape)
        mapper.SetScalarModeToUseCellData()
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().LightingOff()
        self._actor.GetProperty().SetOpacity(_OUTLINE_ALPHA)
        self._actor.VisibilityOff()
        renderer.AddActor(self._actor)

    def draw(
        self, at_ras: Vector | None, bounds: tuple[Vector, Vector] | None, theme: Theme, width_px: float
    ) -> None:
        """Show the planes through a position within a box; nothing where either is None."""
        self._actor.SetVisibility(at_ras is not None and bounds is not None)
        if at_ras is None or bounds is None:
            return
        lines, colours = plane_outlines(np.array(at_ras), np.array(bounds), theme)
        points, cells = vtkPoints(), vtkCellArray()
        points.SetData(numpy_to_vtk(lines.reshape(-1, 3).astype(np.float32), deep=1))
        offsets = np.arange(0, 2 * len(lines) + 1, 2, dtype=np.int64)
        cells.SetData(numpy_to_vtk(offsets, deep=1), numpy_to_vtk(np.arange(2 * len(lines)), deep=1))
        self._shape.SetPoints(points)
        self._shape.SetLines(cells)
        self._shape.GetCellData().SetScalars(numpy_to_vtk(colours, deep=1))
        self._actor.GetProperty().SetLineWidth(width_px)

    def set_solid(self, is_solid: bool) -> None:
        """Solid lines write depth, and so stand in front of a radiance field or behind it."""
        self._actor.GetProperty().SetOpacity(1.0 if is_solid else _OUTLINE_ALPHA)

    def close(self) -> None:
        """Leave the renderer."""
        self._renderer.RemoveActor(self._actor)


def plane_outlines(
    at_ras: NDArray[np.float64], bounds: NDArray[np.float64], theme: Theme
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Ends (N, 2, 3) and colours (N, 3) of each plane's four edges and its line through the position."""
    lines, colours = [], []
    normals = {Orientation.SAGITTAL: 0, Orientation.CORONAL: 1, Orientation.AXIAL: 2}
    for orientation, normal in normals.items():
        first, second = (axis for axis in range(3) if axis != normal)
        ring = np.tile(at_ras, (5, 1))
        ring[:, first] = bounds[[0, 1, 1, 0, 0], first]
        ring[:, second] = bounds[[0, 0, 1, 1, 0], second]
        through = np.tile(at_ras, (2, 1))
        through[:, normal] = bounds[:, normal]
        lines += [np.stack([ring[:-1], ring[1:]], axis=1), through[None]]
        colours += [theme.accents[orientation]] * 5
    return np.concatenate(lines), np.rint(np.array(colours) * 255).astype(np.uint8)
