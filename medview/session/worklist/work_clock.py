"""The clock of working time: it runs while somebody works, and never over a pause."""

from __future__ import annotations

IDLE_S = 60.0
"""A longer time without a move of hand or mouse is a pause, and none of it counts."""


class WorkClock:
    """Adds up the time between signs of work."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._last_s: float | None = None

    @property
    def seconds(self) -> float:
        """What has run up since it was last taken."""
        return self._seconds

    def look(self, now_s: float, *, is_active: bool, has_worked: bool) -> None:
        """Note what a person does now.

        Args:
            now_s: Of a clock that never goes back.
            is_active: Whether the program's window is the one that has the keyboard.
            has_worked: Whether the mouse or the work has moved since the last look.
        """
        if not is_active:
            self._last_s = None
        elif has_worked:
            if self._last_s is not None and now_s - self._last_s <= IDLE_S:
                self._seconds += now_s - self._last_s
            self._last_s = now_s

    def take(self) -> float:
        """The seconds that have run up; it goes on from none."""
        taken, self._seconds = self._seconds, 0.0
        return taken

    def give_back(self, seconds: float) -> None:
        """Take back seconds that could not be noted."""
        self._seconds += seconds

    def rest(self) -> None:
        """Nothing is being worked on."""
        self._seconds, self._last_s = 0.0, None
