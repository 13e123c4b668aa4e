"""Connected pieces of a region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)


def warm_up() -> None:
    """Load what finds pieces: it stops every thread for a tenth of a second, once."""
    from scipy import ndimage  # noqa: F401


def pieces_apart(mask: NDArray[np.bool_], touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of a mask, of two or three axes, that hold nothing of what is touched."""
    from scipy import ndimage

    numbers, _ = ndimage.label(mask, np.ones((3,) * mask.ndim, bool))
    return np.asarray(mask & ~np.isin(numbers, np.unique(numbers[touched & mask])))


def piece_count(region: NDArray[np.bool_]) -> int:
    """Pieces of a (I, J, K) region that touch by no face, edge or corner."""
    from scipy import ndimage

    return int(ndimage.label(region, _ALL_NEIGHBOURS)[1])
