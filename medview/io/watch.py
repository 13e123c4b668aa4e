"""How long reading and writing tell their progress and learn that they were cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

Progress = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A progress listener and a cancel check that travel together.

    Args:
        progress: Called with the part done (0-1) and a few words; None where nobody listens.
        check_cancelled: Raises `medview.core.errors.Cancelled` when the work should stop.
        first: Part of the whole at which this piece of work begins.
        last: Part of the whole at which it ends.
    """

    progress: Progress | None = None
    check_cancelled: Callable[[], None] | None = None
    first: float = 0.0
    last: float = 1.0

    def at(self, fraction: float, words: str) -> None:
        """Report a part (0-1) of this piece of work, after looking for a cancel."""
        if self.check_cancelled is not None:
            self.check_cancelled()
        if self.progress is not None:
            self.progress(self.first + (self.last - self.first) * min(max(fraction, 0.0), 1.0), words)

    def between(self, first: float, last: float) -> Watch:
        """The same listeners for a piece of work inside this one."""
        width = self.last - self.first
        return replace(self, first=self.first + width * first, last=self.first + width * last)


QUIET = Watch()
