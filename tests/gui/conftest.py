"""A display of its own, windows that are shown and cleared away, and no Qt warning unheard."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

_SCREEN = "1600x1200x24"
#: What Xvfb says that says nothing about the program: it has no window manager and no XInput.
_NOT_OURS = ("This plugin does not support raise()", "This plugin does not support propagateSizeHints()")


def _start_display() -> subprocess.Popen[bytes] | None:
    if os.environ.get("DISPLAY"):
        return None
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no display, and no Xvfb to make one", allow_module_level=True)
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", _SCREEN, "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read, encoding="ascii") as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    return server


@pytest.fixture(scope="session")
def display() -> Iterator[None]:
    """A display, and Qt told to use it."""
    server = _start_display()
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ.pop("QT_SCALE_FACTOR", None)
    os.environ["QT_QPA_PLATFORMTHEME"] = ""
    yield
    if server is not None:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def qapp_args(display: None) -> list[str]:
    """Qt starts after the display."""
    return ["medview-tests"]


@pytest.fixture(autouse=True)
def _no_qt_warnings(qapp, qtlog) -> Iterator[None]:
    """Whatever Qt warns of is a failure; so is a window that outlives its test."""
    from PySide6.QtCore import QtMsgType
    from PySide6.QtWidgets import QApplication

    yield
    _let_go_of_windows(qapp)
    left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    told = [
        record.message
        for record in qtlog.records
        if record.type not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        and not record.message.startswith(_NOT_OURS)
    ]
    assert not told, told
    assert not left, left


def _let_go_of_windows(qapp) -> None:
    from PySide6.QtCore import QEvent

    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()


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
