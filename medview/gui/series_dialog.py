"""The series picker: which of several series of a DICOM folder to open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import label, plain_tip
from medview.present.ports.window_port import SeriesRow

_TITLE_WIDTH_PX, _MODALITY_WIDTH_PX = 320, 80


class SeriesDialog(QDialog):
    """Lets a person choose among the series of a DICOM folder."""

    def __init__(self, parent: QWidget, rows: tuple[SeriesRow, ...]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose series")
        self.resize(820, 440)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(label(f"This folder holds {len(rows)} series", "title"))
        column.addWidget(
            label("Choose what to open; Ctrl+click takes more than one, double click opens at once.", "muted")
        )
        self.table = _series_table(rows)
        self.table.itemDoubleClicked.connect(lambda _: self.accept())
        self.table.itemSelectionChanged.connect(self._turn)
        column.addWidget(self.table, 1)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self._buttons.button(QDialogButtonBox.StandardButton.Open)
        self._open.setObjectName("primary")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        self._turn()

    def chosen(self) -> tuple[int, ...]:
        """Row numbers of the chosen series."""
        return tuple(sorted({index.row() for index in self.table.selectionModel().selectedRows()}))

    def _turn(self) -> None:
        count = len(self.chosen())
        self._open.setEnabled(bool(count))
        self._open.setText(f"Open {count} series" if count > 1 else "Open")
        self._open.setToolTip("Open the chosen series (Enter)" if count else "Choose a series first")


def ask_series(parent: QWidget, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
    """Ask which series to open; empty on cancel."""
    dialog = SeriesDialog(parent, rows)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.chosen() if accepted else ()


def _series_table(rows: tuple[SeriesRow, ...]) -> QTableWidget:
    table = QTableWidget(len(rows), 3)
    table.setAccessibleName("Series")
    table.setHorizontalHeaderLabels(["Series", "Modality", "What it holds"])
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setHighlightSections(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(32)
    table.setShowGrid(False)
    table.setColumnWidth(0, _TITLE_WIDTH_PX)
    table.setColumnWidth(1, _MODALITY_WIDTH_PX)
    table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    for index, row in enumerate(rows):
        _fill_row(table, index, row)
    suggested = next((index for index, row in enumerate(rows) if row.is_suggested), 0)
    if rows:
        table.selectRow(suggested)
        table.setCurrentCell(suggested, 0)
    return table


def _fill_row(table: QTableWidget, index: int, row: SeriesRow) -> None:
    title = f"{row.title}  (suggested)" if row.is_suggested else row.title
    for place, text in enumerate((title, row.modality, row.detail)):
        item = QTableWidgetItem(text)
        item.setToolTip(plain_tip(text))
        if row.is_suggested:
            bold = QFont(table.font())
            bold.setBold(place == 0)
            item.setFont(bold)
        table.setItem(index, place, item)
