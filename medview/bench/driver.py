"""Drives the real window for measurements: settles events, waits for jobs, times one deed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from medview.app import App, Start
from medview.bench.suite import Figure
from medview.core.errors import RunFailed
from medview.gui.theme import apply_theme

_WAIT_S = 300
_LOOK_MS = 4
_REST_S = 1.5


class Driver:
    """A window with everything behind it, and a clock."""

    def __init__(self) -> None:
        os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(self.qt, QApplication)
        apply_theme(self.qt, "dark")
        self.app = App()
        self.app.show(Start())

    def settle(self) -> None:
        """Let everything that waits happen, and draw."""
        self.qt.processEvents()
        self.app.scheduler.flush()
        self.qt.processEvents()

    def wait_until(self, is_true: Callable[[], bool], what: str) -> None:
        """Let events happen until something holds.

        Raises:
            RunFailed: It did not within five minutes.
        """
        # The event loop as a person's: it lets other threads run while it waits, unlike a polling one.
        loop, limit = QEventLoop(), QTimer(singleShot=True, interval=1000 * _WAIT_S)
        look = QTimer(interval=_LOOK_MS)
        look.timeout.connect(lambda: loop.quit() if is_true() else None)
        limit.timeout.connect(loop.quit)
        limit.start()
        look.start()
        loop.exec()
        look.stop()
        if not is_true():
            raise RunFailed("Cannot measure", f"{what} did not happen within {_WAIT_S} s")

    def rest(self) -> None:
        """Wait as long as a person needs to choose a file."""
        end_s = time.perf_counter() + _REST_S
        self.wait_until(lambda: time.perf_counter() > end_s, "a moment")

    def wait_for_jobs(self) -> None:
        """Let all jobs end."""
        self.wait_until(lambda: not self.app.workflows.running, "the end of all jobs")
        self.settle()

    def wait_for_drawing(self) -> None:
        """Let the window draw what waits, in its own time."""
        self.wait_until(lambda: self.app.scheduler.is_idle, "the last picture")

    def times_ms(self, deeds: list[Callable[[], object]]) -> list[float]:
        """Milliseconds of each deed until it has been drawn."""
        spent = []
        for deed in deeds:
            started_s = time.perf_counter()
            deed()
            self.app.scheduler.flush()
            self.qt.processEvents()
            spent.append(1000 * (time.perf_counter() - started_s))
        return spent

    def close(self) -> None:
        """Close window and lanes."""
        self.app.close()
        self.qt.processEvents()


def p95(name: str, times: list[float]) -> Figure:
    """The 95 % quantile; its spread is the distance to the median."""
    high, middle = (float(value) for value in np.percentile(times, [95, 50]))
    return Figure(name=name, value=high, n=len(times), spread=high - middle)
