"""What a run will take, told from the parts that are done: time that is left, and memory.

The forecast before a run comes from formulas; as soon as one patch (a batch of slices, a piece of a volume)
has gone through, the run knows better and says so.
"""

from __future__ import annotations

import time

from medview.ml.context import RunContext
from medview.ml.peak_memory import peak_bytes
from medview.ml.preflight import size_words, time_words

_TOLD_FROM_S = 3.0
"""Less than this is not worth telling."""


class Pace:
    """Times the parts of a run and says how long the rest will take, sharper with every part.

    The first part also warms up what runs: it counts only until a second one is done. After the first one
    the run's provenance gets the fact ``forecast_of_first_patch``: ``seconds`` of the whole run from this
    object's making on, and ``memory_bytes``.

    Args:
        total: How many parts there are, such as slices or patches.
        ctx: Of the run.
        more_bytes: Memory that the parts after the first will take beyond what it takes, such as for the
            outputs that fill up.
    """

    def __init__(self, total: int, ctx: RunContext, more_bytes: float = 0.0) -> None:
        self._total = total
        self._ctx = ctx
        self._more_bytes = more_bytes
        self._done = 0
        self._started_s = time.monotonic()
        self._warm: tuple[int, float] | None = None
        self.memory_bytes: float | None = None
        """Most memory that the run will hold; None before the first part is done."""

    def step(self, done: int) -> None:
        """So many parts are done now."""
        self._done = done
        if self._warm is None:
            self._warm = done, time.monotonic()
            self.memory_bytes = peak_bytes(self._ctx.device) + self._more_bytes
            whole_s = self._warm[1] - self._started_s + (self.left_s or 0.0)
            facts = {"seconds": round(whole_s, 3), "memory_bytes": int(self.memory_bytes)}
            self._ctx.record("forecast_of_first_patch", facts)

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
        """For a progress message: ``", 1.2 GB of memory, about 40 s left"``; empty near the end.

        Who shows a message that ends with " left" adds no estimate of the time of its own.
        """
        left_s = self.left_s
        if left_s is None or self.memory_bytes is None or left_s < _TOLD_FROM_S:
            return ""
        return f", {size_words(self.memory_bytes)} of memory, about {time_words(left_s)} left"
