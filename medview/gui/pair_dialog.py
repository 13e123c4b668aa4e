"""The choice of two masks to compare; only masks on one grid can be taken together."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from medview.gui.texts import label
from medview.gui.widgets import add_field, calm, field_form, quiet
from medview.present.ports.window_port import PairRow

_WIDTH_PX = 460


class PairDialog(QDialog):
    """Offers, beside the first mask, the others that lie on its grid.

    Args:
        parent: The window.
        rows: The masks; each shares its grid with another.
        chosen: Places of the two that are taken at first.
    """

    def __init__(self, parent: QWidget, rows: tuple[PairRow, ...], chosen: tuple[int, int]) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setWindowTitle("Compare two results")
        self.resize(_WIDTH_PX, 0)
        self.first, self.second = QComboBox(), QComboBox()
        for box in (self.first, self.second):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            calm(box)
        for place, row in enumerate(rows):
            self.first.addItem(row.name, place)
        self.first.setCurrentIndex(chosen[0])
        self.first.currentIndexChanged.connect(lambda _: self._offer(self.second.currentData()))
        self._offer(chosen[1])
        self._put_together()

    def chosen(self) -> tuple[int, int]:
        """Places of the two masks."""
        return self.first.currentData(), self.second.currentData()

    def _offer(self, wanted: int) -> None:
        """List what can stand beside the first; keep what was taken where that still can."""
        first = self.first.currentData()
        with quiet(self.second):
            self.second.clear()
            for place, row in enumerate(self._rows):
                if place != first and row.grid == self._rows[first].grid:
                    self.second.addItem(row.name, place)
            self.second.setCurrentIndex(max(0, self.second.findData(wanted)))

    def _put_together(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label("Compare two results", "title"))
        column.addWidget(
            label(
                "A new layer shows where they differ. Dice, HD95 and volumes: the first is the reference.",
                "muted",
                wraps=True,
            )
        )
        form = field_form()
        add_field(form, "First", self.first)
        add_field(form, "Second", self.second)
        column.addLayout(form)
        column.addSpacing(6)
        column.addWidget(self._make_buttons())

    def _make_buttons(self) -> QDialogButtonBox:
        kinds = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        compare = box.button(kinds.Ok)
        compare.setText("Compare")
        compare.setObjectName("primary")
        compare.setToolTip("Compare these two (Enter)")
        compare.setDefault(True)
        box.button(kinds.Cancel).setToolTip("Compare nothing (Esc)")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box


def ask_pair(parent: QWidget, rows: tuple[PairRow, ...], chosen: tuple[int, int]) -> tuple[int, int] | None:
    """Ask which two masks to compare; None on cancel."""
    dialog = PairDialog(parent, rows, chosen)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.chosen() if accepted else None
