"""Many wishes to draw, one frame: a canvas that is asked for often is drawn once per tick."""

from __future__ import annotations

from collections.abc import Callable, Hashable

FRAME_S = 1 / 60


class RenderScheduler:
    """Coalesces frames.

    Args:
        clock: Seconds, monotonic.
        start_timer: Calls a function once after so many seconds, from the event loop.
        frame_s: Shortest time between two ticks.

    `frames_asked` and `frames_drawn` count wishes and drawings.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        start_timer: Callable[[float, Callable[[], None]], object],
        frame_s: float = FRAME_S,
    ) -> None:
        self._clock = clock
        self._start_timer = start_timer
        self._frame_s = frame_s
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._batch: dict[Hashable, Callable[[], None]] = {}
        self._is_ticking = False
        self._last_tick_s = float("-inf")
        self.frames_asked = 0
        self.frames_drawn = 0

    def ask(self, key: Hashable, draw: Callable[[], None]) -> None:
        """Draw at the next tick; a second wish with the same key replaces the first."""
        self.frames_asked += 1
        if key in self._batch:
            self._batch[key] = draw
            return
        self._waiting[key] = draw
        if not self._is_ticking:
            self._is_ticking = True
            self._start_timer(max(0.0, self._last_tick_s + self._frame_s - self._clock()), self._tick)

    @property
    def is_idle(self) -> bool:
        """Whether all that was asked for has been drawn."""
        return not (self._waiting or self._batch)

    def forget(self, key: Hashable) -> None:
        """Drop a wish, because its canvas is going away."""
        self._waiting.pop(key, None)
        self._batch.pop(key, None)

    def flush(self) -> None:
        """Draw everything that waits, now."""
        batch = {**self._batch, **self._waiting}
        self._batch, self._waiting = {}, {}
        for draw in batch.values():
            self._draw(draw)

    def _tick(self) -> None:
        """Draw one canvas of the batch and let the window breathe before the next one.

        Wishes made while drawing belong to the next tick, so that drawing cannot feed itself without end.
        """
        if not self._batch:
            self._batch, self._waiting = self._waiting, {}
        if self._batch:
            self._draw(self._batch.pop(next(iter(self._batch))))
        if self._batch:
            self._start_timer(0.0, self._tick)
            return
        self._last_tick_s = self._clock()
        self._is_ticking = bool(self._waiting)
        if self._waiting:
            self._start_timer(self._frame_s, self._tick)

    def _draw(self, draw: Callable[[], None]) -> None:
        self.frames_drawn += 1
        draw()
