"""Pictures without a window, on machines with and without a display."""

from __future__ import annotations

import os
import sys

import numpy as np
import vtkmodules.vtkRenderingOpenGL2
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from medview.core.plans import SlicePlan, Theme, VolumePlan
from medview.render.slice_scene import SliceScene
from medview.render.volume_scene import VolumeScene


def offscreen_window(size_px: tuple[int, int]) -> vtkRenderWindow:
    """A hidden render window of this width and height."""
    # Without a display the X window class would complain before VTK falls back to EGL.
    is_headless = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    kind = (
        getattr(vtkmodules.vtkRenderingOpenGL2, "vtkEGLRenderWindow", vtkRenderWindow)
        if is_headless
        else vtkRenderWindow
    )
    window = kind()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*size_px)
    return window


def slice_picture(plan: SlicePlan, size_px: tuple[int, int], theme: Theme) -> NDArray[np.uint8]:
    """A slice pane as (H, W, 3) uint8; `size_px` is width and height."""
    window = offscreen_window(size_px)
    scene = SliceScene(window, theme)
    try:
        scene.apply(plan)
        return scene.image()
    finally:
        scene.close()
        window.Finalize()


def volume_picture(plan: VolumePlan, size_px: tuple[int, int], theme: Theme) -> NDArray[np.uint8]:
    """The 3-D pane as (H, W, 3) uint8; `size_px` is width and height."""
    window = offscreen_window(size_px)
    scene = VolumeScene(window, theme)
    try:
        scene.apply(plan)
        return scene.image()
    finally:
        scene.close()
        window.Finalize()
