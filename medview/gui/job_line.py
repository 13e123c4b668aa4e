"""A job under way inside a panel: a bar, a few words, and a button that stops it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from medview.gui.job_rows import show_fraction
from medview.gui.texts import label
from medview.present.ports.scene_port import ProgressPlan


class JobLine(QWidget):
    """Hidden where nothing runs.

    Args:
        name: What runs, for screen readers.
        stop: Text of the button; empty for none.
        tip: What stopping does.
    """

    stopped = Signal()

    def __init__(self, name: str, stop: str = "", tip: str = "") -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(f"Progress of {name}")
        self._words = label("", "muted", wraps=True)
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        if stop:
            button = QPushButton(stop)
            button.setObjectName("small")
            button.setToolTip(tip)
            button.clicked.connect(self.stopped.emit)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._bar)
        column.addLayout(row)

    def show_plan(self, plan: ProgressPlan | None) -> None:
        """Show how far it is; None hides it."""
        self.setVisible(plan is not None)
        if plan is not None:
            show_fraction(self._bar, plan.fraction)
            self._words.setText(plan.words)
