"""How a training gets on: its curves, and the newest validation picture beside them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from medview.gui.curve_plot import CurvePlot
from medview.gui.theme import Colours
from medview.gui.widgets import clear
from medview.present.ports.training_port import LearningRow

_PICTURE_PX = 104
_MOST_BYTES = 4_000_000


class LearningPanel(QWidget):
    """Plots in a column, the picture to their right."""

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._plots: list[CurvePlot] = []
        self._shown: tuple[Path, float] | None = None
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        self._picture = QLabel()
        self._picture.setAccessibleName("Newest validation picture")
        self._picture.setToolTip("A validation slice: reference green, found red, both yellow")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setFixedHeight(_PICTURE_PX)
        self._picture.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addLayout(self._column, 1)
        row.addWidget(self._picture)

    def show_row(self, row: LearningRow) -> None:
        """Show these curves and this picture."""
        if len(row.curves) != len(self._plots):
            clear(self._column)
            self._plots = [CurvePlot(self._colours) for _ in row.curves]
            for plot in self._plots:
                self._column.addWidget(plot)
        for plot, curve in zip(self._plots, row.curves, strict=True):
            plot.show_row(curve)
        self._show_picture(row.picture)
        self.setVisible(bool(row.curves) or row.picture is not None)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for plot in self._plots:
            plot.dress(colours)

    def _show_picture(self, path: Path | None) -> None:
        facts = _facts(path)
        if facts == self._shown:
            return
        self._shown = facts
        picture = _read(path) if path is not None and facts is not None else QPixmap()
        self._picture.setPixmap(picture)
        self._picture.setVisible(not picture.isNull())


def _facts(path: Path | None) -> tuple[Path, float] | None:
    """What tells one picture from another; None where there is none of a sensible size."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return (path, found.st_mtime) if found.st_size < _MOST_BYTES else None


def _read(path: Path) -> QPixmap:
    """The picture as small as it is shown; empty where it cannot be read."""
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(_PICTURE_PX, _PICTURE_PX, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return QPixmap() if image.isNull() else QPixmap.fromImage(image)
