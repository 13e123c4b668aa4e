"""What is done to an answer on a slice's own pixels: it follows the edges, and holds nothing apart (ours).

The network works on a coarser grid, and is unsure near borders that it cannot see there. From the second
click on, pixels that are neither likely (above 0.8) nor unlikely (below 0.4) go to the side that reaches them
over the lowest edges (watershed by image foresting transform: Lotufo & Falcao 2000); clicked pixels are sure.
With a first click alone the likely part is too small for that. The two numbers were chosen on half of the
pictures that the model's card names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_gradient_magnitude, label, watershed_ift

from medview.zoo.interactive.pe_med.guidance import discs
from medview.zoo.interactive.pe_med.shapes import Floats, Mask

LIKELY, UNLIKELY = 0.8, 0.4
CLICK_PX = 2
"""Radius around a click within which pixels are sure."""
LEAST_SURE = 0.3
"""Logit, at least, of what the edges decided."""
APART = -1.0
"""Logit, at most, of pieces that nobody asked for."""
Places = NDArray[np.float64]


def along_edges(logits: Floats, image: Floats, include: Places, exclude: Places) -> Floats:
    """Logits (H, W) whose sign follows the edges of an image.

    Args:
        logits: O_t.
        image: (H, W), 0 to 1.
        include: Clicks (N, 2).
        exclude: Clicks (M, 2).
    """
    probability = 1 / (1 + np.exp(-logits))
    sides = np.zeros(logits.shape, np.int8)
    sides[probability > LIKELY], sides[probability < UNLIKELY] = 1, 2
    sides[discs(logits.shape, include, CLICK_PX) > 0] = 1
    sides[discs(logits.shape, exclude, CLICK_PX) > 0] = 2
    box = _box_of(sides == 0)
    if not (sides[box] == 1).any() or not (sides[box] == 2).any():
        return logits
    edges = gaussian_gradient_magnitude(image[box], 1.0)
    steep = max(float(np.percentile(edges, 99)), 1e-6)
    sides[box] = watershed_ift(np.rint(255 * np.clip(edges / steep, 0, 1)).astype(np.uint8), sides[box])
    made: Floats = np.where(sides == 1, np.maximum(logits, LEAST_SURE), np.minimum(logits, -LEAST_SURE))
    return made


def _box_of(unsure: Mask) -> tuple[slice, ...]:
    """The smallest box of all that is unsure, and the sure pixels around it; all where nothing is."""
    box: Sequence[slice] = [slice(None)] * unsure.ndim
    if unsure.any():
        ends = [np.flatnonzero(unsure.any(1 - axis))[[0, -1]] for axis in range(2)]
        box = [slice(max(0, int(low) - 2), int(high) + 3) for low, high in ends]
    return tuple(box)


def connected(logits: Floats, include: Places, mask: Mask, cut: float) -> Floats:
    """Logits without the pieces that hold no click and were not there before.

    Args:
        logits: O_t (*S).
        include: Clicks (N, dims); where there is none, all pieces stay.
        mask: (*S) as it was before this click.
        cut: Logit above which a pixel is in the mask.
    """
    if not len(include):
        return logits
    pieces, count = label(logits > cut)
    limit = np.array(logits.shape) - 1
    clicked = pieces[tuple(np.clip(np.rint(include).astype(int), 0, limit).T)]
    is_kept = np.zeros(count + 1, bool)
    is_kept[clicked] = True
    if not is_kept[1:].any():
        return logits
    is_kept[np.unique(pieces[mask])] = True
    is_kept[0] = True
    made: Floats = np.where(is_kept[pieces], logits, np.float32(APART))
    return made
