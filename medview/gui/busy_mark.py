"""What is running, in one line with a small bar: in the status bar and on the start page."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from medview.gui.job_rows import show_fraction
from medview.gui.texts import ElidedLabel, plain_tip
from medview.present.ports.tools_port import JobRow

_BAR_WIDTH_PX = 120


class BusyMark(QWidget):
    """Shows the first running job; hidden while nothing runs."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = ElidedLabel("muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(_BAR_WIDTH_PX)
        self._bar.setAccessibleName("Progress")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self._bar)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def show_jobs(self, rows: tuple[JobRow, ...]) -> None:
        """Show how far the first of these is, and how many wait behind it."""
        self.setVisible(bool(rows))
        if not rows:
            return
        first, others = rows[0], len(rows) - 1
        title = f"{first.title} and {others} more" if others else first.title
        self._text.setText(title)
        show_fraction(self._bar, first.fraction)
        facts = ", ".join(part for part in (first.message, first.time_left) if part)
        self.setToolTip(plain_tip(f"{title}\n{facts}\nClick: show it in the Models panel"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click asks for the panel with the details."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
