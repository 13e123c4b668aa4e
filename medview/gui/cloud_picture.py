"""A small picture of known surface points with the cameras that saw them; drag turns it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from medview.core.plans import Shared
from medview.gui.theme import Colours

_HEIGHT_PX = 170
_TURN_PER_PX = 0.01
_KEY_TURN = 0.15
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FILLED = 0.49
"""Half of what is seen fills this part of the smaller side."""
_STRAYS_PERCENT = 4
"""Of the points at either end do not count: a stray one would make all others small."""

Floats = NDArray[np.float64]


class CloudPicture(QWidget):
    """Seen from afar, without perspective."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._points: Floats = np.zeros((0, 6))
        self._cameras: Floats = np.zeros((0, 4, 4))
        self._shown: tuple[Shared | None, Shared | None] = (None, None)
        self._middle, self._extent = np.zeros(3), 1.0
        self._turn, self._tilt = 0.6, 0.5
        self._held = QPointF()
        self.setFixedHeight(_HEIGHT_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("Surface points and cameras as they were found; drag or arrow keys turn them")
        self.setAccessibleName("Picture of surface points and cameras")

    def show_cloud(self, points: Shared | None, cameras: Shared | None) -> None:
        """Show (N, 6) points with colours and (n, 4, 4) cameras."""
        self.setVisible(points is not None or cameras is not None)
        if (points, cameras) == self._shown:
            return
        self._shown = points, cameras
        self._points = np.zeros((0, 6)) if points is None else np.asarray(points.array, np.float64)
        self._cameras = np.zeros((0, 4, 4)) if cameras is None else np.asarray(cameras.array, np.float64)
        self._look_at_all()
        self.update()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn."""
        if event.buttons():
            step, self._held = event.position() - self._held, event.position()
            self._turn_by(step.x() * _TURN_PER_PX, step.y() * _TURN_PER_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn by keys."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._turn_by(step[0] * _KEY_TURN, step[1] * _KEY_TURN)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw points far to near, then the cameras and their course."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._colours.field))
        painter.drawImage(0, 0, self._points_image())
        self._draw_cameras(painter)
        border = self._colours.accent if self.hasFocus() else self._colours.border
        painter.setPen(QPen(QColor(border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _turn_by(self, turn: float, tilt: float) -> None:
        self._turn += turn
        self._tilt = min(max(self._tilt + tilt, -1.5), 1.5)
        self.update()

    def _look_at_all(self) -> None:
        points, cameras = self._points[:, :3], self._cameras[:, :3, 3]
        ends = (_STRAYS_PERCENT, 100 - _STRAYS_PERCENT)
        kept = [np.percentile(points, ends, axis=0)] if len(points) else []
        places = np.concatenate([*kept, cameras])
        if len(places):
            low, high = places.min(axis=0), places.max(axis=0)
            self._middle = (low + high) / 2
            self._extent = max(float(np.linalg.norm(high - low)) / 2, 1e-9)

    def _seen(self, places: Floats) -> Floats:
        """Positions (N, 3) in pixels of the widget, and how near they are."""
        c, s = np.cos(self._turn), np.sin(self._turn)
        cc, ss = np.cos(self._tilt), np.sin(self._tilt)
        turned = (places - self._middle) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]]).T
        tilted = turned @ np.array([[1, 0, 0], [0, ss, -cc], [0, cc, ss]]).T
        scale = _FILLED * min(self.width(), self.height()) / self._extent
        middle = np.array([self.width() / 2, self.height() / 2, 0])
        return np.asarray(tilted * [scale, scale, 1.0] + middle, np.float64)

    def _points_image(self) -> QImage:
        width, height = max(self.width(), 1), max(self.height(), 1)
        image = QImage(width, height, QImage.Format.Format_ARGB32)
        image.fill(0)
        if not len(self._points):
            return image
        seen = self._seen(self._points[:, :3])
        order = np.argsort(seen[:, 2])
        x, y = np.round(seen[order, :2]).astype(int).T
        inside = (x >= 0) & (x < width - 1) & (y >= 0) & (y < height - 1)
        pixels = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
        colours = self._points[order][inside][:, [5, 4, 3]]
        for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            pixels[y[inside] + down, x[inside] + right, :3] = colours
            pixels[y[inside] + down, x[inside] + right, 3] = 255
        return image

    def _draw_cameras(self, painter: QPainter) -> None:
        if not len(self._cameras):
            return
        centres = self._cameras[:, :3, 3]
        ahead = centres - self._cameras[:, :3, 2] * self._extent * 0.12
        begins, ends = self._seen(centres), self._seen(ahead)
        painter.setPen(QPen(QColor(self._colours.muted), 1))
        painter.drawPolyline([QPointF(x, y) for x, y, _ in begins])
        painter.setPen(QPen(QColor(self._colours.accent), 1.4))
        for start, end in zip(begins, ends, strict=True):
            painter.drawLine(QLineF(start[0], start[1], end[0], end[1]))
        painter.setBrush(QColor(self._colours.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        for x, y, _ in begins:
            painter.drawEllipse(QPointF(x, y), 2.2, 2.2)
