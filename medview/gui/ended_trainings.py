"""Trainings that have ended: use the model, go on, or put the card away."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from medview.gui.learning_panel import LearningPanel
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import clear
from medview.present.ports.training_port import EndedTrainingRow


class EndedTrainings:
    """A card per training that has ended."""

    used = Signal(str)
    resumed = Signal(str)
    dismissed = Signal(str)

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self._rows: tuple[EndedTrainingRow, ...] = ()
        self._panels: list[LearningPanel] = []
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.widget.hide()

    def show(self, rows: tuple[EndedTrainingRow, ...]) -> None:
        """Show these."""
        if rows == self._rows:
            return
        self._rows, self._panels = rows, []
        clear(self._column)
        for row in rows:
            self._column.addWidget(self._card(row))
        self.widget.setVisible(bool(rows))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for panel in self._panels:
            panel.dress(colours)

    def _card(self, row: EndedTrainingRow) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        column = QVBoxLayout(card)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(5)
        title = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        title.setText(row.title)
        title.setToolTip(row.title)
        panel = LearningPanel(self._colours)
        panel.show_row(row.learning)
        self._panels.append(panel)
        for part in (title, panel, label(row.text, "muted", wraps=True)):
            column.addWidget(part)
        column.addLayout(self._buttons(row))
        return card

    def _buttons(self, row: EndedTrainingRow) -> QHBoxLayout:
        if row.is_finished:
            deed, tip, signal = (
                "Use it",
                "Copy the weights among your models; runs use them from now on",
                self.used,
            )
        else:
            deed, signal = "Resume", self.resumed
            tip = "Go on from the last finished epoch"
        main, away = QPushButton(deed), QPushButton("Dismiss")
        main.setObjectName("primary")
        main.setToolTip(tip)
        main.clicked.connect(lambda: signal.emit(row.job_id))
        away.setToolTip("Put this card away; the folder stays")
        away.clicked.connect(lambda: self.dismissed.emit(row.job_id))
        buttons = QHBoxLayout()
        buttons.addWidget(main, 1)
        buttons.addWidget(away)
        return buttons
