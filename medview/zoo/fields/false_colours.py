"""Colours for numbers that are no colours: dark to bright in even steps, also for the colour-blind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RAMP = (
    np.array(
        [
            (68, 1, 84),
            (71, 44, 122),
            (59, 81, 139),
            (44, 113, 142),
            (33, 144, 141),
            (39, 173, 129),
            (92, 200, 99),
            (170, 220, 50),
            (253, 231, 37),
        ]
    )
    / 255
)


def false_colours(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Red, green, blue (..., 3), 0 to 1, of numbers (...): violet at `low`, yellow at `high`."""
    share = np.clip((values - low) / max(abs(high - low), 1e-12) * np.sign(high - low or 1), 0, 1)
    steps = np.linspace(0, 1, len(_RAMP))
    return np.stack([np.interp(share, steps, _RAMP[:, axis]) for axis in range(3)], -1).astype(np.float32)
