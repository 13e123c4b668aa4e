"""The longest pause of the window while the demo model runs on a synthetic head."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer

from medview.bench.driver import Driver
from medview.bench.suite import Figure
from medview.core.errors import RunFailed

_MODEL = "t2-vessels"
_BEAT_MS = 5


class Heartbeat:
    """A timer of the window's thread; `gaps_ms` holds the pauses between its beats."""

    def __init__(self) -> None:
        self.gaps_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to listen."""
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append(1000 * (now - self._last_s))
        self._last_s = now


def measure(_scan: Path) -> list[Figure]:
    """Open the sample head, run the model, and listen from the click to the result in all panes."""
    driver = Driver()
    app = driver.app
    app.workflows.opening.open_sample()
    driver.wait_for_jobs()
    problem = app.workflows.models.problem(_MODEL)
    if problem:
        raise RunFailed("Cannot run the demo model", problem.rstrip("."))
    beat = Heartbeat()
    beat.start()
    app.workflows.models.run(_MODEL, app.workflows.models.first_choices(_MODEL), {})
    driver.wait_until(lambda: not app.workflows.running, "the end of the run")
    driver.wait_for_drawing()
    beat.stop()
    driver.close()
    gaps = sorted(beat.gaps_ms)
    return [
        Figure(
            name="gui_gap_during_model_ms",
            value=gaps[-1],
            n=len(gaps),
            spread=gaps[-1] - gaps[len(gaps) // 2],
        )
    ]
