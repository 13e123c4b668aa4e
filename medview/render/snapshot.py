"""The picture that a render window shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderWindow


def snapshot(window: vtkRenderWindow) -> NDArray[np.uint8]:
    """Draw, and read the pixels: (H, W, 3) uint8, top row first."""
    window.Render()
    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    # The back buffer: what lies on the screen may be covered by other windows.
    window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 3)[::-1])
