"""Livewire: an outline that snaps to edges between clicks.

The cheapest path over pixels, where a pixel costs little on a strong edge (Mortensen and Barrett,
Intelligent scissors for image composition, 1995; here the gradient's length alone is the edge's strength).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.edit.seeds import edge_strength

Pixel = tuple[int, int]

_LEAST_COST = 0.02
"""Cost of a pixel on the strongest edge: paths along edges stay short as well."""
_EDGE_QUANTILE = 0.98
"""Edges stronger than this part of all count as strongest, so that bone does not outweigh the rest."""


class Livewire:
    """Cheapest paths from one anchor in one slice.

    Args:
        values: (A, B) of the slice as shown, square pixels.
        smoothing_px: Blur before edges are measured.
        reach_px: How far from the anchor the wire can run.
    """

    def __init__(self, values: NDArray[np.float32], smoothing_px: float = 1.0, reach_px: int = 160) -> None:
        from skimage.graph import MCP_Geometric

        strength = edge_strength(values[..., None], (1.0, 1.0, 1.0), smoothing_px)[..., 0]
        strongest = float(np.quantile(strength, _EDGE_QUANTILE)) or 1.0
        self._costs = _LEAST_COST + (1 - np.clip(strength / strongest, 0, 1))
        self._reach = reach_px
        self._start: Pixel = (0, 0)
        self._shape: Pixel = (0, 0)
        self._paths: MCP_Geometric | None = None

    def anchor(self, pixel: Pixel) -> None:
        """Begin all further paths here."""
        from skimage.graph import MCP_Geometric

        low = [max(n - self._reach, 0) for n in pixel]
        window = self._costs[low[0] : pixel[0] + self._reach + 1, low[1] : pixel[1] + self._reach + 1]
        self._start = (low[0], low[1])
        self._paths = MCP_Geometric(window)
        self._paths.find_costs([(pixel[0] - low[0], pixel[1] - low[1])])
        self._shape = window.shape

    def path(self, pixel: Pixel) -> NDArray[np.int64]:
        """Pixels (N, 2) of the cheapest way from the anchor; beyond the reach, to its nearest place."""
        if self._paths is None:
            return np.asarray([pixel], np.int64)
        end = np.clip(np.subtract(pixel, self._start), 0, np.subtract(self._shape, 1))
        way = np.asarray(self._paths.traceback(end), np.int64)
        return np.asarray(way + self._start)
