"""Running jobs: title, bar, time left and a Cancel for each."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from medview.gui.learning_panel import LearningPanel
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import clear
from medview.present.ports.tools_port import JobRow

_PARTS = 1000


class JobRows:
    """A card per job; cards stay in place while their numbers change."""

    cancel_asked = Signal(str)

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._cards: dict[str, _JobCard] = {}

    def show(self, rows: tuple[JobRow, ...]) -> None:
        """Show these jobs."""
        if [row.job_id for row in rows] != list(self._cards):
            clear(self._column)
            self._cards = {row.job_id: _JobCard(row.job_id, self, self._colours) for row in rows}
            for card in self._cards.values():
                self._column.addWidget(card)
        for row in rows:
            self._cards[row.job_id].show_row(row)
        self.widget.setVisible(bool(rows))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for card in self._cards.values():
            card.learning.dress(colours)


class _JobCard(QFrame):
    def __init__(self, job_id: str, rows: JobRows, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(5)
        self._title = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._message = label("", "muted", wraps=True)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(lambda: rows.cancel_asked.emit(job_id))
        self.learning = LearningPanel(colours)
        self.learning.hide()
        lower = QHBoxLayout()
        lower.addWidget(self._message, 1)
        lower.addWidget(self._cancel)
        column.addWidget(self._title)
        column.addWidget(self._bar)
        column.addWidget(self.learning)
        column.addLayout(lower)

    def show_row(self, row: JobRow) -> None:
        """Show how far the job is."""
        self._title.setText(row.title)
        self._title.setToolTip(row.title)
        show_fraction(self._bar, row.fraction)
        self._bar.setAccessibleName(f"Progress of {row.title}")
        if row.learning is not None:
            self.learning.show_row(row.learning)
        self._message.setText(", ".join(part for part in (row.message, row.time_left) if part))
        self._cancel.setEnabled(row.can_cancel)
        self._cancel.setToolTip(
            _stop_words(row)
            if row.can_cancel
            else "Off because this step cannot be stopped half-way, or is being stopped already"
        )


def _stop_words(row: JobRow) -> str:
    if row.learning is None:
        return "Stop and leave everything as it was"
    return "Stop; it can go on later from the last finished epoch"


def show_fraction(bar: QProgressBar, fraction: float | None) -> None:
    """Show a part (0-1) of the whole; None runs to and fro."""
    if fraction is None:
        bar.setRange(0, 0)
    else:
        bar.setRange(0, _PARTS)
        bar.setValue(round(fraction * _PARTS))
