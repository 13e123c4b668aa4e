"""The answer to a click without weights: an object around the clicks, added to the mask or taken from it.

Speaks as the model does (`medview.zoo.interactive.pe_med.clicking`), so that either can answer a click.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import marked_box
from medview.core.volume import AnyArray
from medview.edit.forest import object_of
from medview.jobs.execution import Link

TARGET = "medview.session.clicking.instant:answer"
Mask = NDArray[np.bool_]


def answer(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: the mask after all clicks so far.

    Args:
        payload: ``include``, ``exclude``: index positions; ``box``: two corners or None; ``spacing_mm``.
        arrays: ``image`` float32 of two or three axes; ``mask`` uint8, the label as it is; ``memory``
            where an answer came before: the mask that the talk began with.
        link: Told that it began.

    Returns:
        ``seconds``; ``mask`` uint8, ``probability`` and ``memory`` float32, all of the image's shape.
    """
    link.progress(0.0, "Following the click")
    started_s = time.perf_counter()
    image = np.asarray(arrays["image"], np.float32)
    start = np.asarray(arrays["memory"] if "memory" in arrays else arrays["mask"]) > 0.5
    include, exclude = (_marked(payload[name], image.shape) for name in ("include", "exclude"))
    allowed = np.ones(image.shape, bool)
    if payload["box"] is not None:
        allowed = marked_box(payload["box"], image.shape)
        include &= allowed
        if not include.any() and not (start & allowed).any():
            include = _marked([np.mean(payload["box"], axis=0)], image.shape)
    found = _found(image, start, include, exclude, allowed, tuple(payload["spacing_mm"]))
    arrays = {"mask": found.astype(np.uint8), "probability": found.astype(np.float32)}
    return {"seconds": time.perf_counter() - started_s}, {**arrays, "memory": start.astype(np.float32)}


def _found(
    image: NDArray[np.float32],
    start: Mask,
    include: Mask,
    exclude: Mask,
    allowed: Mask,
    spacing_mm: tuple[float, ...],
) -> Mask:
    """The object; of a mask that was there: with what clicks beside it mean, without what those on it do."""
    if not start.any():
        return object_of(image, include, exclude | ~allowed, spacing_mm)
    beside = include & ~start
    # clicks on the mask alone ask for more of it: the object through the slices, of which it holds one
    added = object_of(image, beside if beside.any() else include, exclude | ~allowed, spacing_mm)
    taken = object_of(image, exclude & start, include, spacing_mm)
    return ((start | added) & ~taken & ~exclude) | include


def _marked(places: Sequence[Sequence[float]], shape: tuple[int, ...]) -> Mask:
    marked = np.zeros(shape, bool)
    if len(places):
        index = np.clip(np.rint(np.asarray(places)).astype(int), 0, np.subtract(shape, 1))
        marked[tuple(index.T)] = True
    return marked
