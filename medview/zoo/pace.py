"""The time that is left of a run, from the parts that are done."""

from __future__ import annotations

import time

from medview.ml.preflight import time_words

_TOLD_FROM_S = 3.0
"""Less than this is not worth telling."""


class Pace:
    """Times the parts of a run and says how long the rest will take, sharper with every part.

    The first part also warms up what runs: it counts only until a second one is done.

    Args:
        total: How many parts there are, such as slices or patches.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started_s = time.monotonic()
        self._warm: tuple[int, float] | None = None

    def step(self, done: int) -> None:
        """So many parts are done now."""
        if self._warm is None:
            self._warm = done, time.monotonic()
        self._done = done

    @property
    def left_s(self) -> float | None:
        """Seconds that are left; None before the first part is done."""
        if self._warm is None:
            return None
        begun, since_s = self._warm if self._done > self._warm[0] else (0, self._started_s)
        each_s = (time.monotonic() - since_s) / (self._done - begun)
        return each_s * (self._total - self._done)

    @property
    def words(self) -> str:
        """For a progress message: ``", about 40 s left"``; empty where there is nothing to tell."""
        left_s = self.left_s
        return "" if left_s is None or left_s < _TOLD_FROM_S else f", about {time_words(left_s)} left"
