"""Windows that are shown and cleared away; display, Qt warnings and left windows are the root's matter."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def theme(qapp) -> str:
    """The dark theme, as the program starts."""
    from medview.gui.theme import apply_theme

    apply_theme(qapp, "dark")
    return "dark"


@pytest.fixture
def frames() -> list:
    """Canvases that have asked for a frame."""
    return []


@pytest.fixture
def view(qtbot, theme, frames, tmp_path: Path) -> Iterator:
    """The main window on the screen, with nothing behind it, its folder of its own."""
    from medview.gui.main_window import MainWindow

    made = MainWindow(theme, frames.append, tmp_path / "window.ini")
    made.show_title("T2", False)
    made.window.show()
    qtbot.waitExposed(made.window)
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    yield made
    with contextlib.suppress(RuntimeError):
        made.close()


@pytest.fixture
def shown(qtbot, theme):
    """Shows a widget in a window of its own, for the length of a test."""
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    hosts = []

    def show(widget: QWidget, width: int = 340, height: int = 640) -> QWidget:
        host = QWidget()
        QVBoxLayout(host).addWidget(widget)
        host.resize(width, height)
        qtbot.addWidget(host)
        hosts.append(host)
        host.show()
        qtbot.waitExposed(host)
        host.activateWindow()
        qtbot.waitUntil(host.isActiveWindow)
        return host

    yield show
    hosts.clear()
