"""The object around a few clicks, at once and without weights.

Two image foresting transforms (Falcão, Stolfi, de Alencar Lotufo: The image foresting transform, IEEE TPAMI
2004):

1. Paths outwards from the clicks, whose cost adds up edges and differences to the clicked values. Of all
   regions that such costs can bound, the one is taken whose border lies on the strongest edges on average;
   where there are clicks on what does not belong, each place must also be nearer to the included ones.
2. Within two voxels of that border, each voxel goes to the side that reaches it over the lowest pass
   (watershed).

Large grids are thinned for the first step, so that a click is answered at once; the second sees all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]

_MOST_NODES = 70_000
_STEP_COST = 0.003
_SMOOTHING, _LEAST_SMOOTHING = 1.0, 0.7
_SMALLEST_REGION = 20
_LARGEST_PART = 0.9
_LEVELS = 64
_BAND = 2
_MOST_REFERENCES = 24


def object_of(values: Values, include: Mask, exclude: Mask, spacing_mm: Sequence[float]) -> Mask:
    """Return the object that clicks mean.

    Args:
        values: (H, W) or (D, H, W) of a scan, in any unit; NaN outside it, where no object is.
        include: Of the same shape, set where a click, or a scribble, lies on the object.
        exclude: Set where one lies on what does not belong. The border of the grid does not belong.
        spacing_mm: Size of a voxel along each axis.

    Returns:
        Of the same shape. Included clicks belong, excluded ones do not; empty where nothing was included.

    Raises:
        InputRefused: The shapes differ.
    """
    if include.shape != values.shape or exclude.shape != values.shape or len(spacing_mm) != values.ndim:
        raise InputRefused(
            "Cannot find the object", f"clicks of {include.shape} do not fit values of {values.shape}"
        )
    inside = np.isfinite(values)
    include = include & inside
    if not include.any():
        return np.zeros(values.shape, bool)
    exclude = exclude & ~include
    scaled = _scaled(values, inside)
    factor = _thinning(values.shape)
    coarse = _coarse_object(
        _thinned(scaled, factor),
        _thinned_clicks(include, factor),
        _thinned_clicks(exclude, factor),
        [step * factor for step in spacing_mm],
        max(_SMOOTHING / factor, _LEAST_SMOOTHING),
    )
    rough = _spread(coarse, factor, values.shape) & inside
    return _bordered(scaled, rough, include, exclude | ~inside)


def _scaled(values: Values, inside: Mask) -> Values:
    """From 0 to 1 between the 0.5th and the 99.5th percentile."""
    low, high = np.percentile(values[inside], (0.5, 99.5))
    filled = np.where(inside, values, low)
    return np.asarray(np.clip((filled - low) / max(high - low, 1e-12), 0, 1), np.float32)


def _thinning(shape: Sequence[int]) -> int:
    factor = 1
    while np.prod([-(-n // factor) for n in shape]) > _MOST_NODES:
        factor += 1
    return factor


def _thinned(values: Values, factor: int) -> Values:
    """Means of blocks; the last ones repeat the border."""
    if factor == 1:
        return values
    padded = np.pad(values, [(0, -n % factor) for n in values.shape], mode="edge")
    blocks = padded.reshape([part for n in padded.shape for part in (n // factor, factor)])
    return np.asarray(blocks.mean(axis=tuple(range(1, 2 * values.ndim, 2))), np.float32)


def _thinned_clicks(clicks: Mask, factor: int) -> Mask:
    thin = np.zeros([-(-n // factor) for n in clicks.shape], bool)
    thin[tuple((np.argwhere(clicks) // factor).T)] = True
    return thin


def _spread(mask: Mask, factor: int, shape: Sequence[int]) -> Mask:
    for axis in range(mask.ndim):
        mask = np.repeat(mask, factor, axis)
    return mask[tuple(slice(n) for n in shape)]


def _coarse_object(
    values: Values, include: Mask, exclude: Mask, spacing_mm: Sequence[float], smoothing: float
) -> Mask:
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(values, smoothing)
    edges = ndimage.gaussian_gradient_magnitude(values, smoothing)
    sampling = tuple(step / min(spacing_mm) for step in spacing_mm)
    exclude = exclude & ~include
    cost = _path_costs(smooth, edges, include, sampling)
    reachable = ~_frame(values.shape)
    if exclude.any():
        other = _path_costs(smooth, edges, exclude, sampling)
        reachable &= cost < other
        cost = 2 * cost * cost / (cost + other + 1e-9)
    cost = np.where(reachable | include, cost, np.inf)
    return np.asarray(cost <= _best_level(cost, edges))


def _frame(shape: Sequence[int]) -> Mask:
    """The border of the grid; axes of fewer than three voxels have none."""
    frame = np.ones(shape, bool)
    frame[tuple(slice(1, -1) if n > 2 else slice(None) for n in shape)] = False
    return frame


def _path_costs(smooth: Values, edges: Values, seeds: Mask, sampling: tuple[float, ...]) -> Values:
    """Least sum along a path from any seed of what each step of it costs."""
    from skimage.graph import MCP_Geometric

    step = _STEP_COST + edges + _unlikeness(smooth, smooth[seeds])
    search = MCP_Geometric(step, sampling=sampling)
    costs, _ = search.find_costs(np.argwhere(seeds).tolist())
    return np.asarray(costs, np.float32)


def _unlikeness(smooth: Values, wanted: Values) -> Values:
    """Distance of each value to the nearest of some values; many of them count by their quantiles."""
    if wanted.size > _MOST_REFERENCES:
        wanted = np.quantile(wanted, np.linspace(0, 1, _MOST_REFERENCES)).astype(np.float32)
    found: Values = np.abs(smooth - wanted[0])
    for value in wanted[1:]:
        np.minimum(found, np.abs(smooth - value), out=found)
    return found


def _best_level(cost: Values, edges: Values) -> float:
    """The cost at which the border of what costs no more lies on the strongest edges on average."""
    ordered = np.sort(cost[np.isfinite(cost)])
    largest = max(int(ordered.size * _LARGEST_PART), 1)
    ranks = np.geomspace(min(_SMALLEST_REGION, largest), largest, _LEVELS).astype(int) - 1
    levels = np.unique(ordered[ranks])
    strength, length = _borders(np.searchsorted(levels, cost), edges, levels.size)
    return float(levels[int(np.argmax(strength / np.maximum(length, 1)))])


def _borders(
    level: NDArray[np.int64], edges: Values, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum of edge strength along the border of each level's region, and the border's length."""
    strength, length = np.zeros(count + 1), np.zeros(count + 1)
    for axis in range(level.ndim):
        ahead = tuple(slice(1, None) if a == axis else slice(None) for a in range(level.ndim))
        behind = tuple(slice(-1) if a == axis else slice(None) for a in range(level.ndim))
        differs = level[ahead] != level[behind]
        pair = np.stack([level[ahead][differs], level[behind][differs]])
        between = (edges[ahead][differs] + edges[behind][differs]) / 2
        for found, weights in ((strength, between), (length, None)):
            begins = np.bincount(pair.min(axis=0), weights, count + 1)
            found += np.cumsum(begins - np.bincount(pair.max(axis=0), weights, count + 1))
    return strength[:count], length[:count]


def _bordered(values: Values, rough: Mask, include: Mask, exclude: Mask) -> Mask:
    """Let the border run along the edges that lie within a few voxels of it."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    box = _around(rough | include, _BAND + 3)
    rough, include, exclude = rough[box], include[box], exclude[box]
    outer = ndimage.binary_dilation(rough, iterations=_BAND)
    inner = ndimage.binary_erosion(rough, iterations=_BAND, border_value=1)
    markers = np.where(outer, 0, 2) + inner * 1
    markers[exclude], markers[include] = 2, 1
    edges = ndimage.gaussian_gradient_magnitude(values[box], _SMOOTHING)
    mine = np.asarray(watershed(edges, markers.astype(np.int32)) == 1)
    found = np.zeros(values.shape, bool)
    found[box] = (ndimage.binary_fill_holes(mine) & ~exclude) | include
    return found


def _around(mask: Mask, margin: int) -> tuple[slice, ...]:
    """The smallest box that holds what is marked, with so many voxels more on each side."""
    places = np.argwhere(mask)
    first, last = places.min(axis=0) - margin, places.max(axis=0) + margin + 1
    return tuple(slice(max(int(a), 0), int(b)) for a, b in zip(first, last, strict=True))
