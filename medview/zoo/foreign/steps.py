"""The steps of a recipe on real arrays, and each step's way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.foreign.recipe import (
    CropNonzero,
    Normalise,
    Orient,
    Permute,
    Rescale,
    Respace,
    Step,
)
from medview.zoo.foreign.resampling import GridChange, grid_change, resample

_SMALLEST = 1e-8


@dataclass(frozen=True)
class Turned:
    """The axes were reordered and some turned round."""

    axes: tuple[int, int, int]
    flips: tuple[int, ...]

    def undone(self, array: AnyArray) -> AnyArray:
        """An array (..., X, Y, Z) as it lay before."""
        lead = array.ndim - 3
        turned = np.flip(array, [axis + lead for axis in self.flips]) if self.flips else array
        back = np.argsort(self.axes)
        return np.transpose(turned, [*range(lead), *(int(axis) + lead for axis in back)])


@dataclass(frozen=True)
class Cut:
    """Only a box was kept."""

    box: tuple[slice, slice, slice]
    shape: tuple[int, ...]

    def undone(self, array: AnyArray) -> AnyArray:
        """An array (..., X, Y, Z) with zeros around the box."""
        whole = np.zeros((*array.shape[:-3], *self.shape), array.dtype)
        whole[(..., *self.box)] = array
        return whole


Undo = Turned | Cut | GridChange


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the network reads, and the way back.

    Args:
        array: (C, X, Y, Z) float32.
        spacing_mm: Of its axes.
        undos: What was done to the grid, in order.
        mask: Where the scan is not empty; None: nothing is known.
    """

    array: NDArray[np.float32]
    spacing_mm: tuple[float, ...]
    undos: tuple[Undo, ...] = ()
    mask: NDArray[np.bool_] | None = None


def prepare(
    array: NDArray[np.float32],
    spacing_mm: tuple[float, ...],
    steps: tuple[Step, ...],
    told: Callable[[str], None] = lambda _words: None,
) -> Prepared:
    """Do all steps.

    Args:
        array: (C, I, J, K) with RAS+ axes; finite.
        spacing_mm: Of its axes.
        steps: Of the recipe.
        told: Hears what is being done; may raise `Cancelled`.

    Raises:
        InputRefused: The scan is empty.
    """
    found = Prepared(array, spacing_mm)
    for step in steps:
        told(type(step).__name__)
        found = _done(step, found)
    return replace(found, array=np.ascontiguousarray(found.array, np.float32))


def _done(step: Step, found: Prepared) -> Prepared:
    match step:
        case Orient(codes):
            return _oriented(codes, found)
        case Permute(axes):
            return _turned(found, axes, ())
        case CropNonzero():
            return _cropped(step, found)
        case Normalise(rules):
            return _normalised(rules, found)
        case Respace():
            change = grid_change(step, found.array.shape[1:], found.spacing_mm)
            spacing = tuple(a * b for a, b in zip(found.spacing_mm, change.ratios, strict=True))
            made = resample(found.array, change, step.order, step.order_across)
            return Prepared(made, spacing, (*found.undos, change))


def _oriented(codes: str, found: Prepared) -> Prepared:
    plus = "RAS"
    axes, flips = [], []
    for place, code in enumerate(codes):
        axis = next(n for n, pair in enumerate(("RL", "AP", "SI")) if code in pair)
        axes.append(axis)
        if code != plus[axis]:
            flips.append(place)
    x, y, z = axes
    return _turned(found, (x, y, z), tuple(flips))


def _turned(found: Prepared, axes: tuple[int, int, int], flips: tuple[int, ...]) -> Prepared:
    array = np.transpose(found.array, (0, *(axis + 1 for axis in axes)))
    array = np.flip(array, [axis + 1 for axis in flips]) if flips else array
    spacing = tuple(found.spacing_mm[axis] for axis in axes)
    return Prepared(array, spacing, (*found.undos, Turned(axes, flips)))


def _cropped(step: CropNonzero, found: Prepared) -> Prepared:
    if step.above is None:
        mask = ndimage.binary_fill_holes((found.array != 0).any(axis=0))
    else:
        mask = (found.array > step.above).any(axis=0)
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes or boxes[0] is None:
        raise InputRefused("Cannot use the scan", "all of its values are 0 or below", "Choose another scan.")
    x, y, z = (
        slice(max(0, part.start - step.margin), min(size, part.stop + step.margin))
        for part, size in zip(boxes[0], mask.shape, strict=True)
    )
    undo = Cut((x, y, z), mask.shape)
    return Prepared(found.array[:, x, y, z], found.spacing_mm, (*found.undos, undo), mask[x, y, z])


def _normalised(rules: tuple[Rescale, ...], found: Prepared) -> Prepared:
    rows = rules * len(found.array) if len(rules) == 1 else rules
    made = [rescaled(channel, rule, found.mask) for channel, rule in zip(found.array, rows, strict=True)]
    return replace(found, array=np.stack(made))


def rescaled(values: AnyArray, rule: Rescale, mask: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """The values of one channel, by its rule."""
    values = np.array(values, np.float32)
    if rule.kind == "none":
        return values
    if rule.kind == "ct":
        return (np.clip(values, rule.low, rule.high) - rule.mean) / np.float32(max(rule.std, _SMALLEST))
    if rule.kind in ("zscore", "given"):
        return _standardised(values, rule, mask)
    return _ranged(values, rule)


def _standardised(values: NDArray[np.float32], rule: Rescale, mask: AnyArray | None) -> NDArray[np.float32]:
    inside = {"all": None, "nonzero": values != 0, "mask": mask}[rule.within]
    measured = values if inside is None else values[inside]
    if measured.size == 0:
        return values
    mean, std = rule.mean, rule.std
    if rule.kind == "zscore":
        mean, std = float(measured.mean(dtype=np.float64)), float(measured.std(dtype=np.float64))
    done = (measured - np.float32(mean)) / np.float32(std if std > _SMALLEST else 1.0)
    if inside is None:
        return done
    values[inside] = done
    return values


def _ranged(values: NDArray[np.float32], rule: Rescale) -> NDArray[np.float32]:
    low, high = rule.low, rule.high
    if rule.kind == "minmax":
        low, high = float(values.min()), float(values.max())
    elif rule.kind == "percentiles":
        low, high = (float(value) for value in np.percentile(values, [rule.low, rule.high]))
    if high <= low:
        return np.full_like(values, rule.new_low)
    made = (values - low) / (high - low) * (rule.new_high - rule.new_low) + rule.new_low
    if rule.is_clipped:
        made = np.clip(made, rule.new_low, rule.new_high)
    return np.asarray(made, np.float32)
