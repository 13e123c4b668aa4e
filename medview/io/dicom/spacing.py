"""Where the slices of a stack lie: one even grid, several, or one filled in between, each said in words.

Slices are never moved. What lies evenly becomes a grid as it is, sheared where the gantry was tilted. Where
an even row misses some slices, the others keep their places and only the missing ones are interpolated. Rows
that change their distance are split into even parts: so every value shown was measured, and the parts lie
rightly to each other in the patient. Only rows without even parts are interpolated onto a fine grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]
Recipe = tuple[tuple[int, int, float], ...]
_MOST_PARTS = 4
_MOST_MISSING_TOGETHER = 5
_MOST_MISSING_PART = 0.25
_MOST_FINE = 4


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How slices of a stack become the slices of one grid.

    Args:
        members: Numbers of the slices that take part.
        origin_lps: Position of the first slice of the grid.
        step_lps: From one slice of the grid to the next; None for a single slice.
        recipe: For every slice of the grid: lower member, upper member (numbers within `members`), and the
            weight of the upper one; 0 where the slice is a measured one.
        warnings: Sentences about missing, uneven or interpolated slices.
    """

    members: tuple[int, ...]
    origin_lps: tuple[float, ...]
    step_lps: tuple[float, ...] | None
    recipe: Recipe
    warnings: tuple[str, ...] = ()

    @property
    def is_measured(self) -> bool:
        """Whether every slice of the grid was measured."""
        return all(weight == 0 for _, _, weight in self.recipe)


def is_even(positions: Positions) -> bool:
    """Whether slices (n, 3), in order, are even: off by < 1 % of a step, or as if rounded to 0.1 mm."""
    if len(positions) < 3:
        return True
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    if _largest_miss(positions, np.arange(len(positions)), step) <= 0.01 * np.linalg.norm(step):
        return True
    return _misses_of_best_line(positions) <= _tolerance(step)


def _tolerance(step: Positions) -> float:
    length = float(np.linalg.norm(step))
    return max(0.01 * length, min(0.06, 0.1 * length))


def _misses_of_best_line(positions: Positions) -> float:
    """Rounded ends tilt the line between them, so rounding is judged by the best line instead."""
    indices = np.arange(len(positions))
    design = np.stack([np.ones(len(positions)), indices], axis=1)
    best, *_ = np.linalg.lstsq(design, positions, rcond=None)
    return float(np.linalg.norm(positions - design @ best, axis=1).max())


def _largest_miss(positions: Positions, indices: NDArray[np.int64], step: Positions) -> float:
    ideal = positions[0] + indices[:, None] * step
    return float(np.linalg.norm(positions - ideal, axis=1).max())


def layouts_of(positions: Positions) -> list[Layout]:
    """Make grids of slices at these positions (n, 3), sorted along their normal."""
    if is_even(positions):
        return [_even(positions, tuple(range(len(positions))))]
    filled = _filled(positions)
    if filled is not None:
        return [filled]
    runs = _even_runs(positions)
    if len(runs) <= _MOST_PARTS and sum(len(run) >= 3 for run in runs) >= len(runs) - 1 and len(runs[0]) > 1:
        return _in_parts(positions, runs)
    return _resampled_or_parts(positions, runs)


def _even(positions: Positions, members: tuple[int, ...], warnings: tuple[str, ...] = ()) -> Layout:
    own = positions[list(members)]
    step = None if len(own) < 2 else tuple(((own[-1] - own[0]) / (len(own) - 1)).tolist())
    recipe = tuple((n, n, 0.0) for n in range(len(own)))
    return Layout(
        members=members, origin_lps=tuple(own[0].tolist()), step_lps=step, recipe=recipe, warnings=warnings
    )


def _gaps(positions: Positions) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(np.diff(positions, axis=0), axis=1))


