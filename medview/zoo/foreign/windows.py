"""A network over a whole image, a piece at a time, overlapping pieces blended."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import RunFailed
from medview.ml.context import RunContext
from medview.ml.foreign.recipe import Window
from medview.zoo.memory_ladder import zeros_somewhere
from medview.zoo.pace import Pace

Floats = NDArray[np.float32]
Predictor = Callable[[Floats], Floats]
"""Maps (1, C, *patch) to (1, K, *patch); patches have two or three axes."""
Share = tuple[float, float]
"""Part of the progress bar, from and to."""
_SIGMA = 1 / 8
_LEAST = 1e-3


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One pass of a network over an image.

    Args:
        window: Pieces, overlap and blending.
        channels: That the network makes.
        is_mirrored: Average over mirrored copies.
    """

    window: Window
    channels: int
    is_mirrored: bool = False


def sweep(predictor: Predictor, image: Floats, settings: Sweep, ctx: RunContext, share: Share) -> Floats:
    """Run a network over an image.

    Args:
        predictor: The network.
        image: (C, X, Y, Z).
        settings: How.
        ctx: Hears of progress; may cancel between pieces (and inside, where the predictor does).
        share: Part of the progress bar, from and to.

    Returns:
        (K, X, Y, Z): the network's numbers, averaged.

    Raises:
        RunFailed: The network made something of another shape.
    """
    patch = patch_of(settings.window, image.shape[1:])
    padded, box = _padded(image, patch)
    places = list(_places(padded.shape[1:], patch, settings.window.overlap))
    weight = _weight(patch, settings.window.blend if len(places) > 1 else "constant")
    total = zeros_somewhere((settings.channels, *padded.shape[1:]), np.float32, "result", ctx)
    weights = np.zeros(padded.shape[1:], np.float32)
    pace = Pace(len(places), ctx, total.nbytes * (1 - math.prod(patch) / weights.size))
    for number, place in enumerate(places):
        done = share[0] + (share[1] - share[0]) * number / len(places)
        ctx.progress(done, f"Piece {number + 1} of {len(places)}{pace.words}")
        where = tuple(slice(start, start + size) for start, size in zip(place, patch, strict=True))
        total[(slice(None), *where)] += (
            _predicted(predictor, padded[(slice(None), *where)], settings) * weight
        )
        weights[where] += weight
        pace.step(number + 1)
    total /= weights
    return total[(slice(None), *box)]


def patch_of(window: Window, shape: Sequence[int]) -> tuple[int, ...]:
    """Size of a piece along three axes."""
    if window.patch:
        return window.patch
    sizes = [-(-size // window.multiple) * window.multiple for size in shape]
    if window.slice_axis is not None:
        sizes[window.slice_axis] = 1
    return tuple(sizes)


def piece_count(settings: Sweep, shape: Sequence[int]) -> int:
    """How many times a network is called for an image of this shape."""
    patch = patch_of(settings.window, shape)
    whole = [max(size, piece) for size, piece in zip(shape, patch, strict=True)]
    mirrors = 2 ** len(settings.window.mirror_axes) if settings.is_mirrored else 1
    return mirrors * sum(1 for _ in _places(whole, patch, settings.window.overlap))


def _padded(image: Floats, patch: Sequence[int]) -> tuple[Floats, tuple[slice, ...]]:
    """Zeros around an image that is smaller than a piece, and where the image lies in it."""
    missing = [max(0, size - have) for size, have in zip(patch, image.shape[1:], strict=True)]
    before = [size // 2 for size in missing]
    box = tuple(slice(start, start + have) for start, have in zip(before, image.shape[1:], strict=True))
    if not any(missing):
        return image, box
    pads = [(start, size - start) for start, size in zip(before, missing, strict=True)]
    return np.pad(image, [(0, 0), *pads]), box


def _places(shape: Sequence[int], patch: Sequence[int], overlap: float) -> Iterator[tuple[int, ...]]:
    """First voxels of all pieces, evenly spread, as nnU-Net spreads them."""
    rows = []
    for size, piece in zip(shape, patch, strict=True):
        step = max(1.0, piece * (1 - overlap))
        count = math.ceil((size - piece) / step) + 1
        actual = (size - piece) / (count - 1) if count > 1 else 0.0
        rows.append([round(number * actual) for number in range(count)])
    return product(*rows)


def _weight(patch: Sequence[int], blend: str) -> Floats:
    """A Gaussian of an eighth of the piece, never 0; or ones."""
    if blend == "constant":
        return np.ones(tuple(patch), np.float32)
    weight = np.ones((1, 1, 1))
    for axis, size in enumerate(patch):
        at = (np.arange(size) - (size - 1) / 2) / max(size * _SIGMA, 1e-6)
        row = np.exp(-0.5 * at**2)
        weight = weight * row.reshape([-1 if place == axis else 1 for place in range(3)])
    return np.maximum(weight / weight.max(), _LEAST).astype(np.float32)


def _predicted(predictor: Predictor, piece: Floats, settings: Sweep) -> Floats:
    """The network's numbers (K, X, Y, Z) for one piece (C, X, Y, Z)."""
    axes = settings.window.mirror_axes if settings.is_mirrored else ()
    flips = [chosen for count in range(len(axes) + 1) for chosen in combinations(axes, count)]
    total = np.zeros((settings.channels, *piece.shape[1:]), np.float32)
    for chosen in flips:
        turned = [axis + 1 for axis in chosen]
        made = _once(predictor, np.flip(piece, turned) if turned else piece, settings)
        total += np.flip(made, turned) if turned else made
    return total / len(flips)


def _once(predictor: Predictor, piece: Floats, settings: Sweep) -> Floats:
    axis = settings.window.slice_axis
    seen = piece if axis is None else np.take(piece, 0, axis=axis + 1)
    made = predictor(np.ascontiguousarray(seen[None]))[0]
    if made.shape != (settings.channels, *seen.shape[1:]):
        raise RunFailed(
            "The network does not fit its description",
            f"it made {tuple(made.shape)} where {(settings.channels, *seen.shape[1:])} was expected",
            "Nothing was changed; ask its makers for the right settings.",
        )
    return made if axis is None else np.expand_dims(made, axis + 1)


def with_overlap(window: Window, overlap: float) -> Window:
    """The same window with another overlap."""
    return replace(window, overlap=overlap)
