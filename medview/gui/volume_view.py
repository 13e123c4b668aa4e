"""The 3-D pane: shows the painter's pictures and turns its camera with the mouse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from medview.core.field_view import FieldPicture
from medview.core.lens import Lens
from medview.core.plans import Theme, Vector, VolumePlan
from medview.gui.flight_keys import FlightKeys
from medview.gui.qt_bridge import Bridge
from medview.render.volume_painter import Change, VolumePainter

_REST_MS = 250
_ZOOM_PER_STEP = 1.12
_LEAST_CORNERS = 3
_PACES_PER_PX = 0.1
_FLIGHT_TIP = (
    "Drag to look around, wheel or W and S to go on and back, A and D sideways, E and Q up and down.\n"
    "Ctrl+click jumps the slices there, double click maximises."
)
_TIP = (
    "Drag to turn, middle button or Shift to move, wheel to zoom.\n"
    "Ctrl+click jumps the slices there, double click maximises."
)


class VolumeView(QObject):
    """Implements `VolumeViewPort`. Left turns, middle or Shift moves, right or wheel zooms.

    While flying, the hand moves the eye: left looks around, wheel, right and W, S go on and back.
    """

    picked = Signal(object)
    field_asked = Signal(object)
    field_moved = Signal()
    flight_ended = Signal()
    maximise_asked = Signal()
    cut = Signal(object, object, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._bridge = Bridge()
        self.painter = VolumePainter(
            theme,
            lambda pixels: self._bridge.post(lambda: self._take(pixels)),
            lambda view: self._bridge.post(lambda: self.field_asked.emit(view)),
        )
        self.widget = VolumePane(self.painter)
        self.widget.installEventFilter(self)
        self._keys = FlightKeys(self._fly)
        self._is_flying = False
        self._message = ""
        self._last: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._has_scissors = False
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(lambda: self.painter.ask(lambda scene: scene.set_interactive(False)))

    def show(self, plan: VolumePlan) -> None:
        """Draw this plan soon; words that no longer hold do not stay until its picture is there."""
        if self._message and plan.message != self._message:
            self.widget.show_nothing()
        self._message = plan.message
        self.painter.ask(lambda scene: scene.apply(plan))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.painter.ask(lambda scene: scene.set_theme(theme))

    def reset_camera(self) -> None:
        """Look from the front with everything in view; who flies lands."""
        self._land()
        self.painter.ask(lambda scene: scene.reset_camera())

    def view_from(self, direction: str) -> None:
        """Look from a side of the patient; who flies lands."""
        self._land()
        self.painter.ask(lambda scene: scene.view_from(direction))

    def show_field(self, picture: FieldPicture) -> None:
        """Lay an answer over the pane soon."""
        self.painter.ask(lambda scene: scene.show_field(picture))

    def set_flying(self, is_flying: bool) -> None:
        """Let the hand fly the camera inside the scene, instead of turning the patient."""
        self._is_flying = is_flying
        self._keys.drop()
        self.widget.setToolTip(_FLIGHT_TIP if is_flying else _TIP)
        if is_flying:
            self.widget.setFocus()

    def _land(self) -> None:
        if self._is_flying:
            self.set_flying(False)
            self.flight_ended.emit()

    def look_through(self, ras_from_camera: NDArray[np.float64], lens: Lens) -> None:
        """Stand where a picture was taken from."""
        self.field_moved.emit()
        self.painter.ask(lambda scene: scene.look_through(ras_from_camera, lens))

    def ask_camera(self, answer: Callable[[NDArray[np.float64], Lens], object]) -> None:
        """Hand the camera's pose and lens to `answer` soon."""

        def tell(pose: NDArray[np.float64], lens: Lens) -> None:
            self._bridge.post(lambda: answer(pose, lens))

        self.painter.ask(lambda scene: tell(*scene.camera_now()))

    def set_scissors(self, is_on: bool) -> None:
        """Let the left button draw outlines to cut along, instead of turning the patient."""
        self._has_scissors = is_on
        self.widget.setCursor(Qt.CursorShape.CrossCursor if is_on else Qt.CursorShape.ArrowCursor)
        self.widget.show_outline(())

    def drop_outline(self) -> bool:
        """Forget the outline under way; whether there was one."""
        had_outline = bool(self.widget.outline)
        self.widget.show_outline(())
        return had_outline

    def finish(self) -> None:
        """End the painter; late pictures are dropped."""
        self._rest.stop()
        self._bridge.close()
        self.painter.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn mouse events into camera moves."""
        if watched is not self.widget:
            return False
        if isinstance(event, QWheelEvent):
            self._on_wheel(event.angleDelta().y() / 120)
            return True
        if isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() == QEvent.Type.FocusOut:
            self._keys.drop()
        if isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        return False

    def _on_wheel(self, steps: float) -> None:
        if self._is_flying:
            self._fly(0, 0, steps)
        else:
            self._move(lambda scene: scene.zoom(_ZOOM_PER_STEP**steps))

    def _on_key(self, event: QKeyEvent) -> bool:
        """The keys of flight are the pane's while it has the focus; all others stay the menus'."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if not (self._is_flying and plain and FlightKeys.has(event.key())):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._keys.press(event.key())
        elif event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat():
            self._keys.release(event.key())
        return True

    def _fly(self, right: float, up: float, forward: float) -> None:
        self._move(lambda scene: scene.fly(right, up, forward))

    def _on_mouse(self, event: QMouseEvent) -> bool:
        handlers = {
            QEvent.Type.MouseButtonPress: self._on_press,
            QEvent.Type.MouseMove: self._on_drag,
            QEvent.Type.MouseButtonRelease: self._on_release,
            QEvent.Type.MouseButtonDblClick: lambda _: self.maximise_asked.emit(),
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
            if self._cuts:
                self.widget.show_outline((event.position(),))

    @property
    def _cuts(self) -> bool:
        return self._has_scissors and self._button == Qt.MouseButton.LeftButton

    def _on_drag(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        delta, self._last = event.position() - self._last, event.position()
        if self._cuts:
            if self.widget.outline:
                self.widget.show_outline((*self.widget.outline, event.position()))
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._button == Qt.MouseButton.MiddleButton or shift:
            self._move(lambda scene: scene.pan(delta.x(), delta.y()))
        elif self._button == Qt.MouseButton.RightButton:
            self._pull(delta.y())
        elif self._is_flying:
            self._move(lambda scene: scene.camera.look_around(delta.x(), delta.y()))
        else:
            self._move(lambda scene: scene.rotate(delta.x(), delta.y()))

    def _pull(self, down_px: float) -> None:
        if self._is_flying:
            self._fly(0, 0, -_PACES_PER_PX * down_px)
        else:
            self._move(lambda scene: scene.zoom(1.01**-down_px))

    def _on_release(self, event: QMouseEvent) -> None:
        if event.button() != self._button:
            return
        if self._cuts:
            self._cut(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._last = None

    def _cut(self, keeps_inside: bool) -> None:
        """Say what was drawn around, as the camera of the painter sees it."""
        width, height = self.widget.width(), self.widget.height()
        outline = tuple((2 * p.x() / width - 1, 1 - 2 * p.y() / height) for p in self.widget.outline)
        self.widget.show_outline(())
        if len(outline) < _LEAST_CORNERS:
            return

        def tell(matrix: NDArray[np.float64]) -> None:
            self._bridge.post(lambda: self.cut.emit(outline, matrix, keeps_inside))

        self.painter.ask(lambda scene: tell(scene.picture_from_ras()))

    def _pick(self, position: QPointF) -> None:
        scale = self.widget.devicePixelRatioF()
        self.painter.pick(
            position.x() * scale,
            position.y() * scale,
            lambda point: self._bridge.post(lambda: self._on_picked(point)),
        )

    def _on_picked(self, point: Vector | None) -> None:
        if point is not None:
            self.picked.emit(point)

    def _move(self, change: Change) -> None:
        if not self._rest.isActive():
            self.field_moved.emit()

        def moved(scene: object) -> None:
            scene.set_interactive(True)  # type: ignore[attr-defined]
            change(scene)  # type: ignore[arg-type]

        self.painter.ask(moved)
        self._rest.start()

    def _take(self, pixels: NDArray[np.uint8]) -> None:
        self.widget.show_picture(pixels)


class VolumePane(QWidget):
    """Shows the newest picture and tells the painter its size."""

    def __init__(self, painter: VolumePainter) -> None:
        super().__init__()
        self._painter = painter
        self._picture = QImage()
        self.outline: tuple[QPointF, ...] = ()
        self.setMinimumSize(120, 90)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setAccessibleName("3-D view")
        self.setToolTip(_TIP)

    def show_picture(self, pixels: NDArray[np.uint8]) -> None:
        """Show a finished picture."""
        height, width, _ = pixels.shape
        self._picture = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def show_nothing(self) -> None:
        """Stay black until the next picture."""
        self._picture = QImage()
        self.update()

    def show_outline(self, outline: tuple[QPointF, ...]) -> None:
        """Draw an outline under way over the picture."""
        self.outline = outline
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill the pane; a picture of an older size is stretched until the next one comes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._picture.isNull():
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        else:
            painter.drawImage(self.rect(), self._picture)
        if len(self.outline) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(255, 255, 255), 1.5, Qt.PenStyle.DashLine))
            painter.drawPolygon(QPolygonF(self.outline))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Keep the painter's size in step; a hidden pane is not drawn."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            scale = self.devicePixelRatioF()
            self._painter.resize(round(self.width() * scale), round(self.height() * scale), scale)
        elif event.type() == QEvent.Type.Hide:
            self._painter.resize(0, 0, 1.0)
        return super().event(event)
