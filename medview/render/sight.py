"""How a renderer's camera sees: its pose, its lens, and how far each line of sight is free.

``inv(ModelViewTransformMatrix)`` is the camera-to-world matrix with OpenGL axes, and the focal length is
half the height over the tangent of half the view angle (P09, inference: VTK camera to pose).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkCamera, vtkRenderer

from medview.core.lens import Lens

Floats = NDArray[np.float64]


def pose_of(camera: vtkCamera) -> Floats:
    """4x4 camera to patient, OpenGL axes: x right, y up, looking along -z."""
    return np.linalg.inv(matrix_of(camera.GetModelViewTransformMatrix()))


def lens_of(renderer: vtkRenderer) -> Lens:
    """The lens whose pixels are the renderer's."""
    width, height = (max(1, n) for n in renderer.GetSize())
    return Lens.of_view_angle(width, height, renderer.GetActiveCamera().GetViewAngle())


def free_distances(renderer: vtkRenderer) -> NDArray[np.float32]:
    """Distance (H, W) in mm along each line of sight to what was drawn with depth; infinite elsewhere.

    Reads the depth buffer as it is: draw before, without anything flat.
    """
    lens = lens_of(renderer)
    numbers = vtkFloatArray()
    renderer.GetRenderWindow().GetZbufferData(0, 0, lens.width - 1, lens.height - 1, numbers)
    depth = vtk_to_numpy(numbers).reshape(lens.height, lens.width)[::-1]
    aspect = lens.width / lens.height
    projection = matrix_of(renderer.GetActiveCamera().GetProjectionTransformMatrix(aspect, -1, 1))
    with np.errstate(divide="ignore"):
        along_axis = projection[2, 3] / (2 * depth.astype(np.float64) - 1 + projection[2, 2])
    along_ray = along_axis / -lens.directions(lens.pixels())[..., 2]
    return np.where(depth < 1, along_ray, np.inf).astype(np.float32)


def matrix_of(matrix: vtkMatrix4x4) -> Floats:
    """A VTK matrix as numpy knows it."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
