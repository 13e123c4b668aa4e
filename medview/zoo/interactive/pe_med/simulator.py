"""How a training's clicks, scribbles, boxes and spoiled masks are made from the truth.

RITM (Sofiuk et al. 2022) clicks near the middle of the worst fault. Ours: people do not, so how deep inside a
click must lie is drawn anew for every click; strokes and boxes; and masks to be corrected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from medview.measure.clicks import Click, Mask, worst_fault
from medview.zoo.interactive.pe_med.shapes import Floats, Rng, blob_field

SHALLOWEST = (0.0, 0.7)
"""Range of the part of the largest depth beyond which a click lies; RITM: 0.5."""
STROKE_SHARE = 0.1
BOXED = 0.5
"""Probability inside of a box, before anything else is known."""


def next_clicks(truth: Mask, mask: Mask, taken: list[tuple[int, ...]], rng: Rng) -> list[Click]:
    """A click, or now and then a stroke, into the worst fault; none where the mask is right."""
    fault = worst_fault(truth, mask, taken)
    if fault is None:
        return []
    first = fault.anywhere(rng, rng.uniform(*SHALLOWEST))
    if rng.random() >= STROKE_SHARE:
        return [first]
    return stroke(fault.depth > 0, first, rng)


def stroke(inside: Mask, first: Click, rng: Rng) -> list[Click]:
    """Clicks along a winding line that stays where it may be."""
    heading = rng.standard_normal(inside.ndim)
    place, found = np.array(first.place, float), [first]
    for _ in range(int(rng.integers(3, 16))):
        heading = heading / np.linalg.norm(heading) + 0.4 * rng.standard_normal(inside.ndim)
        place = place + 2 * heading / np.linalg.norm(heading)
        pixel = tuple(int(n) for n in np.rint(place))
        if not all(0 <= n < size for n, size in zip(pixel, inside.shape, strict=True)) or not inside[pixel]:
            break
        found.append(Click(pixel, first.is_include))
    return found


def box_start(truth: Mask, rng: Rng) -> Floats:
    """What is known from a box that a person drew: a half inside, nothing outside.

    Every side is off by a normal error of 5 % of the box, and lies outside more often than inside.
    """
    start = np.zeros(truth.shape, np.float32)
    if not truth.any():
        return start
    box = []
    for places in np.nonzero(truth):
        low, high = int(places.min()), int(places.max()) + 1
        error = rng.normal(0.02, 0.05, 2) * (high - low)
        box.append(slice(max(0, round(low - error[0])), max(low + 1, round(high + error[1]))))
    start[tuple(box)] = BOXED
    return start


def spoiled(truth: Mask, rng: Rng) -> Mask:
    """A mask that is to be corrected: shifted, grown or shrunk, with a piece missing or too many.

    Augmentation may have moved the object out of sight: then nothing is spoiled.
    """
    if not truth.any():
        return truth
    scale = max(truth.shape) / 256
    mask = truth
    if rng.random() < 0.5:
        shift = np.rint(rng.uniform(-8, 8, truth.ndim) * 2 * scale).astype(int)
        mask = _shifted(mask, shift)
    if rng.random() < 0.5 and mask.any():
        width = rng.uniform(1, 6) * 2 * scale
        grown = distance_transform_edt(~mask) <= width
        mask = grown if rng.random() < 0.5 else distance_transform_edt(mask) > width
    if rng.random() < 0.7 or (mask == truth).all():
        piece = _piece(truth, rng)
        mask = mask & ~piece if rng.random() < 0.5 else mask | piece
    return mask


def _piece(truth: Mask, rng: Rng) -> Mask:
    """A blob at the object's rim or inside."""
    near: NDArray[np.intp] = np.argwhere(truth)
    middle = near[rng.integers(len(near))] + rng.normal(0, 0.04 * max(truth.shape), truth.ndim)
    centre = ((2 * middle + 1 - np.array(truth.shape)) / max(truth.shape)).astype(np.float32)
    return blob_field(truth.shape, rng, rng.uniform(0.08, 0.35), 0.15, centre) < 1


def _shifted(mask: Mask, shift: NDArray[np.int_]) -> Mask:
    made = np.zeros_like(mask)
    to = tuple(slice(max(0, n), size + min(0, n)) for n, size in zip(shift, mask.shape, strict=True))
    of = tuple(slice(max(0, -n), size + min(0, -n)) for n, size in zip(shift, mask.shape, strict=True))
    made[to] = mask[of]
    return made
