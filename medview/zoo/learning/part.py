"""A part of some work as a context of its own: its progress is a stretch of the whole's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medview.core.volume import AnyArray
from medview.ml.context import RunContext


@dataclass(frozen=True)
class _Part:
    whole: RunContext
    start: float
    share: float
    prefix: str
    facts: Mapping[str, float]

    def progress(self, fraction: float, message: str) -> None:
        self.whole.progress(self.start + self.share * fraction, f"{self.prefix}{message}")

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        self.whole.preview(name, offset_ijk, array)

    def report(self, step: int, values: Mapping[str, float]) -> None:
        self.whole.report(step, {**values, **self.facts})

    def is_cancelled(self) -> bool:
        return self.whole.listener.is_cancelled()


def part_of(
    ctx: RunContext, start: float, share: float, prefix: str = "", facts: Mapping[str, float] | None = None
) -> RunContext:
    """A context whose progress from 0 to 1 is the whole's from `start` to `start + share`.

    Args:
        ctx: The whole.
        start: Where the part begins.
        share: How much of the whole it is.
        prefix: Put before each message.
        facts: Added to each report, such as the number of a fold.
    """
    listener = _Part(ctx, start, share, prefix, facts or {})
    return RunContext(
        scratch=ctx.scratch, device=ctx.device, seed=ctx.seed, threads=ctx.threads, listener=listener
    )
