"""How long a job will still take, from how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from medview.jobs.job import Progress

_TOO_EARLY_S = 0.5
_TOO_LITTLE = 0.02


class ProgressClock:
    """Turns fractions into `Progress` with the time left, counted from its construction.

    Args:
        now_s: A clock that never runs backwards.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._started_s = now_s()

    def at(self, fraction: float, message: str) -> Progress:
        """Progress at this moment; half a second and two per cent are needed to tell the time left."""
        elapsed_s = self._now_s() - self._started_s
        if fraction < _TOO_LITTLE or elapsed_s < _TOO_EARLY_S:
            return Progress(fraction, message, None)
        return Progress(fraction, message, elapsed_s * (1 - fraction) / fraction)
