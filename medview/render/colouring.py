"""Numbers of a slice to colours: window and level, colour maps, labels, outlines."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from medview.core.plans import ImagePlan, LabelsPlan, colour_table
from medview.core.volume import AnyArray
from medview.render.transfer import colormap

Picture = NDArray[np.uint8]


@lru_cache(maxsize=32)
def _packed_colours(name: str, opacity: float, transparent_first: bool) -> NDArray[np.uint32]:
    """A colour map as 256 packed RGBA words, so that one look-up writes four bytes."""
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = colormap(name)
    table[:, 3] = round(255 * opacity)
    if transparent_first:
        table[0, 3] = 0
    return table.view(np.uint32)[:, 0]


@lru_cache(maxsize=8)
def _integer_table(
    dtype: str, low: float, high: float, name: str, opacity: float, transparent_first: bool
) -> NDArray[np.uint32]:
    """Packed RGBA of every number that an 8 or 16 bit type can hold, in the order of its bit patterns."""
    bits = np.dtype(dtype).itemsize * 8
    numbers = np.arange(2**bits, dtype=f"uint{bits}").view(dtype).astype(np.float32)
    return _packed_colours(name, opacity, transparent_first)[_steps(numbers, low, high)]


def _steps(numbers: AnyArray, low: float, high: float) -> NDArray[np.uint8]:
    """Numbers to 0..255: `low` and less to 0, `high` and more to 255; not-a-number to 0."""
    scale = 255.0 / max(high - low, 1e-30)
    steps = np.subtract(numbers, low, dtype=np.float32)
    steps *= np.float32(scale)
    np.fmax(steps, 0, out=steps)
    np.minimum(steps, 255, out=steps)
    return np.rint(steps, out=steps).astype(np.uint8)


def image_picture(numbers: AnyArray, plan: ImagePlan, inside: NDArray[np.bool_] | None = None) -> Picture:
    """(H, W, 4) colours of a slice of an image.

    Args:
        numbers: (H, W) numbers or (H, W, 3) uint8 colours.
        plan: Window, colour map and opacity.
        inside: (H, W) pixels that lie in the grid; all where None.
    """
    if numbers.ndim == 3:
        picture = np.empty((*numbers.shape[:2], 4), np.uint8)
        picture[..., :3] = numbers
        picture[..., 3] = round(255 * plan.opacity)
    else:
        picture = _number_picture(numbers, plan)
    if inside is not None:
        picture[~inside] = 0
    return picture


def _number_picture(numbers: AnyArray, plan: ImagePlan) -> Picture:
    if plan.tint is not None:
        picture = np.zeros((*numbers.shape, 4), np.uint8)
        picture[(numbers >= plan.low) & (numbers <= plan.high)] = (*plan.tint, round(255 * plan.opacity))
        return picture
    style = (plan.colormap, plan.opacity, plan.transparent_below)
    if numbers.dtype.kind in "iub" and numbers.dtype.itemsize <= 2:
        numbers = numbers.view(np.uint8) if numbers.dtype.kind == "b" else numbers
        native = numbers.dtype.newbyteorder("=")
        numbers = numbers.astype(native, copy=False)
        table = _integer_table(native.str, plan.low, plan.high, *style)
        packed = np.take(table, numbers.view(f"uint{native.itemsize * 8}"))
    else:
        packed = np.take(_packed_colours(*style), _steps(numbers, plan.low, plan.high))
        if numbers.dtype.kind == "f":
            packed[np.isnan(numbers)] = 0
    return np.ascontiguousarray(packed).view(np.uint8).reshape(*numbers.shape, 4)


@lru_cache(maxsize=16)
def _label_table(
    colours: tuple[tuple[int, int, int, int], ...], opacity: float, size: int
) -> NDArray[np.uint32]:
    table = np.zeros((size, 4), np.uint8)
    table[:, :3] = colour_table(colours, size)
    table[[value for value, *_ in colours if 0 < value < size], 3] = round(255 * opacity)
    table[table[:, 3] == 0] = 0
    return table.view(np.uint32)[:, 0]


def labels_picture(numbers: AnyArray, plan: LabelsPlan, width_px: int = 0) -> Picture:
    """(H, W, 4) colours of a slice of a label map: filled, or with edges `width_px` wide."""
    size = 256 if numbers.dtype.itemsize == 1 else 65536
    packed = np.take(_label_table(plan.colours, plan.opacity, size), numbers)
    if width_px:
        packed[~edges(numbers, width_px)] = 0
    return np.ascontiguousarray(packed).view(np.uint8).reshape(*numbers.shape, 4)


def edges(numbers: AnyArray, width_px: int) -> NDArray[np.bool_]:
    """Pixels of a label that have another number within `width_px` to one of four sides."""
    edge = np.zeros(numbers.shape, bool)
    for step in range(1, width_px + 1):
        across = numbers[step:] != numbers[:-step]
        edge[step:] |= across
        edge[:-step] |= across
        along = numbers[:, step:] != numbers[:, :-step]
        edge[:, step:] |= along
        edge[:, :-step] |= along
    return edge
