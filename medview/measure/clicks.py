"""Simulated clicks of a person who corrects a mask, and how many it takes.

Where a mask misses or adds something, a person clicks near the middle of the largest such place. Masks are of
any number of axes; places are index positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CAP = 10
"""Clicks that are counted when a quality was never reached."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Click:
    """One click: where, and whether what is there belongs to the object."""

    place: tuple[int, ...]
    is_include: bool


@dataclass(frozen=True, eq=False)
class Fault:
    """The worst place of a mask.

    Args:
        depth: Distance of each of its pixels from the nearest one that is right, in pixels; 0 elsewhere.
        is_missed: Whether the mask misses it; otherwise the mask has it for nothing.
    """

    depth: NDArray[np.float32]
    is_missed: bool

    def middle(self) -> Click:
        """The deepest pixel, the first of them in the order of the array."""
        place = np.unravel_index(int(np.argmax(self.depth)), self.depth.shape)
        return self._click(place)

    def anywhere(self, rng: np.random.Generator, part: float = 0.5) -> Click:
        """A random pixel deeper than a part (0 to 1) of the deepest."""
        places = np.flatnonzero(self.depth > part * self.depth.max())
        return self._click(np.unravel_index(int(places[rng.integers(len(places))]), self.depth.shape))

    def near_middle(self, rng: np.random.Generator, spread: float = 0.5) -> Click:
        """The deepest pixel, missed by a hand: off by a normal error of `spread` times its depth.

        A hand that lands outside of the fault tries again, sixteen times at most.
        """
        middle = self.middle()
        limit = np.array(self.depth.shape) - 1
        for _ in range(16):
            error = rng.normal(0.0, spread * float(self.depth.max()), len(limit))
            place = np.clip(np.rint(np.array(middle.place) + error).astype(int), 0, limit)
            if self.depth[tuple(place)] > 0:
                return self._click(place)
        return middle

    def _click(self, place: Iterable[np.intp | int]) -> Click:
        return Click(tuple(int(n) for n in place), self.is_missed)


def worst_fault(truth: Mask, mask: Mask, taken: Iterable[tuple[int, ...]] = ()) -> Fault | None:
    """Where a mask is wrong most deeply; None where it is right.

    Beyond the border counts as right, so that no fault is deepest there (Sofiuk et al. 2022).

    Args:
        truth: The object.
        mask: What was found, of the same shape.
        taken: Places that were clicked already: never clicked again.
    """
    missed, added = _depth(truth & ~mask), _depth(mask & ~truth)
    for place in taken:
        missed[place] = added[place] = 0
    worst = max(missed.max(), added.max())
    if not worst:
        return None
    is_missed = bool(missed.max() > added.max())
    return Fault(missed if is_missed else added, is_missed)


def _depth(fault: Mask) -> NDArray[np.float32]:
    from scipy.ndimage import distance_transform_edt

    depth = np.zeros(fault.shape, np.float32)
    if fault.any():
        box = tuple(
            slice(int(found[0]), int(found[-1]) + 1)
            for found in (np.flatnonzero(fault.any(_others(axis, fault.ndim))) for axis in range(fault.ndim))
        )
        padded = np.pad(fault[box], 1)
        inner = (slice(1, -1),) * fault.ndim
        depth[box] = distance_transform_edt(padded)[inner]
    return depth


def _others(axis: int, dims: int) -> tuple[int, ...]:
    return tuple(other for other in range(dims) if other != axis)


def overlap(truth: Mask, mask: Mask) -> float:
    """Dice, 2|A∩B| / (|A|+|B|); 1 where both are empty."""
    total = int(truth.sum()) + int(mask.sum())
    return 2.0 * int((truth & mask).sum()) / total if total else 1.0


def clicks_to_reach(curve: Sequence[float], quality: float, cap: int = CAP) -> int:
    """NoC@q: the first number of clicks after which Dice is at least `quality`; `cap` where it never is.

    Args:
        curve: Dice after click 1, 2, …
        quality: 0 to 1.
        cap: The most clicks.
    """
    reached = [number for number, dice in enumerate(curve[:cap], 1) if dice >= quality]
    return reached[0] if reached else cap
