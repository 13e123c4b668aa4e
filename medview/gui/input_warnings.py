"""What about the chosen inputs is unlike the scans of the training: a line by Run, all by the inputs."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtWidgets import QPushButton

from medview.gui.texts import label, plain_tip

_HEAD = "Unlike the scans of the training"


class InputWarnings:
    """Two parts of the models panel that show the same warnings.

    Attributes:
        line: How many there are, always in sight; hidden where there are none.
        details: All of them, one a line.
        asked: The line was pressed: the details should be brought into sight.
    """

    asked = Signal()

    def __init__(self) -> None:
        self.line = QPushButton()
        self.line.setObjectName("warning")
        self.line.clicked.connect(self.asked.emit)
        self.details = label("", "warning", wraps=True)
        self.show(())

    def show(self, warnings: tuple[str, ...]) -> None:
        """Show these."""
        text = "\n".join(warnings)
        self.line.setText(f"{_HEAD}: {_count_words(len(warnings))}")
        self.line.setToolTip(plain_tip(f"{text}\nClick: show them beside the inputs"))
        self.details.setText(f"{_HEAD}:\n{text}")
        for part in (self.line, self.details):
            part.setVisible(bool(warnings))


def _count_words(count: int) -> str:
    return "1 warning" if count == 1 else f"{count} warnings"