def _filled(positions: Positions) -> Layout | None:
    """An even row with a few slices missing; None where that is not what it is."""
    gaps = _gaps(positions)
    base = float(np.median(gaps[gaps <= 1.5 * gaps.min()]))
    counts = np.round(gaps / base).astype(int)
    missing = int((counts - 1).sum())
    if counts.max() - 1 > _MOST_MISSING_TOGETHER or missing > _MOST_MISSING_PART * len(positions):
        return None
    indices = np.concatenate([[0], np.cumsum(counts)])
    step = (positions[-1] - positions[0]) / indices[-1]
    if _largest_miss(positions, indices, step) > _tolerance(step):
        return None
    return Layout(
        members=tuple(range(len(positions))),
        origin_lps=tuple(positions[0].tolist()),
        step_lps=tuple(step.tolist()),
        recipe=_recipe(indices.astype(float), int(indices[-1]) + 1),
        warnings=_missing_words(positions, counts),
    )


def _missing_words(positions: Positions, counts: NDArray[np.int64]) -> tuple[str, ...]:
    said = []
    for n in np.flatnonzero(counts > 1):
        count = int(counts[n]) - 1
        what = "1 slice is" if count == 1 else f"{count} slices are"
        said.append(
            f"{what} missing between slice {n + 1} (at {_place(positions[n])}) and slice {n + 2} "
            f"(at {_place(positions[n + 1])}): filled by linear interpolation."
        )
    return tuple(said)


def _place(position_lps: Positions) -> str:
    """A position as people read it: right, anterior, superior millimetres."""
    left, posterior, superior = position_lps
    return f"R {-left:.1f}, A {-posterior:.1f}, S {superior:.1f} mm"


def _recipe(at: NDArray[np.float64], count: int) -> Recipe:
    """Mixing rule of each grid slice from measured slices at grid coordinates `at` (rising)."""
    upper = np.clip(np.searchsorted(at, np.arange(count) - 1e-6), 1, len(at) - 1)
    rule = []
    for n, high in enumerate(upper):
        weight = float(np.clip((n - at[high - 1]) / (at[high] - at[high - 1]), 0, 1))
        if weight < 1e-3:
            rule.append((int(high) - 1, int(high) - 1, 0.0))
        elif weight > 1 - 1e-3:
            rule.append((int(high), int(high), 0.0))
        else:
            rule.append((int(high) - 1, int(high), weight))
    return tuple(rule)


def _even_runs(positions: Positions) -> list[list[int]]:
    """Split at every change of the distance; the slice after a change begins the next run."""
    runs = [[0]]
    for n in range(1, len(positions)):
        candidate = [*runs[-1], n]
        if is_even(positions[candidate]) and not _jumps(positions, candidate):
            runs[-1] = candidate
        else:
            runs.append([n])
    return runs


def _jumps(positions: Positions, run: list[int]) -> bool:
    """Whether a pair is wider apart than the row that starts with its second slice: then they are no pair."""
    after = run[-1] + 1
    if len(run) != 2 or after >= len(positions):
        return False
    gaps = _gaps(positions[run[0] : after + 1])
    return bool(abs(gaps[0] - gaps[1]) > _tolerance(positions[after] - positions[run[-1]]))


def _range_words(positions: Positions) -> str:
    gaps = _gaps(positions)
    return f"The slice distance varies from {gaps.min():.2f} to {gaps.max():.2f} mm"


def _in_parts(positions: Positions, runs: list[list[int]]) -> list[Layout]:
    said = (
        f"{_range_words(positions)}: shown as {len(runs)} evenly spaced volumes, "
        "each at its place in the patient."
    )
    return [_even(positions, tuple(run), (said,)) for run in runs]


def _resampled_or_parts(positions: Positions, runs: list[list[int]]) -> list[Layout]:
    span = positions[-1] - positions[0]
    along = (positions - positions[0]) @ span / (span @ span)
    on_line = _largest_miss(positions, along, span) <= 0.5
    gaps = _gaps(positions)
    if not on_line or gaps.max() > 12 * np.median(gaps):
        return _in_parts(positions, runs)
    length = float(np.linalg.norm(span))
    count = int(np.clip(round(length / gaps.min()), len(positions) - 1, _MOST_FINE * len(positions))) + 1
    said = (
        f"{_range_words(positions)}: all slices are interpolated linearly onto an even grid of "
        f"{length / (count - 1):.2f} mm. Values between measured slices are estimates."
    )
    layout = Layout(
        members=tuple(range(len(positions))),
        origin_lps=tuple(positions[0].tolist()),
        step_lps=tuple((span / (count - 1)).tolist()),
        recipe=_recipe(along * (count - 1), count),
        warnings=(said,),
    )
    return [layout]
