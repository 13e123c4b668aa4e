"""Where the cards of jobs and trainings stand: as high as they are, and scrolled where there are many."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

_HIGHEST_PX, _LOWEST_PX = 330, 84


class CardsArea(QScrollArea):
    """Never takes so much that the form above it is lost.

    Args:
        parts: Cards under each other; hidden ones take no room.
    """

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(body)
        body.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """As high as the cards, up to a limit."""
        return QSize(super().sizeHint().width(), min(_HIGHEST_PX, self._content_px()))

    def minimumSizeHint(self) -> QSize:
        """Room for one small card where there is any."""
        return QSize(0, min(_LOWEST_PX, self._content_px()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cards have come, gone or grown: the panel must share its room out anew."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _content_px(self) -> int:
        body = self.widget()
        layout = body.layout()
        width = self.viewport().width()
        return layout.heightForWidth(width) if layout.hasHeightForWidth() else body.sizeHint().height()
