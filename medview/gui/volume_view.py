"""The 3-D pane: shows a plan and turns its camera with the mouse."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent

from medview.core.plans import Theme, VolumePlan
from medview.gui.vtk_canvas import VtkCanvas
from medview.render.volume_scene import VolumeScene

_REST_MS = 250
_ZOOM_PER_STEP = 1.12


class VolumeView(QObject):
    """Implements `VolumeViewPort` on a canvas. Left turns, middle or Shift moves, right or wheel zooms."""

    picked = Signal(object)
    maximise_asked = Signal()

    def __init__(self, theme: Theme, ask_frame: Callable[[VtkCanvas], None]) -> None:
        super().__init__()
        self.widget = VtkCanvas(lambda window: VolumeScene(window, theme), ask_frame)
        self.widget.setAccessibleName("3-D view")
        self.widget.setToolTip(
            "Drag to turn, middle button or Shift to move, wheel to zoom.\n"
            "Ctrl+click jumps the slices there, double click maximises."
        )
        self.widget.installEventFilter(self)
        self._last: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._settle)

    @property
    def scene(self) -> VolumeScene:
        """The scene of this pane."""
        assert isinstance(self.widget.scene, VolumeScene)
        return self.widget.scene

    def show(self, plan: VolumePlan) -> None:
        """Draw this plan at the next frame."""
        self.scene.apply(plan)
        self.widget.ask_frame()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.scene.set_theme(theme)
        self.widget.ask_frame()

    def reset_camera(self) -> None:
        """Look from the front with everything in view."""
        self.scene.reset_camera()
        self.widget.ask_frame()

    def view_from(self, direction: str) -> None:
        """Look from a side of the patient."""
        self.scene.view_from(direction)
        self.widget.ask_frame()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn mouse events into camera moves."""
        if watched is not self.widget or self.widget.scene is None:
            return False
        if event.type() == QEvent.Type.Hide:
            self._last = None
        if isinstance(event, QWheelEvent):
            turn = event.angleDelta().y()
            self._move(lambda: self.scene.zoom(_ZOOM_PER_STEP ** (turn / 120)))
            return True
        if isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        return False

    def _on_mouse(self, event: QMouseEvent) -> bool:
        handlers: dict[QEvent.Type, Callable[[QMouseEvent], None]] = {
            QEvent.Type.MouseButtonPress: self._on_press,
            QEvent.Type.MouseMove: self._on_drag,
            QEvent.Type.MouseButtonRelease: self._on_release,
            QEvent.Type.MouseButtonDblClick: self._on_double_click,
        }
        handler = handlers.get(event.type())
        if handler is not None:
            handler(event)
        return handler is not None

    def _on_press(self, event: QMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pick(event.position())
            return
        if self._last is None:
            self._last, self._button = event.position(), event.button()

    def _on_drag(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        delta, self._last = event.position() - self._last, event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._button == Qt.MouseButton.MiddleButton or shift:
            self._move(lambda: self.scene.pan(delta.x(), delta.y()))
        elif self._button == Qt.MouseButton.RightButton:
            self._move(lambda: self.scene.zoom(1.01 ** -delta.y()))
        else:
            self._move(lambda: self.scene.rotate(delta.x(), delta.y()))

    def _on_release(self, event: QMouseEvent) -> None:
        if event.button() == self._button:
            self._last = None

    def _on_double_click(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._last = None
            self.maximise_asked.emit()

    def _pick(self, position: QPointF) -> None:
        scale = self.widget.devicePixelRatioF()
        point = self.scene.pick(position.x() * scale, position.y() * scale)
        if point is not None:
            self.picked.emit(point)

    def _move(self, change: Callable[[], object]) -> None:
        self.scene.set_interactive(True)
        change()
        self.widget.ask_frame()
        self._rest.start()

    def _settle(self) -> None:
        if self.widget.scene is not None:
            self.scene.set_interactive(False)
            self.widget.ask_frame()
