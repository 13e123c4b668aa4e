"""A frame with the laparoscope's circle: its centre and rim are dragged, instruments are painted over."""

from __future__ import annotations

import math

from psygnal import Signal
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from medview.gui.pictures import pixmap_of
from medview.gui.theme import Colours
from medview.present.ports.scene_port import MaskPlan

_GRIP_PX = 9
_HANDLE_PX = 4.5
_SHADE = QColor(0, 0, 0, 150)
_TOOL = QColor(255, 90, 60, 130)
_ERASE = QColor(90, 200, 255, 130)
_KEYS = {
    Qt.Key.Key_Left: (-1, 0, 0),
    Qt.Key.Key_Right: (1, 0, 0),
    Qt.Key.Key_Up: (0, -1, 0),
    Qt.Key.Key_Down: (0, 1, 0),
    Qt.Key.Key_Plus: (0, 0, 1),
    Qt.Key.Key_Minus: (0, 0, -1),
}
_LEAST_BRUSH_PX, _MOST_BRUSH_PX = 2.0, 60.0

Circle = tuple[float, float, float]


class CircleEditor(QWidget):
    """Shows a frame as wide as the panel; tells circles and strokes in pixels of the stored frame."""

    circle_moved = Signal(float, float, float)
    stroke_painted = Signal(object, float, bool)

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._plan = MaskPlan()
        self._picture, self._tools = QPixmap(), QPixmap()
        self._circle: Circle | None = None
        self._grip = ""
        self._stroke: list[tuple[float, float]] = []
        self._brush_px = 10.0
        self._is_erasing = False
        self.paints = False
        self.setAccessibleName("Frame with its circle")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self._tell_use()

    def show_plan(self, plan: MaskPlan) -> None:
        """Show this frame and circle; what is being dragged stays in the hand."""
        before, self._plan = self._plan, plan
        if plan.picture != before.picture:
            self._picture = pixmap_of(plan.picture.array) if plan.picture is not None else QPixmap()
            self._fit_height()
        if plan.tools != before.tools or plan.picture != before.picture:
            self._tools = _overlay(plan)
            self._stroke = []
        if not self._grip:
            self._circle = plan.circle
        self.update()

    def take_brush(self, is_taken: bool) -> None:
        """Paint instruments with the mouse, or drag the circle."""
        self.paints = is_taken
        self._tell_use()
        self.update()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room, and as high as the picture then is."""
        return QSize(200, self._height_for(self.width() or 260))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Keep the picture's shape."""
        self._fit_height()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, shade, circle, handles, instruments."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        if not self._picture.isNull():
            area = self._area()
            painter.drawPixmap(area, self._picture, QRectF(self._picture.rect()))
            painter.drawPixmap(area, self._tools, QRectF(self._tools.rect()))
            self._draw_circle(painter, area)
            self._draw_stroke(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the circle, or begin a stroke."""
        if self._picture.isNull():
            return
        place = event.position()
        if self.paints:
            if not self._plan.why_not_paint:
                self._is_erasing = event.button() is Qt.MouseButton.RightButton
                self._stroke = [self._frame_place(place)]
        elif event.button() is Qt.MouseButton.LeftButton:
            self._grip = self._grip_at(place)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, paint, or show what can be dragged."""
        place = event.position()
        if self.paints and event.buttons() and self._stroke:
            self._stroke.append(self._frame_place(place))
            self.update()
        elif self._grip and self._circle is not None:
            self._circle = self._dragged(place, self._circle)
            self.update()
        else:
            self._show_cursor(place)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Tell the circle or the stroke."""
        if self.paints and self._stroke:
            self.stroke_painted.emit(list(self._stroke), self._brush_px / self._scale(), not self._is_erasing)
        elif self._grip and self._circle is not None:
            self.circle_moved.emit(*self._circle)
        self._grip = ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With the brush in the hand and Ctrl held, change its size; else leave the wheel to the panel."""
        is_sized = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if not (self.paints and is_sized):
            event.ignore()
            return
        step = 1.15 if event.angleDelta().y() > 0 else 1 / 1.15
        self._brush_px = min(max(self._brush_px * step, _LEAST_BRUSH_PX), _MOST_BRUSH_PX)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the circle, plus and minus change its radius; with Shift by more."""
        moved = _KEYS.get(Qt.Key(event.key()))
        if moved is None or self._circle is None or self.paints:
            super().keyPressEvent(event)
            return
        is_fast = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = self._plan.size[0] / 100 if is_fast else max(1.0, self._plan.size[0] / 500)
        cx, cy, radius = self._circle
        self._circle = (cx + step * moved[0], cy + step * moved[1], max(1.0, radius + step * moved[2]))
        self.circle_moved.emit(*self._circle)
        self.update()

    def _draw_circle(self, painter: QPainter, area: QRectF) -> None:
        if self._circle is None:
            return
        cx, cy, radius = self._circle
        center = self._widget_place(cx, cy)
        reach = radius * self._scale()
        whole, round_part = QPainterPath(), QPainterPath()
        whole.addRect(area)
        round_part.addEllipse(center, reach, reach)
        painter.fillPath(whole.subtracted(round_part), _SHADE)
        painter.setPen(QPen(QColor(self._colours.accent), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(center, reach, reach)
        if self.paints:
            return
        painter.setBrush(QColor(self._colours.accent))
        painter.setPen(QPen(QColor(255, 255, 255), 1))
        for place in (center, *(self._rim_places(center, reach))):
            painter.drawEllipse(place, _HANDLE_PX, _HANDLE_PX)

    def _draw_stroke(self, painter: QPainter) -> None:
        if not (self.paints and self._stroke):
            return
        pen = QPen(_ERASE if self._is_erasing else _TOOL, 2 * self._brush_px)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        places = [self._widget_place(x, y) for x, y in self._stroke]
        if len(places) == 1:
            painter.drawPoint(places[0])
        path = QPainterPath(places[0])
        for place in places[1:]:
            path.lineTo(place)
        painter.drawPath(path)

    def _rim_places(self, center: QPointF, reach: float) -> list[QPointF]:
        """Handles on the rim, of those four that lie inside the picture."""
        around = [QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0), QPointF(0, -reach)]
        room = QRectF(self.rect()).adjusted(-1, -1, 1, 1)
        return [center + step for step in around if room.contains(center + step)]

    def _grip_at(self, place: QPointF) -> str:
        if self._circle is None:
            return ""
        cx, cy, radius = self._circle
        center = self._widget_place(cx, cy)
        distance = math.hypot(place.x() - center.x(), place.y() - center.y())
        if abs(distance - radius * self._scale()) <= _GRIP_PX:
            return "rim"
        return "centre" if distance < radius * self._scale() else ""

    def _dragged(self, place: QPointF, circle: Circle) -> Circle:
        x, y = self._frame_place(place)
        if self._grip == "rim":
            return (circle[0], circle[1], max(4.0, math.hypot(x - circle[0], y - circle[1])))
        width, height = self._plan.size
        return (min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height)), circle[2])

    def _show_cursor(self, place: QPointF) -> None:
        shapes = {"rim": Qt.CursorShape.SizeAllCursor, "centre": Qt.CursorShape.OpenHandCursor}
        grip = "" if self.paints else self._grip_at(place)
        idle = Qt.CursorShape.CrossCursor if self.paints else Qt.CursorShape.ArrowCursor
        self.setCursor(shapes.get(grip, idle))

    def _tell_use(self) -> None:
        if self.paints:
            self.setToolTip(
                "Drag over an instrument: it is not learned from.\n"
                "Right button: take paint away. Ctrl+wheel: size of the brush"
            )
        else:
            self.setToolTip("Drag the circle or its rim; arrow keys move it, + and - change its radius")

    def _area(self) -> QRectF:
        width = self._picture.width() * self._fit()
        height = self._picture.height() * self._fit()
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _fit(self) -> float:
        return min(self.width() / self._picture.width(), self.height() / self._picture.height())

    def _scale(self) -> float:
        """Widget pixels per pixel of the stored frame."""
        return self._area().width() / max(self._plan.size[0], 1)

    def _widget_place(self, x: float, y: float) -> QPointF:
        area, scale = self._area(), self._scale()
        return QPointF(area.left() + x * scale, area.top() + y * scale)

    def _frame_place(self, place: QPointF) -> tuple[float, float]:
        area, scale = self._area(), self._scale()
        return (place.x() - area.left()) / scale, (place.y() - area.top()) / scale

    def _height_for(self, width: int) -> int:
        if self._picture.isNull():
            return 40
        return min(round(width * self._picture.height() / self._picture.width()), 260)

    def _fit_height(self) -> None:
        wanted = self._height_for(self.width())
        if self.height() != wanted or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)


def _overlay(plan: MaskPlan) -> QPixmap:
    """What is left out, as a red veil of the picture's size."""
    if plan.tools is None:
        return QPixmap()
    hidden = plan.tools.array
    image = QImage(hidden.shape[1], hidden.shape[0], QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    flat = hidden.astype("uint8") * 255
    alpha = QImage(flat.data, flat.shape[1], flat.shape[0], flat.shape[1], QImage.Format.Format_Alpha8).copy()
    painter = QPainter(image)
    painter.fillRect(image.rect(), _TOOL)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, alpha)
    painter.end()
    return QPixmap.fromImage(image)
