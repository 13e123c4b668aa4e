"""Running jobs: title, bar, time left and a Cancel for each."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from medview.gui.widgets import clear, label
from medview.present.ports import JobRow


class JobRows:
    """A card per job; cards stay in place while their numbers change."""

    cancel_asked = Signal(str)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._cards: dict[str, _JobCard] = {}

    def show(self, rows: tuple[JobRow, ...]) -> None:
        """Show these jobs."""
        if [row.job_id for row in rows] != list(self._cards):
            clear(self._column)
            self._cards = {row.job_id: _JobCard(row.job_id, self) for row in rows}
            for card in self._cards.values():
                self._column.addWidget(card)
        for row in rows:
            self._cards[row.job_id].show_row(row)
        self.widget.setVisible(bool(rows))


class _JobCard(QWidget):
    def __init__(self, job_id: str, rows: JobRows) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(5)
        self._title = label("", "heading", wraps=True)
        self._bar = QProgressBar(textVisible=False)
        self._message = label("", "muted", wraps=True)
        self._cancel = QPushButton("Cancel")
        self._cancel.setToolTip("Stop within a second and leave everything as it was (Ctrl+.)")
        self._cancel.clicked.connect(lambda: rows.cancel_asked.emit(job_id))
        lower = QHBoxLayout()
        lower.addWidget(self._message, 1)
        lower.addWidget(self._cancel)
        column.addWidget(self._title)
        column.addWidget(self._bar)
        column.addLayout(lower)

    def show_row(self, row: JobRow) -> None:
        """Show how far the job is."""
        self._title.setText(row.title)
        if row.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(row.fraction * 1000))
        self._message.setText(", ".join(part for part in (row.message, row.time_left) if part))
        self._cancel.setEnabled(row.can_cancel)
