"""What a synthetic laparoscopy is: its views, with everything that a real film does not tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.posed_views import PosedViews


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticCapture:
    """A film with its truth.

    Args:
        name: Name of its `StudySpec`.
        seed: The number it was made from.
        views: Pictures as the laparoscope shows them, true poses, true depths; `valid` is the circle
            without instruments.
        rimless: (n, H, W, 3) uint8, the same pictures without the black rim.
        tool_masks: (n, H, W) where an instrument is; None where there is none.
        fps: Pictures a second.
        facts: All that was drawn and set, as plain JSON values.
    """

    name: str
    seed: int
    views: PosedViews
    rimless: NDArray[np.uint8]
    tool_masks: NDArray[np.bool_] | None = None
    fps: float = 30.0
    facts: dict[str, Any] = field(default_factory=dict)
