"""Pictures of the window: the whole of it, and the panes alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from medview.gui.slice_view import SliceView


class WindowPictures:
    """Takes pictures of what is on the screen.

    Args:
        window: The whole of it.
        grid: What holds the panes.
        slices: The panes that VTK draws, which Qt cannot see into.
    """

    def __init__(self, window: QWidget, grid: QWidget, slices: tuple[SliceView, ...]) -> None:
        self._window = window
        self._grid = grid
        self._slices = slices

    def whole(self) -> QImage:
        """The window as people see it, with what VTK drew put into its widgets' places."""
        picture = self._window.grab().toImage()
        painter = QPainter(picture)
        for view in self._slices:
            if view.widget.isVisible():
                place = view.widget.mapTo(self._window, view.widget.rect().topLeft())
                painter.drawImage(place, view.widget.picture())
        painter.end()
        return picture

    def panes(self) -> QImage:
        """The panes alone, with the marks in them."""
        whole = self.whole()
        ratio = whole.devicePixelRatio()
        corner = self._grid.mapTo(self._window, self._grid.rect().topLeft())
        sides = (corner.x(), corner.y(), self._grid.width(), self._grid.height())
        return whole.copy(QRect(*(round(side * ratio) for side in sides)))

    def save_panes(self, path: Path, mark: str) -> bool:
        """Save the panes as PNG, with `mark` written into it as text too; False where that failed."""
        picture = self.panes()
        if mark:
            picture.setText("Description", mark)
        return picture.save(str(path), "PNG")
