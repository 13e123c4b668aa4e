"""The command that opens the window."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medview.cli.files import Commands
from medview.core.state import Layout

_INTERRUPTED = 130


def add_commands(commands: Commands) -> None:
    """Declare the words of this command."""
    window = commands.add_parser("open", help="open the window with these scans (the default)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files, DICOM folders")
    window.add_argument("--sample", metavar="NAME", help="open a synthetic study")
    window.add_argument("--seed", type=int, default=1, help="of the synthetic study")
    window.add_argument("--layout", choices=[layout.value for layout in Layout], default=None)
    window.set_defaults(command=_open)


def _open(arguments: argparse.Namespace) -> int:
    from medview.app import Start, run_window

    layout = Layout(arguments.layout) if arguments.layout else None
    start = Start(paths=tuple(arguments.paths), sample=arguments.sample, seed=arguments.seed, layout=layout)
    with _closing_on_interrupt() as interrupted:
        code = run_window(start)
    return _INTERRUPTED if interrupted.is_set() else code


@contextmanager
def _closing_on_interrupt() -> Iterator[threading.Event]:
    """Ctrl+C closes the window as its own button does, asking about unsaved work; again, it ends at once.

    While Qt waits for events no Python code runs, so the signal is passed on by a thread.
    """
    interrupted, (ear, mouth) = threading.Event(), socket.socketpair()
    mouth.setblocking(False)

    def listen() -> None:
        if ear.recv(1):
            interrupted.set()
            _close_window()

    def give_way(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        qt = sys.modules.get("PySide6.QtCore")
        if qt is None or qt.QCoreApplication.instance() is None:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, give_way)
    waker = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=listen, name="medview-interrupt", daemon=True)
    listener.start()
    try:
        yield interrupted
    finally:
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGINT, before)
        mouth.close()
        listener.join()
        ear.close()


def _close_window() -> None:
    from PySide6.QtCore import QCoreApplication, QMetaObject, Qt

    program = QCoreApplication.instance()
    if program is not None:
        # queued: windows may be closed in their own thread only
        QMetaObject.invokeMethod(program, "quit", Qt.ConnectionType.QueuedConnection)
