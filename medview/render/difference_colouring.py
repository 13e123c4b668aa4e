"""What a proposal adds, removes and relabels, in colours and patterns that do without each other."""

from __future__ import annotations

from functools import lru_cache

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
        opacity: 0 to 1, of fillings; rims, stripes and dots are twice as strong, so that the smallest piece
            and what lies over a label are seen.
        line_px: Width of rims and stripes.
    """
    height, width = kinds.shape
    rows = (np.arange(height) // line_px % _PERIOD).astype(np.uint8)[:, None]
    columns = (np.arange(width) // line_px % _PERIOD).astype(np.uint8)
    packed = np.take(_fillings(opacity), kinds * np.uint8(_PERIOD**2) + (rows * np.uint8(_PERIOD) + columns))
    rim = edges(kinds, line_px)
    packed[rim] = np.take(_rims(opacity), kinds[rim])
    return packed.view(np.uint8).reshape(height, width, 4)


@lru_cache(maxsize=8)
def _fillings(opacity: float) -> NDArray[np.uint32]:
    """Packed colours by kind, then row and column of the pattern."""
    rows, columns = np.indices((_PERIOD, _PERIOD))
    half = _PERIOD // 2
    drawn = {
        ADDS: np.ones((_PERIOD, _PERIOD), bool),
        REMOVES: (rows + columns) % _PERIOD < half,
        RELABELS: (rows < half) & (columns < half),
    }
    table = np.zeros((len(_COLOURS) + 1, _PERIOD, _PERIOD, 4), np.uint8)
    for kind, colour in _COLOURS.items():
        strength = opacity if kind == ADDS else min(1.0, 2 * opacity)
        table[kind][drawn[kind]] = (*colour, round(255 * strength))
    return table.view(np.uint32).ravel()


@lru_cache(maxsize=8)
def _rims(opacity: float) -> NDArray[np.uint32]:
    """Packed colours by kind."""
    table = np.zeros((len(_COLOURS) + 1, 4), np.uint8)
    for kind, colour in _COLOURS.items():
        table[kind] = (*colour, round(255 * min(1.0, 2 * opacity)))
    return table.view(np.uint32).ravel()
