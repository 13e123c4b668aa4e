"""One slice pane: shows a plan, and says what the mouse did in patient millimetres."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from medview.core.plans import SlicePlan, Theme
from medview.gui.vtk_canvas import VtkCanvas
from medview.present.ports.slice_port import Pointer
from medview.render.rehearsal import Kind
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
        self.widget.setAccessibleDescription(
            "Wheel or arrow keys: slices. Ctrl+wheel or right drag: zoom. Middle drag: move. "
            "Double click: maximise."
        )
        self.widget.installEventFilter(self)
        self._wheel_rest = 0
        self._held = ""
        self._last: Pointer | None = None

    @property
    def scene(self) -> SliceScene:
        """The scene of this pane."""
        assert isinstance(self.widget.scene, SliceScene)
        return self.widget.scene

    def show(self, plan: SlicePlan) -> None:
        """Draw this plan at the next frame."""
        self.scene.apply(plan)
        self.widget.ask_frame()

    def rehearse(self, kind: Kind) -> None:
        """Draw a kind of picture unseen, while nothing is open yet."""
        if self.widget.scene is not None and not self.widget.isVisible():
            self.scene.rehearse(kind)

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
        if kind == QEvent.Type.Hide:
            self._let_go()
        return False

    def _on_wheel(self, event: QWheelEvent) -> None:
        # Trackpads send many small turns; whole steps are passed on, the rest is kept.
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn * self._wheel_rest < 0:
            self._wheel_rest = 0
        self._wheel_rest += turn
        steps = int(self._wheel_rest / _WHEEL_STEP)
        self._wheel_rest -= steps * _WHEEL_STEP
        if steps:
            keys = event.modifiers()
            held = bool(keys & Qt.KeyboardModifier.ControlModifier)
            self.scrolled.emit(steps, held, bool(keys & Qt.KeyboardModifier.ShiftModifier))

    def _on_mouse(self, kind: QEvent.Type, event: QMouseEvent) -> bool:
        handler = {
            QEvent.Type.MouseButtonPress: self._on_press,
            QEvent.Type.MouseButtonDblClick: self._on_press,
            QEvent.Type.MouseMove: self._on_move,
            QEvent.Type.MouseButtonRelease: self._on_release,
        }.get(kind)
        if handler is not None:
            handler(event)
        return handler is not None

    def _on_press(self, event: QMouseEvent) -> None:
        # One button at a time: a second one pressed during a drag must not end the drag.
        button = _BUTTONS.get(event.button(), "")
        if self._held or not button:
            return
        self._held = button
        is_double = event.type() == QEvent.Type.MouseButtonDblClick
        (self.double_clicked if is_double else self.pressed).emit(self._pointer(event))

    def _on_move(self, event: QMouseEvent) -> None:
        self.moved.emit(self._pointer(event))

    def _on_release(self, event: QMouseEvent) -> None:
        if not self._held or _BUTTONS.get(event.button()) != self._held:
            return
        pointer = self._pointer(event)
        self._held = ""
        self.released.emit(pointer)
        if not self.widget.rect().contains(event.position().toPoint()):
            self.left.emit()

    def _let_go(self) -> None:
        """The pane was hidden under a held button: no release will come any more."""
        if self._held and self._last is not None:
            self._held = ""
            self.released.emit(self._last)
            self.left.emit()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        scale = self.widget.devicePixelRatioF()
        position, keys = event.position(), event.modifiers()
        self._last = Pointer(
            position_ras=self.scene.ras_at(position.x() * scale, position.y() * scale),
            position_px=(position.x(), position.y()),
            button=self._held,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            mm_per_pixel=self.scene.mm_per_pixel * scale,
        )
        return self._last
