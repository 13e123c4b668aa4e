"""Learning curves: one small plot per curve, painted by Qt alone."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from medview.gui.theme import Colours
from medview.present.ports.training_port import CurveRow

_HEIGHT_PX, _MARGIN_PX, _WORDS_PX = 50, 4, 18


class CurvePlot(QWidget):
    """One curve with its name, its newest value, and the range of its values."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._row: CurveRow | None = None
        self.setFixedHeight(_HEIGHT_PX)

    def show_row(self, row: CurveRow) -> None:
        """Show this curve."""
        if row == self._row:
            return
        self._row = row
        self.setAccessibleName(f"{row.title}: {row.newest}")
        low, high = value_range(row.points)
        epoch = row.points[-1][0] if row.points else 0
        self.setToolTip(
            f"{row.title}: {row.newest} after {row.counted} {epoch}\nFrom {low:.4g} to {high:.4g} so far"
        )
        self.update()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, value and curve."""
        if self._row is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_words(painter, self._row)
        area = QRectF(self.rect()).adjusted(_MARGIN_PX, _WORDS_PX + _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        painter.setPen(QPen(QColor(self._colours.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self._draw_curve(painter, area, self._row)
        painter.end()

    def _draw_words(self, painter: QPainter, row: CurveRow) -> None:
        place = QRectF(0, 0, self.width(), _WORDS_PX)
        painter.setPen(QColor(self._colours.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.title)
        painter.setPen(QColor(self._colours.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.newest)

    def _draw_curve(self, painter: QPainter, area: QRectF, row: CurveRow) -> None:
        places = places_in(row.points, area)
        painter.setPen(QPen(QColor(self._colours.accent), 1.6))
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(QColor(self._colours.accent))
        for place in places[-1:]:
            painter.drawEllipse(place, 2.5, 2.5)


def value_range(points: tuple[tuple[int, float], ...]) -> tuple[float, float]:
    """Smallest and largest finite value; 0 and 1 where there is none."""
    finite = [value for _, value in points if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else (0.0, 1.0)


def places_in(points: tuple[tuple[int, float], ...], area: QRectF) -> list[QPointF]:
    """Where points lie in an area: first to last epoch, smallest to largest value."""
    low, high = value_range(points)
    epochs = [epoch for epoch, _ in points]
    first, last = (min(epochs), max(epochs)) if epochs else (0, 1)
    found = []
    for epoch, value in points:
        if math.isfinite(value):
            across = (epoch - first) / (last - first) if last > first else 1.0
            up = (value - low) / (high - low) if high > low else 0.5
            found.append(QPointF(area.left() + across * area.width(), area.bottom() - up * area.height()))
    return found
