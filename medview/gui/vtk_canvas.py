"""A native child window that VTK draws into, with an ordered end.

The only file of this room that touches VTK. A canvas owns its render window; the scene inside
owns its actors. Drawing happens through the frame scheduler, never in an event handler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  chooses the OpenGL factory
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QPaintEngine
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkRenderWindow

_UNCOVERING = (
    QEvent.Type.Paint,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Expose,
    QEvent.Type.DevicePixelRatioChange,
)


class Scene(Protocol):
    """What a canvas needs of a slice scene or a volume scene."""

    def render(self) -> None:
        """Draw now."""

    def image(self) -> np.ndarray:
        """The picture as (H, W, 3) uint8."""

    def close(self) -> None:
        """Drop actors and textures."""

    def set_device_scale(self, scale: float) -> None:
        """Sizes of text and lines on this screen."""


class VtkCanvas(QWidget):
    """Hosts one scene.

    Args:
        make_scene: Builds the scene for the render window.
        ask_frame: Asks the scheduler to draw this canvas at the next tick.
    """

    def __init__(
        self, make_scene: Callable[[vtkRenderWindow], Scene], ask_frame: Callable[[VtkCanvas], None]
    ) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)
        self.setAttribute(Qt.WidgetAttribute.WA_PaintOnScreen)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setMinimumSize(120, 90)
        self._ask_frame = ask_frame
        self._window: vtkRenderWindow | None = vtkRenderWindow()
        self._window.SetMultiSamples(0)
        self._window.SetWindowInfo(str(int(self.winId())))
        self.scene: Scene | None = make_scene(self._window)

    def ask_frame(self) -> None:
        """Draw at the next tick."""
        self._ask_frame(self)

    def draw(self) -> None:
        """Draw now; does nothing while hidden or closed."""
        if self.scene is not None and self.isVisible() and self.width() > 1:
            self._fit_window()
            self.scene.render()

    def warm_up(self) -> None:
        """Draw once while hidden, so that the first scan need not wait for OpenGL and its programs."""
        if self.scene is not None and not self.isVisible():
            self._fit_window()
            self.scene.render()

    def picture(self) -> QImage:
        """What the scene shows, in device pixels."""
        if self.scene is None:
            return QImage()
        self._fit_window()
        pixels = np.ascontiguousarray(self.scene.image())
        height, width, _ = pixels.shape
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return image

    def finish(self) -> None:
        """Give everything back, in the order that OpenGL needs: scene, then window."""
        if self.scene is None or self._window is None:
            return
        self.scene.close()
        self.scene = None
        self._window.Finalize()
        self._window = None

    def _fit_window(self) -> None:
        assert self._window is not None
        scale = self.devicePixelRatioF()
        size = (round(self.width() * scale), round(self.height() * scale))
        if tuple(self._window.GetSize()) != size:
            self._window.SetSize(*size)
            assert self.scene is not None
            self.scene.set_device_scale(scale)

    def paintEngine(self) -> QPaintEngine | None:  # type: ignore[override]  # Qt allows none
        """None: Qt must not paint over what VTK draws."""
        return None

    def event(self, event: QEvent) -> bool:
        """Ask for a frame whenever the window system has uncovered, resized or moved the canvas."""
        if event.type() in _UNCOVERING:
            self.ask_frame()
        return super().event(event)
