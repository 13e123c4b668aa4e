"""Two pictures of one view side by side: as the field sees it, and as it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from medview.core.plans import Shared
from medview.gui.pictures import pixmap_of
from medview.gui.texts import label


class PicturePair(QWidget):
    """As wide as the panel; hidden before the first picture."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmaps: dict[QLabel, QPixmap] = {}
        self._made, made = _titled("Computed", "A held-out view as the field sees it now")
        self._truth, truth = _titled("Real", "The real frame of the same view, which is not learned from")
        self._shown: tuple[Shared | None, Shared | None] = (None, None)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(made, 1)
        row.addWidget(truth, 1)
        self.hide()

    def show_pair(self, made: Shared | None, truth: Shared | None) -> None:
        """Show (H, W, 3) pictures."""
        self.setVisible(made is not None)
        if (made, truth) == self._shown:
            return
        self._shown = made, truth
        for place, shared in ((self._made, made), (self._truth, truth)):
            self._pixmaps[place] = pixmap_of(shared.array) if shared is not None else QPixmap()
        self._fit()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit the pictures into the panel."""
        self._fit()

    def _fit(self) -> None:
        width = max(40, (self.width() - 6) // 2)
        for place, picture in self._pixmaps.items():
            smooth = Qt.TransformationMode.SmoothTransformation
            place.setPixmap(picture if picture.isNull() else picture.scaledToWidth(width, smooth))


def _titled(title: str, tip: str) -> tuple[QLabel, QWidget]:
    picture = QLabel()
    picture.setAccessibleName(tip)
    picture.setToolTip(tip)
    picture.setMinimumWidth(40)
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(title, "muted"))
    column.addWidget(picture)
    column.addStretch(1)
    return picture, whole
