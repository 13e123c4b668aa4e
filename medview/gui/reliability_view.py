"""A reliability curve: what the model says against what is there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from medview.gui.texts import plain_tip
from medview.gui.theme import Colours
from medview.present.ports.card_port import CardCurve

_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 10, 38, 68
_LINE_PX = 16
_TICKS = (0.0, 0.5, 1.0)


class ReliabilityView(QWidget):
    """Draws one curve with its diagonal: on it, probabilities mean what they say.

    Args:
        colours: Of the theme.
    """

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._curve: CardCurve | None = None
        self.setMinimumHeight(190)
        self.setMaximumHeight(270)

    def show_curve(self, curve: CardCurve) -> None:
        """Draw this curve."""
        self._curve = curve
        self.setToolTip(plain_tip("Below the diagonal the model is too sure, above it too timid"))
        self.setAccessibleName(
            f"Reliability of {curve.name}: calibration error {curve.ece:.3g}, "
            f"with temperature {curve.ece_scaled:.3g}"
        )
        self.update()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        """About square."""
        return QSize(300, 260)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, diagonal and both curves."""
        if self._curve is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        self._draw_frame(painter, frame, self._curve)
        self._draw_line(
            painter, frame, self._curve.scaled_points, self._colours.warning, Qt.PenStyle.DashLine
        )
        self._draw_line(painter, frame, self._curve.points, self._colours.accent, Qt.PenStyle.SolidLine)
        self._draw_legend(painter, self._curve)
        painter.end()

    def _draw_frame(self, painter: QPainter, frame: QRectF, curve: CardCurve) -> None:
        painter.setPen(QColor(self._colours.text))
        head = QRectF(0, 0, self.width(), _TOP)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, f"Reliability: {curve.name}")
        painter.setPen(QColor(self._colours.muted))
        painter.drawText(
            head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, "Part that is there"
        )
        below = QRectF(frame.left(), frame.bottom() + _LINE_PX, frame.width(), _LINE_PX)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, "Probability said")
        painter.setPen(QPen(QColor(self._colours.border)))
        painter.drawRect(frame)
        painter.setPen(QPen(QColor(self._colours.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(frame.bottomLeft(), frame.topRight())
        painter.setPen(QColor(self._colours.muted))
        for tick in _TICKS:
            at = _at(frame, tick, tick)
            below = QRectF(at.x() - 20, frame.bottom() + 1, 40, 16)
            left = QRectF(frame.left() - 34, at.y() - 8, 30, 16)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{tick:g}")
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{tick:g}")

    def _draw_line(
        self,
        painter: QPainter,
        frame: QRectF,
        points: Sequence[tuple[float, float]],
        colour: str,
        style: Qt.PenStyle,
    ) -> None:
        line = QPolygonF([_at(frame, said, found) for said, found in points])
        painter.setPen(QPen(QColor(colour), 2, style))
        painter.drawPolyline(line)
        if style is Qt.PenStyle.SolidLine:
            painter.setBrush(QColor(colour))
            for point in line:
                painter.drawEllipse(point, 2.5, 2.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_legend(self, painter: QPainter, curve: CardCurve) -> None:
        rows = (
            (self._colours.accent, f"As it is: calibration error {curve.ece:.3f}"),
            (self._colours.warning, f"With temperature: {curve.ece_scaled:.3f}"),
        )
        for place, (colour, text) in enumerate(rows):
            top = self.height() - (2 - place) * _LINE_PX
            painter.fillRect(QRectF(_LEFT, top + 6, 14, 3), QColor(colour))
            painter.setPen(QColor(self._colours.text))
            painter.drawText(QRectF(_LEFT + 20, top, self.width(), 16), Qt.AlignmentFlag.AlignVCenter, text)


def _at(frame: QRectF, said: float, found: float) -> QPointF:
    return QPointF(frame.left() + said * frame.width(), frame.bottom() - found * frame.height())
