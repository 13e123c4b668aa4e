"""The abdomen drawn by VTK: pictures and depths of its surfaces from given cameras.

The one module of this room that knows VTK (decision 0019), and only inside functions: a listing of the
studies or a test of the recipe stays free of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.lens import Lens
from medview.phantoms.laparoscopy import shading
from medview.phantoms.laparoscopy.surfaces import Surface
from medview.phantoms.laparoscopy.tissues import Tissue

Floats = NDArray[np.float64]

NEAR_MM, FAR_MM = 4.0, 420.0
_FINER = 2
"""Drawn at so many times the size, and averaged."""
_MOVEMENTS = ("breath", "breathMiddle", "pull", "grasped")


@dataclass(frozen=True, eq=False, kw_only=True)
class Skin:
    """A surface with what it is covered with.

    Args:
        surface: The triangles.
        tissue: How it shines.
        tile: (side, side, 4) uint8 colour and relief.
        tone: (n,) brightness of each point, 1 as in the tile.
        metal: 1 for instruments, 0 for tissue.
    """

    surface: Surface
    tissue: Tissue
    tile: NDArray[np.uint8]
    tone: NDArray[np.float32]
    metal: float = 0.0


class Theatre:
    """A hidden window with all surfaces in it; close it after use.

    Args:
        skins: Surfaces in millimetres.
        lens: Without distortion, its principal point in the middle.
    """

    def __init__(self, skins: Sequence[Skin], lens: Lens) -> None:
        from vtkmodules.vtkRenderingCore import vtkRenderer

        self._lens = lens
        self._window = _hidden_window(lens.width * _FINER, lens.height * _FINER)
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._window.AddRenderer(self._renderer)
        self._actors = [_actor(skin) for skin in skins]
        for actor in self._actors:
            self._renderer.AddActor(actor)

    def close(self) -> None:
        """Give the window and what lies on the graphics card back."""
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()

    def move(self, uniforms: Mapping[str, tuple[float, float, float]], numbers: Iterable[int]) -> None:
        """Set where breathing and the instrument have moved these surfaces (names as in `shading`)."""
        for number in numbers:
            custom = self._actors[number].GetShaderProperty().GetVertexCustomUniforms()
            for name, value in uniforms.items():
                custom.SetUniform3f(name, value)

    def place(self, number: int, pose: Floats) -> None:
        """Move one surface, an instrument, to a pose (4x4)."""
        from vtkmodules.vtkCommonMath import vtkMatrix4x4

        matrix = vtkMatrix4x4()
        matrix.DeepCopy(np.asarray(pose, float).ravel().tolist())
        self._actors[number].SetUserMatrix(matrix)

    def show(self, number: int, is_visible: bool) -> None:
        """Hide or show one surface."""
        self._actors[number].SetVisibility(is_visible)

    def picture(self, pose: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colours (H, W, 3) and depth along the optical axis (H, W) in mm, 0 where nothing is."""
        self._look_from(pose)
        self._window.Render()
        return self._colours(), self._depths()

    def _look_from(self, pose: Floats) -> None:
        camera = self._renderer.GetActiveCamera()
        eye, back, up = pose[:3, 3], pose[:3, 2], pose[:3, 1]
        camera.SetPosition(*eye)
        camera.SetFocalPoint(*(eye - 100 * back))
        camera.SetViewUp(*up)
        camera.SetViewAngle(self._lens.view_angle_deg)
        camera.SetClippingRange(NEAR_MM, FAR_MM)

    def _colours(self) -> NDArray[np.uint8]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        got = vtkUnsignedCharArray()
        width, height = self._window.GetSize()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 0, got, 0)
        fine = vtk_to_numpy(got).reshape(height, width, 3)[::-1]
        return np.asarray(np.rint(_blocks(fine.astype(np.float32)).mean(axis=(1, 3))), np.uint8)

    def _depths(self) -> NDArray[np.float32]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkFloatArray

        got = vtkFloatArray()
        width, height = self._window.GetSize()
        self._window.GetZbufferData(0, 0, width - 1, height - 1, got)
        blocks = _blocks(vtk_to_numpy(got).reshape(height, width)[::-1].astype(np.float64))
        # the buffer is linear on the screen where a surface is flat: there its mean is the pixel's middle
        depths = _depth_mm(blocks)
        low, high = depths.min(axis=(1, 3)), depths.max(axis=(1, 3))
        middle = _depth_mm(blocks.mean(axis=(1, 3)))
        chosen = np.where(high - low < 0.02 * low, middle, low)
        return np.where(low < 0.999 * FAR_MM, chosen, 0).astype(np.float32)


