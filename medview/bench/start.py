"""Cold start: from the start of a process to its window on the screen."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from medview.bench.suite import Figure
from medview.core.errors import RunFailed

_TURNS = 3
_STARTED = "window on screen"


def measure(_scan: Path) -> list[Figure]:
    """Start the program some times and take each time until its window has drawn."""
    times_s = [_one_start() for _ in range(_TURNS)]
    middle, spread = statistics.median(times_s), max(times_s) - min(times_s)
    return [Figure(name="cold_start_s", value=middle, n=_TURNS, spread=spread)]


def _one_start() -> float:
    started_s = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "medview.bench.start"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    line = child.stdout.readline()
    spent_s = time.perf_counter() - started_s
    child.wait(timeout=60)
    if _STARTED not in line:
        raise RunFailed("Cannot measure the start", "the window did not open")
    return spent_s


def _open_and_close() -> None:
    from medview.bench.driver import Driver

    driver = Driver()
    driver.settle()
    sys.stdout.write(f"{_STARTED}\n")
    sys.stdout.flush()
    driver.close()


if __name__ == "__main__":
    _open_and_close()
