"""The labels that take part in a proposal: how much of each comes and goes, and a verdict on each."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from medview.gui import icons
from medview.gui.texts import ElidedLabel
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, clear
from medview.present.ports.proposal_port import ProposedLabelRow


class ProposedLabels:
    """One line per label; `judged` tells whether it was accepted, and its number."""

    judged = Signal(bool, int)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._lines: dict[int, _LabelLine] = {}
        self._colours: Colours | None = None

    def show(self, rows: tuple[ProposedLabelRow, ...], why_not: str) -> None:
        """Show these labels; lines are made anew only where there are other ones."""
        if [row.value for row in rows] != list(self._lines):
            clear(self._column)
            self._lines = {row.value: _LabelLine(self, row.value) for row in rows}
            for made in self._lines.values():
                self._column.addWidget(made)
                if self._colours is not None:
                    made.dress(self._colours)
        for row in rows:
            self._lines[row.value].show_row(row, why_not)
        self.widget.setVisible(bool(rows))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for made in self._lines.values():
            made.dress(colours)


class _LabelLine(QWidget):
    """Colour and name, what comes and goes below it, and two buttons."""

    def __init__(self, owner: ProposedLabels, value: int) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self._chip = QLabel()
        self._name = ElidedLabel("", Qt.TextElideMode.ElideMiddle)
        self._amounts = ElidedLabel("muted")
        self._accept = IconButton("accept", "Accept")
        self._reject = IconButton("reject", "Reject")
        self._accept.clicked.connect(lambda: owner.judged.emit(True, value))
        self._reject.clicked.connect(lambda: owner.judged.emit(False, value))
        grid.addWidget(self._chip, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._amounts, 1, 1)
        grid.addWidget(self._accept, 0, 2, 2, 1)
        grid.addWidget(self._reject, 0, 3, 2, 1)

    def show_row(self, row: ProposedLabelRow, why_not: str) -> None:
        """Show the line's present state."""
        self._chip.setPixmap(icons.chip_pixmap(row.colour))
        self._name.setText(row.name)
        parts = (("+", row.amounts.added), ("−", row.amounts.removed), ("⇄ ", row.amounts.relabelled))
        self._amounts.setText("  ".join(f"{sign}{text}" for sign, text in parts if text))
        places = "1 place" if row.pieces == 1 else f"{row.pieces} places"
        signs = "+ added, − removed, ⇄ exchanged with other labels"
        tip = f"{row.name}: {self._amounts.text()}, in {places}\n{signs}"
        for part in (self, self._name, self._amounts):
            part.setToolTip(tip)
        self._accept.turn(why_not or "")
        self._reject.turn(why_not or "")
        if not why_not:
            self._accept.setToolTip(f"Accept all that changes in {row.name}")
            self._reject.setToolTip(f"Keep {row.name} as the mask has it")
        self._accept.setAccessibleName(f"Accept {row.name}")
        self._reject.setAccessibleName(f"Reject {row.name}")

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._accept.dress(colours)
        self._reject.dress(colours)
