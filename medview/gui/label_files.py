"""Where label tables and contours are loaded from, and tables saved to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

_LOAD_FILTER = "Label tables (*.json *.csv *.tsv *.txt *.label *.ctbl);;All files (*)"
_SAVE_ENDINGS = {
    "medview label table (*.json)": ".json",
    "Table for spreadsheets and 3D Slicer (*.csv)": ".csv",
    "ITK-SNAP label descriptions (*.txt)": ".txt",
    "3D Slicer colour table (*.ctbl)": ".ctbl",
}


def ask_file(parent: QWidget) -> Path | None:
    """Ask for a table of labels; None on cancel."""
    name, _ = QFileDialog.getOpenFileName(parent, "Load labels", "", _LOAD_FILTER)
    return Path(name) if name else None


def ask_contours(parent: QWidget) -> Path | None:
    """Ask for a DICOM structure set; None on cancel."""
    filters = "DICOM structure sets (*.dcm);;All files (*)"
    name, _ = QFileDialog.getOpenFileName(parent, "Load contours", "", filters)
    return Path(name) if name else None


def ask_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save a table; the dialog itself confirms overwriting, the chosen kind adds its ending."""
    name, kind = QFileDialog.getSaveFileName(parent, "Save labels", str(suggestion), ";;".join(_SAVE_ENDINGS))
    if not name:
        return None
    if name.lower().endswith(tuple(_SAVE_ENDINGS.values())):
        return Path(name)
    return Path(name + _SAVE_ENDINGS.get(kind, ".json"))
