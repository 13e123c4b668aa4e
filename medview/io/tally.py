"""Measuring values while they are still being unpacked."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from numpy.typing import NDArray

from medview.core.volume import Extremes


class Tally:
    """Extremes of pieces, measured in a second thread while the next piece is read.

    A context: `extremes` is complete when it has been left.
    """

    def __init__(self) -> None:
        self.extremes = Extremes()
        self._thread = ThreadPoolExecutor(1, "extremes")
        self._pending: list[Future[None]] = []

    def __enter__(self) -> Tally:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=error[0] is not None)
        if error[0] is None:
            for measured in self._pending:
                measured.result()

    def add(self, piece: NDArray[Any]) -> None:
        """Measure a finished piece soon; pieces are taken one after the other."""
        self._pending.append(self._thread.submit(self._measure, piece))

    def _measure(self, piece: NDArray[Any]) -> None:
        self.extremes = self.extremes.with_values(piece)
