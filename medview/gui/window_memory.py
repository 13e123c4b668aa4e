"""Size and borders of the window, kept from one start to the next; nothing about what was open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

_VERSION = 1


class WindowMemory:
    """Restores and keeps the window's geometry and its splitters.

    Args:
        path: A small INI file; a broken or missing one means the first look again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore(self, window: QMainWindow, splitters: dict[str, QSplitter]) -> None:
        """Bring back what was kept; a window off every screen is moved onto one by Qt."""
        settings = self._settings()
        if settings.value("version", 0, int) != _VERSION:
            return
        geometry = settings.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        for name, splitter in splitters.items():
            state = settings.value(f"splitters/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)

    def keep(self, window: QMainWindow, splitters: dict[str, QSplitter]) -> None:
        """Write what the window looks like; a folder that cannot be written to costs only the memory."""
        settings = self._settings()
        settings.setValue("version", _VERSION)
        settings.setValue("geometry", window.saveGeometry())
        for name, splitter in splitters.items():
            settings.setValue(f"splitters/{name}", splitter.saveState())
        settings.sync()

    def _settings(self) -> QSettings:
        return QSettings(str(self._path), QSettings.Format.IniFormat)
