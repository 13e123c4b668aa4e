"""One step of the Scene tab: a line that tells where it stands, and what is under it."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from medview.gui import icons
from medview.gui.texts import ElidedLabel
from medview.gui.theme import Colours
from medview.present.ports.scene_port import StepRow, StepState

_ICONS = {
    StepState.DONE: "check",
    StepState.TODO: "circle",
    StepState.BUSY: "run",
    StepState.WAITING: "dot",
}
_TIPS = {
    StepState.DONE: "Done",
    StepState.TODO: "To do next",
    StepState.BUSY: "Under way",
    StepState.WAITING: "Waits for a step above",
}
_ICON_PX = 16


class SceneStep(QWidget):
    """A step that unfolds.

    Args:
        title: Of the step.
        body: What is under it.
        tip: What the step is for.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, body: QWidget, tip: str) -> None:
        super().__init__()
        self._tip = tip
        self._colours: Colours | None = None
        self._state: StepState | None = None
        self.body = body
        self._mark = QLabel()
        self._mark.setFixedWidth(_ICON_PX + 4)
        self._head = QToolButton()
        self._head.setObjectName("fold")
        self._head.setText(title)
        self._head.setCheckable(True)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._head.setAccessibleName(f"Show {title}")
        self._head.setToolTip(tip)
        self._head.toggled.connect(self._turn)
        self._words = ElidedLabel("muted")
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._head)
        line.addWidget(self._words, 1)
        line.addWidget(self._mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(body)
        body.setVisible(False)

    @property
    def is_open(self) -> bool:
        """Whether what is under it is on show."""
        return self._head.isChecked()

    def open(self, is_open: bool) -> None:
        """Unfold or fold it."""
        self._head.setChecked(is_open)

    def show_row(self, row: StepRow) -> None:
        """Show where the step stands."""
        self._words.setText(row.words)
        self._words.setToolTip(row.words)
        self._head.setToolTip(f"{self._tip}\n{_TIPS[row.state]}")
        if row.state is not self._state:
            self._state = row.state
            self._draw()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        self._draw()

    def _turn(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self._draw()
        self.toggled.emit(is_open)

    def _draw(self) -> None:
        if self._colours is None:
            return
        fold = "chevron-down" if self.is_open else "chevron-right"
        self._head.setIcon(icons.icon(fold, self._colours.muted, self._colours.faint))
        if self._state is not None:
            is_quiet = self._state is StepState.WAITING
            colour = self._colours.faint if is_quiet else self._colours.accent
            self._mark.setPixmap(icons.pixmap(_ICONS[self._state], colour, _ICON_PX))
            self._mark.setToolTip(_TIPS[self._state])
            self._mark.setAccessibleName(_TIPS[self._state])
