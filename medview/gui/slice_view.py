"""One slice pane: shows a plan, and says what the mouse did in patient millimetres."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from medview.core.plans import SlicePlan, Theme
from medview.gui.vtk_canvas import VtkCanvas
from medview.present.ports import Pointer
from medview.render.slice_scene import SliceScene

_BUTTONS = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.MiddleButton: "middle",
    Qt.MouseButton.RightButton: "right",
}
_SHAPES = {
    "cross": Qt.CursorShape.CrossCursor,
    "arrow": Qt.CursorShape.ArrowCursor,
    "none": Qt.CursorShape.BlankCursor,
    "window": Qt.CursorShape.SizeAllCursor,
    "move": Qt.CursorShape.ClosedHandCursor,
}
_WHEEL_STEP = 120


class SliceView(QObject):
    """Implements `SliceViewPort` on a canvas."""

    scrolled = Signal(int, bool, bool)
    pressed = Signal(Pointer)
    moved = Signal(Pointer)
    released = Signal(Pointer)
    double_clicked = Signal(Pointer)
    left = Signal()

    def __init__(self, name: str, theme: Theme, ask_frame: Callable[[VtkCanvas], None]) -> None:
        super().__init__()
        self.widget = VtkCanvas(lambda window: SliceScene(window, theme), ask_frame)
        self.widget.setAccessibleName(f"{name} slice")
        self.widget.installEventFilter(self)
        self._wheel_rest = 0
        self._held = ""

    @property
    def scene(self) -> SliceScene:
        """The scene of this pane."""
        assert isinstance(self.widget.scene, SliceScene)
        return self.widget.scene

    def show(self, plan: SlicePlan) -> None:
        """Draw this plan at the next frame."""
        self.scene.apply(plan)
        self.widget.ask_frame()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.scene.set_theme(theme)
        self.widget.ask_frame()

    def set_cursor_shape(self, shape: str) -> None:
        """Show this mouse cursor over the pane."""
        self.widget.setCursor(_SHAPES[shape])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn the canvas's mouse events into plain values."""
        kind = event.type()
        if watched is not self.widget or self.widget.scene is None:
            return False
        if kind == QEvent.Type.Wheel and isinstance(event, QWheelEvent):
            self._on_wheel(event)
            return True
        if isinstance(event, QMouseEvent):
            return self._on_mouse(kind, event)
        if kind == QEvent.Type.Leave and not self._held:
            self.left.emit()
        return False

    def _on_wheel(self, event: QWheelEvent) -> None:
        # Trackpads send many small turns; whole steps are passed on, the rest is kept.
        turn = event.angleDelta().y() or event.angleDelta().x()
        self._wheel_rest += turn
        steps = int(self._wheel_rest / _WHEEL_STEP)
        self._wheel_rest -= steps * _WHEEL_STEP
        if steps:
            keys = event.modifiers()
            held = bool(keys & Qt.KeyboardModifier.ControlModifier)
            self.scrolled.emit(steps, held, bool(keys & Qt.KeyboardModifier.ShiftModifier))

    def _on_mouse(self, kind: QEvent.Type, event: QMouseEvent) -> bool:
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._held = _BUTTONS.get(event.button(), "")
        if kind not in _SIGNALS or (kind != QEvent.Type.MouseMove and not self._held):
            return False
        pointer = self._pointer(event.position(), self._held, event.modifiers())
        if kind == QEvent.Type.MouseButtonRelease:
            self._held = ""
        getattr(self, _SIGNALS[kind]).emit(pointer)
        return True

    def _pointer(self, position: QPointF, button: str, keys: Qt.KeyboardModifier) -> Pointer:
        scale = self.widget.devicePixelRatioF()
        return Pointer(
            position_ras=self.scene.ras_at(position.x() * scale, position.y() * scale),
            position_px=(position.x(), position.y()),
            button=button,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            mm_per_pixel=self.scene.mm_per_pixel * scale,
        )


_SIGNALS = {
    QEvent.Type.MouseButtonPress: "pressed",
    QEvent.Type.MouseMove: "moved",
    QEvent.Type.MouseButtonRelease: "released",
    QEvent.Type.MouseButtonDblClick: "double_clicked",
}
