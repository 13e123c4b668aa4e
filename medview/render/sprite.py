"""Pictures and flat shapes laid on a pane in device pixels: all that a slice pane is made of.

Two-dimensional actors were chosen by measurement: see the decision record on slices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkPolyDataMapper2D,
    vtkRenderer,
    vtkTexture,
    vtkTexturedActor2D,
)

#: Larger pictures are thinned out, as no graphics card need take more.
_LARGEST_SIDE = 8192


def _quads(count: int) -> vtkCellArray:
    cells = vtkCellArray()
    connectivity = np.arange(4 * count, dtype=np.int64)
    cells.SetData(numpy_to_vtk(np.arange(0, 4 * count + 1, 4), deep=1), numpy_to_vtk(connectivity, deep=1))
    return cells


def _points(positions_px: ArrayLike) -> NDArray[np.float32]:
    flat = np.asarray(positions_px, np.float32).reshape(-1, 2)
    return np.ascontiguousarray(np.column_stack([flat, np.zeros(len(flat), np.float32)]))


class Sprite:
    """One picture stretched over a parallelogram of the pane; what is added later lies on top.

    Args:
        renderer: Where it is drawn.
        premultiplied: Colours of its pictures are multiplied by their opacity already.
    """

    def __init__(self, renderer: vtkRenderer, *, premultiplied: bool = False) -> None:
        self._renderer = renderer
        self._pixels: NDArray[np.uint8] | None = None
        self._image = vtkImageData()
        self._texture = vtkTexture()
        self._texture.SetInputData(self._image)
        self._texture.RepeatOff()
        self._texture.SetPremultipliedAlpha(premultiplied)
        self._shape = vtkPolyData()
        self._shape.SetPoints(vtkPoints())
        self._shape.SetPolys(_quads(1))
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        self._shape.GetPointData().SetTCoords(numpy_to_vtk(corners, deep=1))
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._shape)
        self._actor = vtkTexturedActor2D()
        self._actor.SetMapper(mapper)
        self._actor.SetTexture(self._texture)
        self._actor.VisibilityOff()
        renderer.AddViewProp(self._actor)

    def raise_to_top(self) -> None:
        """Lie on everything drawn so far."""
        self._renderer.RemoveViewProp(self._actor)
        self._renderer.AddViewProp(self._actor)

    def set_picture(self, pixels: NDArray[np.uint8], *, smooth: bool) -> None:
        """Take a (H, W, 4) picture whose first row lies at the bottom."""
        thin = -(-max(pixels.shape[:2]) // _LARGEST_SIDE)
        self._pixels = np.ascontiguousarray(pixels[::thin, ::thin])
        height, width, _ = self._pixels.shape
        self._image.SetDimensions(width, height, 1)
        self._image.GetPointData().SetScalars(numpy_to_vtk(self._pixels.reshape(-1, 4)))
        self._image.Modified()
        self._texture.SetInterpolate(smooth)

    def set_corners(self, corners_px: ArrayLike) -> None:
        """Lay it over these corners: first pixel, end of the first row, last pixel, start of the last row."""
        self._shape.GetPoints().SetData(numpy_to_vtk(_points(corners_px), deep=1))
        self._shape.GetPoints().Modified()
        self._actor.VisibilityOn()

    def place(self, x_px: float, y_px: float) -> None:
        """Lay it with its lower left corner here, one picture pixel on one device pixel."""
        assert self._pixels is not None
        height, width, _ = self._pixels.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        self.set_corners(corners + np.array([x_px, y_px]))

    def hide(self) -> None:
        """Draw nothing."""
        self._actor.VisibilityOff()

    def close(self) -> None:
        """Leave the renderer and free the texture."""
        self._renderer.RemoveViewProp(self._actor)
        self._texture.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
        self._pixels = None


class Shapes:
    """Flat quadrilaterals whose corners have colours; soft edges come from corners with alpha 0."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._drawn: tuple[bytes, bytes] | None = None
        self._count = 0
        self._shape = vtkPolyData()
        self._mapper = vtkPolyDataMapper2D()
        self._mapper.SetInputData(self._shape)
        self._mapper.SetScalarModeToUsePointData()
        self._actor = vtkActor2D()
        self._actor.SetMapper(self._mapper)
        renderer.AddViewProp(self._actor)

    def raise_to_top(self) -> None:
        """Lie on everything drawn so far."""
        self._renderer.RemoveViewProp(self._actor)
        self._renderer.AddViewProp(self._actor)

    def set_quads(self, corners_px: ArrayLike, colours: ArrayLike) -> None:
        """Draw quads; what is drawn already is left as it lies in the graphics card.

        Args:
            corners_px: (N, 4, 2) drawing pixels, around each quad.
            colours: (N, 4, 4) red, green, blue, alpha, 0-255, of each corner.
        """
        positions = _points(corners_px)
        tints = np.ascontiguousarray(np.asarray(colours, np.uint8).reshape(-1, 4))
        wanted = (positions.tobytes(), tints.tobytes())
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self._actor.SetVisibility(bool(len(positions)))
        points = vtkPoints()
        points.SetData(numpy_to_vtk(positions, deep=1))
        self._shape.SetPoints(points)
        if len(positions) != self._count:
            self._count = len(positions)
            self._shape.SetPolys(_quads(self._count // 4))
        self._shape.GetPointData().SetScalars(numpy_to_vtk(tints, deep=1))

    def close(self) -> None:
        """Leave the renderer."""
        self._renderer.RemoveViewProp(self._actor)
