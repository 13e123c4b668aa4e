"""How fast a field is rendered, and how coarse to begin and how fine to end because of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = (16, 8, 4, 2, 1)
#: The first picture is wanted after so long, the last one after so long at most.
FIRST_S, LAST_S = 0.4, 180.0
#: A picture of less is mostly empty, and its time no measure.
_FEWEST_SAMPLES = 20_000
_UNKNOWN: tuple[int, ...] = (8, 4, 2, 1)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Measured on the newest picture that was finished.

    Args:
        samples_per_second: Of the field on this machine.
        samples_per_ray: That were taken along a ray, on the mean.
    """

    samples_per_second: float
    samples_per_ray: float

    @classmethod
    def measured(cls, rays: int, levels: tuple[int, ...], value: Mapping[str, float]) -> Pace | None:
        """From what a render returned for a pane of so many rays; None where too little was taken to tell."""
        samples, taken = float(value["samples"]), sum(rays / level**2 for level in levels)
        if samples < _FEWEST_SAMPLES:
            return None
        return cls(samples_per_second=float(value["samples_per_second"]), samples_per_ray=samples / taken)

    def seconds(self, rays: float) -> float:
        """Time that so many rays take."""
        return rays * self.samples_per_ray / self.samples_per_second


def levels_for(rays: int, pace: Pace | None, finest: int | None = None) -> tuple[int, ...]:
    """Levels of a pane of so many rays, coarse first: 8 is one ray for 8 x 8 pixels.

    The coarsest one comes within `FIRST_S` where that can be, the finest within `LAST_S`; before anything
    was measured they are 8, 4, 2 and 1. None is coarser than what is shown already.
    """
    if pace is None:
        levels = _UNKNOWN
    else:
        full_s = pace.seconds(rays)
        first = next((level for level in LEVELS[::-1] if full_s / level**2 <= FIRST_S), LEVELS[0])
        last = next((level for level in LEVELS[::-1] if full_s / level**2 <= LAST_S), LEVELS[0])
        levels = tuple(level for level in LEVELS if last <= level <= first)
    if finest is None:
        return levels
    return tuple(level for level in levels if level <= finest) or (finest,)
