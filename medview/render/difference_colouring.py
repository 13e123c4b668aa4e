"""What a proposal adds, removes and relabels, in colours and patterns that do without each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.plans import ADDED, RELABELLED, REMOVED
from medview.core.volume import AnyArray
from medview.render.colouring import edges

Picture = NDArray[np.uint8]

#: Kinds of change, as numbers of a picture.
SAME, ADDS, REMOVES, RELABELS = range(4)
_COLOURS = {ADDS: ADDED, REMOVES: REMOVED, RELABELS: RELABELLED}
_PERIOD = 4


def kinds_of(present: AnyArray, proposed: AnyArray) -> NDArray[np.uint8]:
    """(H, W) kind of change of every pixel from the numbers of mask and proposal."""
    kinds = np.full(present.shape, RELABELS, np.uint8)
    kinds[present == 0] = ADDS
    kinds[proposed == 0] = REMOVES
    kinds[present == proposed] = SAME
    return kinds


def difference_picture(kinds: NDArray[np.uint8], opacity: float, line_px: int) -> Picture:
    """(H, W, 4) colours: what is added is filled, what is removed striped, what is relabelled dotted.

    Args:
        kinds: (H, W) from `kinds_of`.
        opacity: 0 to 1, of fillings; rims are twice as strong, so that the smallest piece is seen.
        line_px: Width of rims and stripes.
    """
    picture = np.zeros((*kinds.shape, 4), np.uint8)
    shown = np.flatnonzero(kinds)
    if not shown.size:
        return picture
    flat, kind = picture.reshape(-1, 4), kinds.ravel()[shown]
    rows, columns = np.divmod(shown, kinds.shape[1])
    filled = _pattern(kind, rows // line_px, columns // line_px)
    strength = np.where(filled, opacity, 0.0)
    strength[edges(kinds, line_px).ravel()[shown]] = min(1.0, 2 * opacity)
    for number, colour in _COLOURS.items():
        flat[shown[kind == number], :3] = colour
    flat[shown, 3] = np.round(255 * strength)
    flat[shown[strength == 0]] = 0
    return picture


def _pattern(
    kind: NDArray[np.uint8], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which pixels of a filling are drawn."""
    stripes = (rows + columns) % _PERIOD < _PERIOD // 2
    dots = (rows % _PERIOD < _PERIOD // 2) & (columns % _PERIOD < _PERIOD // 2)
    return np.where(kind == ADDS, True, np.where(kind == REMOVES, stripes, dots))
