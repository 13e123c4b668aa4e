"""Questions and answers: files and folders, save path, unsaved work, a line of text, texts to read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from medview.gui.texts import label, shortened

_OPEN_FILTER = (
    "Scans (*.nii *.nii.gz *.hdr *.img *.nrrd *.nhdr *.mha *.mhd *.mgz *.dcm *.ima);;"
    "Videos, poses and scenes (*.mp4 *.mov *.avi *.m4v *.mkv *.webm *.json *.npy);;All files (*)"
)
_SAVE_FORMATS = {
    "NIfTI, compressed (*.nii.gz)": ".nii.gz",
    "NIfTI (*.nii)": ".nii",
    "Segmentation of 3D Slicer (*.seg.nrrd)": ".seg.nrrd",
    "NRRD (*.nrrd)": ".nrrd",
    "MetaImage (*.mha)": ".mha",
}
_EXPORT_KINDS = {
    ".stl": "Surface for printers (*.stl)",
    ".csv": "Table for spreadsheets (*.csv)",
    ".dcm": "DICOM object (*.dcm)",
}
_MOST_NAMES, _MOST_LETTERS = 8, 60
_PAGE_PX, _PAGE_FRAME_PX = 560, 170
_BUTTONS = QDialogButtonBox.StandardButton


def ask_paths(parent: QWidget) -> tuple[Path, ...]:
    """Ask for files to open; empty on cancel."""
    names, _ = QFileDialog.getOpenFileNames(parent, "Open scans, masks, videos or scenes", "", _OPEN_FILTER)
    return tuple(Path(name) for name in names)


def ask_folder(parent: QWidget) -> Path | None:
    """Ask for a folder of DICOM files; None on cancel."""
    name = QFileDialog.getExistingDirectory(parent, "Open a DICOM folder")
    return Path(name) if name else None


def ask_save_path(parent: QWidget, suggestion: Path) -> Path | None:
    """Ask where to save; the dialog itself confirms overwriting."""
    filters = ";;".join(_SAVE_FORMATS)
    name, chosen = QFileDialog.getSaveFileName(parent, "Save", str(suggestion), filters)
    if not name:
        return None
    has_ending = name.lower().endswith(tuple(_SAVE_FORMATS.values()))
    return Path(name) if has_ending else Path(name + _SAVE_FORMATS.get(chosen, ".nii.gz"))


def ask_export_path(parent: QWidget, title: str, suggestion: Path) -> Path | None:
    """Ask where to write a file of one kind, that of the suggestion's ending; None on cancel."""
    ending = suggestion.suffix
    kind = _EXPORT_KINDS.get(ending, f"{ending[1:].upper()} (*{ending})")
    name, _ = QFileDialog.getSaveFileName(parent, title, str(suggestion), kind)
    if not name:
        return None
    return Path(name) if name.lower().endswith(ending) else Path(name + ending)


def ask_picture_path(parent: QWidget) -> Path | None:
    """Ask where to save a picture; the dialog itself confirms overwriting."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save picture", "picture.png", "PNG pictures (*.png)")
    if not name:
        return None
    return Path(name) if name.lower().endswith(".png") else Path(f"{name}.png")


def ask_text(parent: QWidget, title: str, question: str, text: str) -> str | None:
    """Ask for a line of text; None on cancel."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(question)
    dialog.setTextValue(text)
    dialog.resize(420, dialog.sizeHint().height())
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.textValue() if accepted else None


class UnsavedDialog(QDialog):
    """Asks what becomes of unsaved work; Enter saves, Esc goes back to the work.

    Args:
        parent: The window.
        names: What is not on disk yet.
        before: What is about to happen, such as ``"closing"``.
    """

    def __init__(self, parent: QWidget, names: tuple[str, ...], before: str) -> None:
        super().__init__(parent)
        self.answer = "cancel"
        self.setWindowTitle("Unsaved work")
        self.setMinimumWidth(440)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(f"Save before {before}?", "title"))
        what = "This layer is" if len(names) == 1 else f"These {len(names)} layers are"
        column.addWidget(label(f"{what} not on disk as seen here:", "muted"))
        shown = [f"•  {shortened(name, _MOST_LETTERS)}" for name in names[:_MOST_NAMES]]
        if len(names) > _MOST_NAMES:
            shown.append(f"and {len(names) - _MOST_NAMES} more")
        column.addWidget(label("\n".join(shown)))
        column.addSpacing(8)
        column.addWidget(self._make_buttons())

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(_BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel)
        words = {
            _BUTTONS.Save: ("save", "Save", "Save, then go on (Enter)"),
            _BUTTONS.Discard: ("discard", "Do not save", "Lose these changes"),
            _BUTTONS.Cancel: ("cancel", "Cancel", "Back to the work; nothing happens (Esc)"),
        }
        for kind, (answer, text, tip) in words.items():
            button = box.button(kind)
            button.setText(text)
            button.setToolTip(tip)
            button.setObjectName("primary" if answer == "save" else "")
            button.clicked.connect(lambda _, a=answer: self._give(a))
        box.button(_BUTTONS.Save).setDefault(True)
        box.button(_BUTTONS.Save).setFocus()
        return box

    def _give(self, answer: str) -> None:
        self.answer = answer
        self.accept()


def ask_unsaved(parent: QWidget, names: tuple[str, ...], before: str) -> str:
    """Warn of unsaved work: ``"save"``, ``"discard"`` or ``"cancel"``."""
    dialog = UnsavedDialog(parent, names, before)
    dialog.exec()
    dialog.deleteLater()
    return dialog.answer


def show_text(parent: QWidget, title: str, text: str) -> None:
    """Show plain text that can be selected and copied."""
    page = QPlainTextEdit(text)
    page.setReadOnly(True)
    page.setWordWrapMode(QTextOption.WrapMode.WordWrap)
    lines = text.count("\n") + 1
    _show_page(parent, title, page, min(_PAGE_PX, _PAGE_FRAME_PX + lines * page.fontMetrics().lineSpacing()))


def show_guide(parent: QWidget, guide: Path) -> None:
    """Show a Markdown file of the program's own, with its links and pictures."""
    page = QTextBrowser()
    page.setOpenExternalLinks(False)
    page.setSearchPaths([str(guide.parent)])
    page.setMarkdown(guide.read_text(encoding="utf-8"))
    _show_page(parent, "User guide", page)


def _show_page(parent: QWidget, title: str, page: QWidget, height_px: int = _PAGE_PX) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(680, height_px)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 16, 20, 16)
    column.setSpacing(10)
    column.addWidget(label(title, "title"))
    page.setAccessibleName(title)
    column.addWidget(page)
    buttons = QDialogButtonBox()
    close = QPushButton("Close")
    close.setToolTip("Close (Esc)")
    close.setDefault(True)
    buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.open()
