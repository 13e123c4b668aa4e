"""The keys of flight: held keys become steady steps of the camera."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

_K = Qt.Key
#: Right, up and forward in paces per tick.
_MOVES = {
    _K.Key_W: (0, 0, 1),
    _K.Key_S: (0, 0, -1),
    _K.Key_D: (1, 0, 0),
    _K.Key_A: (-1, 0, 0),
    _K.Key_E: (0, 1, 0),
    _K.Key_Q: (0, -1, 0),
}
_TICK_MS = 40
_PACES_PER_TICK = 0.5

Step = Callable[[float, float, float], object]


class FlightKeys(QObject):
    """Told of keys that go down and up.

    Args:
        step: Called with paces to the right, up and forward while keys are held.
    """

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._step = step
        self._held: set[int] = set()
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._tick)

    @staticmethod
    def has(key: int) -> bool:
        """Whether a key moves the camera."""
        return key in _MOVES

    def press(self, key: int) -> None:
        """A key went down."""
        self._held.add(key)
        self._tick()
        self._clock.start()

    def release(self, key: int) -> None:
        """A key came up."""
        self._held.discard(key)
        if not self._held:
            self._clock.stop()

    def drop(self) -> None:
        """No key is held any more: the pane has lost the focus."""
        self._held.clear()
        self._clock.stop()

    def _tick(self) -> None:
        moves = [_MOVES[_K(key)] for key in self._held]
        right, up, forward = (_PACES_PER_TICK * sum(parts) for parts in zip(*moves, strict=True))
        self._step(right, up, forward)
