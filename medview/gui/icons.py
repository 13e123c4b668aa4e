"""Icons: line drawings from resources, in the colours of the theme, sharp on every screen."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtSvg import QSvgRenderer

from medview.core.places import resource

_SIZES = (16, 18, 20, 22)
_RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0, 3.0)


@lru_cache(maxsize=256)
def icon(name: str, colour: str, disabled: str) -> QIcon:
    """A drawing in two colours: for controls that are on, and for those that are off."""
    drawn = QIcon()
    for ratio in _ratios():
        for size in _SIZES:
            drawn.addPixmap(pixmap(name, colour, size, ratio), QIcon.Mode.Normal)
            drawn.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return drawn


def pixmap(name: str, colour: str, size: int, ratio: float | None = None) -> QPixmap:
    """A square drawing of `size` logical pixels; `ratio` is device pixels per logical one."""
    drawing = _source(name).replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    picture = _empty(size, size, screen_ratio() if ratio is None else ratio)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def chip(rgb: tuple[int, int, int], size: int = 14) -> QIcon:
    """A rounded patch of a label's colour."""
    return _unchanging(chip_pixmap(rgb, size))


def chip_pixmap(rgb: tuple[int, int, int], size: int = 14) -> QPixmap:
    """The rounded patch as a picture of `size` logical pixels."""
    picture = _empty(size, size, screen_ratio())
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(*rgb))
    painter.setPen(QColor(0, 0, 0, 80))
    painter.drawRoundedRect(QRectF(0.5, 0.5, size - 1, size - 1), 3, 3)
    painter.end()
    return picture


def swatch(table: NDArray[np.uint8], size: QSize) -> QIcon:
    """A colour map as a band from its first to its last colour; `table` is (N, 3), 0-255."""
    row = np.ascontiguousarray(table[np.newaxis])
    band = QImage(row.tobytes(), row.shape[1], 1, row.shape[1] * 3, QImage.Format.Format_RGB888)
    picture = _empty(size.width(), size.height(), screen_ratio())
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = QPainterPath()
    frame.addRoundedRect(QRectF(0, 0, size.width(), size.height()), 3, 3)
    painter.setClipPath(frame)
    painter.drawImage(QRectF(0, 0, size.width(), size.height()), band)
    painter.end()
    return _unchanging(picture)


def screen_ratio() -> float:
    """Device pixels per logical pixel of the sharpest screen."""
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)


def _ratios() -> tuple[float, ...]:
    # QIcon takes the drawing of the nearest ratio; those beyond the sharpest screen are never asked for.
    return tuple(ratio for ratio in _RATIOS if ratio <= max(1.0, screen_ratio())) or (1.0,)


def _empty(width: int, height: int, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(round(width * ratio), round(height * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _unchanging(picture: QPixmap) -> QIcon:
    """An icon that selection and being off do not tint: its colour is its meaning."""
    made = QIcon(picture)
    for mode in (QIcon.Mode.Selected, QIcon.Mode.Disabled):
        made.addPixmap(picture, mode)
    return made


@cache
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")
