"""The small cube that says how the patient is turned: R, L, A, P, S, I on its faces."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from medview.core.plans import Theme
from medview.core.state import Orientation

_SIDE_PX, _MARGIN_PX = 84, 6


class OrientationCube:
    """Draws the cube into its own corner at the bottom right, turned as the main camera is."""

    def __init__(self, window: vtkRenderWindow, main: vtkRenderer) -> None:
        self._window, self._main = window, main
        self._renderer = vtkRenderer()
        self._renderer.SetLayer(1)
        self._renderer.InteractiveOff()
        window.SetNumberOfLayers(2)
        window.AddRenderer(self._renderer)
        self._cube = vtkAnnotatedCubeActor()
        self._cube.SetXPlusFaceText("R")
        self._cube.SetXMinusFaceText("L")
        self._cube.SetYPlusFaceText("A")
        self._cube.SetYMinusFaceText("P")
        self._cube.SetZPlusFaceText("S")
        self._cube.SetZMinusFaceText("I")
        self._cube.SetFaceTextScale(0.62)
        self._cube.SetXFaceTextRotation(0)
        self._cube.SetYFaceTextRotation(0)
        self._cube.SetZFaceTextRotation(-90)
        self._renderer.AddActor(self._cube)

    def set_theme(self, theme: Theme) -> None:
        """Letters in the colours of the planes on faces that fit the background."""
        body = self._cube.GetCubeProperty()
        body.SetColor(*((0.24, 0.27, 0.31) if np.mean(theme.volume_bottom) < 0.5 else (0.36, 0.4, 0.45)))
        body.SetAmbient(0.25)
        self._cube.SetTextEdgesVisibility(False)
        faces = {
            Orientation.SAGITTAL: (self._cube.GetXPlusFaceProperty(), self._cube.GetXMinusFaceProperty()),
            Orientation.CORONAL: (self._cube.GetYPlusFaceProperty(), self._cube.GetYMinusFaceProperty()),
            Orientation.AXIAL: (self._cube.GetZPlusFaceProperty(), self._cube.GetZMinusFaceProperty()),
        }
        for orientation, properties in faces.items():
            for face in properties:
                face.SetColor(*theme.accents[orientation])
                face.LightingOff()

    def arrange(self, scale: float) -> None:
        """Follow the main camera and keep the size in pixels."""
        width, height = (max(1, n) for n in self._window.GetSize())
        side, margin = min(_SIDE_PX * scale, 0.3 * min(width, height)), _MARGIN_PX * scale
        self._renderer.SetViewport(
            1 - (side + margin) / width, margin / height, 1 - margin / width, (side + margin) / height
        )
        main, own = self._main.GetActiveCamera(), self._renderer.GetActiveCamera()
        own.SetFocalPoint(0, 0, 0)
        own.SetPosition(*(-4.2 * np.array(main.GetDirectionOfProjection())))
        own.SetViewUp(*main.GetViewUp())
        own.SetViewAngle(24)
        own.SetClippingRange(1, 10)

    def close(self) -> None:
        """Leave the window."""
        self._window.RemoveRenderer(self._renderer)