def _blocks(fine: NDArray[Any]) -> NDArray[Any]:
    height, width = fine.shape[0] // _FINER, fine.shape[1] // _FINER
    return fine.reshape(height, _FINER, width, _FINER, *fine.shape[2:])


def _depth_mm(buffer: Floats) -> Floats:
    return np.asarray(NEAR_MM * FAR_MM / (FAR_MM - buffer * (FAR_MM - NEAR_MM)), np.float64)


def _hidden_window(width: int, height: int) -> Any:
    import vtkmodules.vtkRenderingOpenGL2
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    # without a display the X window class would complain before VTK falls back to EGL
    is_headless = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    egl = getattr(vtkmodules.vtkRenderingOpenGL2, "vtkEGLRenderWindow", vtkRenderWindow)
    window = egl() if is_headless else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    return window


def _actor(skin: Skin) -> Any:
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(_poly_data(skin))
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetTexture(_texture(skin.tile))
    # the fourth part of the tile is its relief, not how opaque it is
    actor.ForceOpaqueOn()
    actor.GetProperty().SetInterpolationToPhong()
    shader = actor.GetShaderProperty()
    for place, text in (
        ("PositionVC::Dec", shading.VERTEX_DECLARATIONS),
        ("PositionVC::Impl", shading.VERTEX_PLACE),
    ):
        shader.AddVertexShaderReplacement(f"//VTK::{place}", True, text, False)
    for place, text in (
        ("TCoord::Dec", shading.FRAGMENT_DECLARATIONS),
        ("TCoord::Impl", shading.FRAGMENT_LIGHT),
    ):
        shader.AddFragmentShaderReplacement(f"//VTK::{place}", True, text, False)
    custom = shader.GetFragmentCustomUniforms()
    numbers = {"gloss": skin.tissue.gloss, "roughness": skin.tissue.roughness, "relief": skin.tissue.relief}
    for name, value in {**numbers, "metal": skin.metal}.items():
        custom.SetUniformf(name, value)
    for name in _MOVEMENTS:
        shader.GetVertexCustomUniforms().SetUniform3f(name, (0.0, 0.0, 0.0))
    return actor


def _poly_data(skin: Skin) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    surface = skin.surface
    points = vtkPoints()
    points.SetData(numpy_to_vtk(surface.points, deep=True))
    triangles = vtkCellArray()
    triangles.SetData(3, numpy_to_vtkIdTypeArray(surface.triangles.ravel(), deep=True))
    data = vtkPolyData()
    data.SetPoints(points)
    data.SetPolys(triangles)
    shade = np.stack([surface.openness, skin.tone / 2, np.zeros_like(skin.tone)], axis=-1)
    colours = np.rint(shade.clip(0, 1) * 255).astype(np.uint8)
    data.GetPointData().SetNormals(numpy_to_vtk(surface.normals, deep=True))
    data.GetPointData().SetScalars(numpy_to_vtk(colours, deep=True))
    data.GetPointData().SetTCoords(numpy_to_vtk(np.zeros((len(surface.points), 2), np.float32), deep=True))
    return data


def _texture(tile: NDArray[np.uint8]) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkTexture

    image = vtkImageData()
    image.SetDimensions(tile.shape[1], tile.shape[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(tile.reshape(-1, 4), deep=True))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.SetColorModeToDirectScalars()
    texture.RepeatOn()
    texture.InterpolateOn()
    texture.MipmapOn()
    return texture
