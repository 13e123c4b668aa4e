"""Questions and answers: unsaved work, series picker, save path, texts to read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QMessageBox,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medview.gui.widgets import label
from medview.present.ports import SeriesRow

_OPEN_FILTER = "Scans (*.nii *.nii.gz *.hdr *.img *.nrrd *.nhdr *.mha *.mhd *.mgz *.dcm *.ima);;All files (*)"
_SAVE_FILTER = "NIfTI, compressed (*.nii.gz);;NIfTI (*.nii)"


def ask_paths(parent: QWidget) -> tuple[Path, ...]:
    """Ask for files to open; empty on cancel."""
    names, _ = QFileDialog.getOpenFileNames(parent, "Open scans or masks", "", _OPEN_FILTER)
    return tuple(Path(name) for name in names)


def ask_folder(parent: QWidget) -> Path | None:
    """Ask for a folder of DICOM files; None on cancel."""
    name = QFileDialog.getExistingDirectory(parent, "Open a DICOM folder")
    return Path(name) if name else None


def ask_save_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save; the dialog itself confirms overwriting."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save", str(suggestion), _SAVE_FILTER)
    if not name:
        return None
    return Path(name) if name.endswith((".nii", ".nii.gz")) else Path(f"{name}.nii.gz")


def ask_unsaved(parent: QWidget, names: tuple[str, ...], before: str) -> str:
    """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""
    box = QMessageBox(parent, icon=QMessageBox.Icon.Warning, windowTitle="Unsaved work")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Save before {before}?")
    box.setInformativeText("Not on disk yet: " + ", ".join(names))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    answers = {buttons.Save: "save", buttons.Discard: "discard"}
    return answers.get(buttons(box.exec()), "cancel")


def show_text(parent: QWidget, title: str, text: str) -> None:
    """Show a longer text that can be selected and copied."""
    dialog = QDialog(parent, windowTitle=title)
    dialog.resize(620, 520)
    column = QVBoxLayout(dialog)
    column.addWidget(label(title, "title"))
    page = QPlainTextEdit(text, readOnly=True)
    column.addWidget(page)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


class SeriesDialog(QDialog):
    """Lets a person choose among the series of a DICOM folder."""

    def __init__(self, parent: QWidget, rows: tuple[SeriesRow, ...]) -> None:
        super().__init__(parent, windowTitle="Choose series")
        self.resize(760, 420)
        column = QVBoxLayout(self)
        column.addWidget(label("This folder holds several series", "title"))
        column.addWidget(label("Choose what to open; hold Ctrl to choose more than one.", "muted"))
        self.table = _series_table(rows)
        self.table.itemDoubleClicked.connect(lambda _: self.accept())
        self.table.itemSelectionChanged.connect(self._turn)
        column.addWidget(self.table, 1)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        self._turn()

    def chosen(self) -> tuple[int, ...]:
        """Row numbers of the chosen series."""
        return tuple(sorted({index.row() for index in self.table.selectionModel().selectedRows()}))

    def _turn(self) -> None:
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(bool(self.chosen()))


def ask_series(parent: QWidget, rows: tuple[SeriesRow, ...]) -> tuple[int, ...]:
    """Ask which series to open; empty on cancel."""
    dialog = SeriesDialog(parent, rows)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    return dialog.chosen() if accepted else ()


def _series_table(rows: tuple[SeriesRow, ...]) -> QTableWidget:
    table = QTableWidget(len(rows), 3)
    table.setHorizontalHeaderLabels(["Series", "Modality", "What it holds"])
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(0, 300)
    for index, row in enumerate(rows):
        for place, text in enumerate((row.title, row.modality, row.detail)):
            table.setItem(index, place, QTableWidgetItem(text))
    suggested = next((index for index, row in enumerate(rows) if row.is_suggested), 0)
    if rows:
        table.selectRow(suggested)
    return table
