"""One mask out of several annotators' masks of a scan: by majority, or by STAPLE.

STAPLE: Warfield, Zou, Wells, "Simultaneous truth and performance level estimation", IEEE Trans. Med. Imaging
23(7), 2004, equations 14 (the truth, given the annotators) and 18, 19 (the annotators, given the truth). The
truth of a voxel depends on nothing but who marked it there, so that voxels are counted by that pattern once,
and the iteration runs on at most 2^R patterns of R annotators: the same numbers as voxel by voxel, in
milliseconds. Several labels: each one by itself against everything else; a voxel gets the most probable one.

Two annotators leave more unknowns than they tell: their sensitivities and specificities depend on the first
guess (0.99999, as in ITK's filter). From three on they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import Box, slabs
from medview.core.errors import InputRefused
from medview.core.labels import LabelArray

MOST_ANNOTATORS = 16
_FIRST_GUESS = 0.99999
_CONVERGED = 1e-9
_MOST_ROUNDS = 10_000

Step = Callable[[float], None]
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Performance:
    """How well one annotator finds one label, judged by the consensus of all.

    Args:
        sensitivity: Part of the label's voxels that the annotator marked, 0 to 1.
        specificity: Part of all other voxels of the scan that the annotator left alone, 0 to 1.
    """

    sensitivity: float
    specificity: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What STAPLE finds for one label.

    Args:
        performance: Of the annotators, in their order.
        probability: By pattern: that a voxel marked by this set of annotators has the label. Bit r of a
            pattern is annotator r.
    """

    performance: tuple[Performance, ...]
    probability: _Numbers


def majority(maps: Sequence[LabelArray], step: Step = lambda _part: None) -> LabelArray:
    """The label that more than half of the annotators gave; where there is none, nothing (0).

    Args:
        maps: (I, J, K) label numbers of one grid, at least two.
        step: Told the part done (0 to 1); may raise to stop.

    Raises:
        InputRefused: Fewer than two masks, more than 16, or different shapes.
    """
    _demand(maps)
    values, made = present_labels(maps), np.zeros(maps[0].shape, _dtype_of(maps))
    for box in _stepped(maps[0], step, 0.0, 1.0):
        for value in values:
            votes = np.zeros(made[box].shape, np.uint8)
            for labels in maps:
                votes += labels[box] == value
            made[box][2 * votes > len(maps)] = value
    return made


def staple(
    maps: Sequence[LabelArray], step: Step = lambda _part: None
) -> tuple[LabelArray, Mapping[int, Estimate]]:
    """The most probable label of every voxel, and how well each annotator finds each label.

    A label is given where its probability is above one half, else nothing (0).

    Args:
        maps: (I, J, K) label numbers of one grid, at least two.
        step: Told the part done (0 to 1); may raise to stop.

    Returns:
        Label numbers, and an `Estimate` for each label that anybody gave.

    Raises:
        InputRefused: Fewer than two masks, more than 16, or different shapes.
    """
    _demand(maps)
    values = present_labels(maps)
    counts = {value: np.zeros(2 ** len(maps)) for value in values}
    for box in _stepped(maps[0], step, 0.0, 0.5):
        for value in values:
            counts[value] += np.bincount(_patterns(maps, box, value).ravel(), minlength=2 ** len(maps))
    found = {value: estimated(counts[value], len(maps)) for value in values}
    made = np.zeros(maps[0].shape, _dtype_of(maps))
    for box in _stepped(maps[0], step, 0.5, 1.0):
        best = np.full(made[box].shape, 0.5)
        for value in values:
            probability = found[value].probability[_patterns(maps, box, value)]
            made[box][probability > best] = value
            np.maximum(best, probability, out=best)
    return made, found


def estimated(counts: _Numbers, annotators: int) -> Estimate:
    """Iterate equations 14, 18 and 19 until nothing moves.

    Args:
        counts: (2^R,) voxels by pattern.
        annotators: R.
    """
    patterns = np.arange(len(counts))
    marked = (patterns[:, None] >> np.arange(annotators)) & 1
    prior = float((counts @ marked).mean() / counts.sum())
    quality = np.full((2, annotators), _FIRST_GUESS)
    probability = np.zeros(len(counts))
    for _ in range(_MOST_ROUNDS):
        probability = _truth(marked, prior, quality)
        new = _performance(marked, counts, probability, quality)
        is_done = bool(np.abs(new - quality).max() < _CONVERGED)
        quality = new
        if is_done:
            break
    pairs = [Performance(sensitivity=float(p), specificity=float(q)) for p, q in quality.T]
    return Estimate(performance=tuple(pairs), probability=probability)


def present_labels(maps: Sequence[LabelArray]) -> tuple[int, ...]:
    """All labels that any of the masks holds, ascending, without 0."""
    return tuple(sorted({int(value) for labels in maps for value in np.unique(labels)} - {0}))


def _truth(marked: NDArray[np.int64], prior: float, quality: _Numbers) -> _Numbers:
    """Equation 14: the probability of the label for each pattern."""
    sensitivity, specificity = quality
    has = prior * np.where(marked, sensitivity, 1 - sensitivity).prod(axis=1)
    lacks = (1 - prior) * np.where(marked, 1 - specificity, specificity).prod(axis=1)
    total = has + lacks
    # a pattern that both say cannot be: nobody can be believed there, and it occurs nowhere
    truth: _Numbers = np.divide(has, total, out=np.zeros_like(has), where=total > 0)
    return truth


def _performance(
    marked: NDArray[np.int64], counts: _Numbers, probability: _Numbers, before: _Numbers
) -> _Numbers:
    """Equations 18 and 19; a quality that no voxel tells about stays as it was."""
    weights = np.stack([counts * probability, counts * (1 - probability)])
    agreed = np.stack([weights[0] @ marked, weights[1] @ (1 - marked)])
    total = weights.sum(axis=1, keepdims=True)
    found: _Numbers = np.divide(agreed, total, out=before.copy(), where=total > 0)
    return found


def _patterns(maps: Sequence[LabelArray], box: Box, value: int) -> NDArray[np.uint16]:
    made = np.zeros(maps[0][box].shape, np.uint16)
    for place, labels in enumerate(maps):
        made |= (labels[box] == value).astype(np.uint16) << np.uint16(place)
    return made


def _stepped(array: LabelArray, step: Step, start: float, end: float) -> Iterator[Box]:
    """The slabs of an array, telling how far they are on the way from `start` to `end`."""
    boxes = list(slabs(array))
    for place, box in enumerate(boxes):
        step(start + (end - start) * place / len(boxes))
        yield box


def _dtype_of(maps: Sequence[LabelArray]) -> np.dtype[np.uint8] | np.dtype[np.uint16]:
    return np.dtype(np.uint16) if any(labels.dtype.itemsize > 1 for labels in maps) else np.dtype(np.uint8)


def _demand(maps: Sequence[LabelArray]) -> None:
    title = "Cannot make a consensus"
    if not 2 <= len(maps) <= MOST_ANNOTATORS:
        raise InputRefused(title, f"it needs 2 to {MOST_ANNOTATORS} masks, not {len(maps)}")
    if len({labels.shape for labels in maps}) > 1:
        raise InputRefused(title, "the masks have different numbers of voxels")
