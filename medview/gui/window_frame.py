"""The bare window: what the window system sends (close, dropped files, Esc), told as plain values."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from medview.gui.keyboard import belongs_to_field, take_back_typing


class WindowFrame(QMainWindow):
    """Tells `files_held`, `files_dropped` and `close_asked`; closes only when `may_close` is set."""

    files_held = Signal(bool)
    files_dropped = Signal(object)
    close_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.may_close = False
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.setMinimumSize(900, 600)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask the presenter; it closes for good when nothing is lost."""
        if self.may_close:
            event.accept()
            return
        event.ignore()
        QTimer.singleShot(0, self.close_asked.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders, also over the canvases."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.files_held.emit(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """The files went elsewhere."""
        self.files_held.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass the local paths on."""
        self.files_held.emit(False)
        paths = tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        if paths:
            # after the drop has ended: opening may ask, and the other program waits for the drop's answer
            QTimer.singleShot(0, lambda: self.files_dropped.emit(paths))

    def event(self, event: QEvent) -> bool:
        """Keep single-key shortcuts from taking what belongs to the field with the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.setAccepted(belongs_to_field(event, QApplication.focusWidget()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes back what was typed."""
        if event.key() != Qt.Key.Key_Escape or not take_back_typing(QApplication.focusWidget()):
            super().keyPressEvent(event)
