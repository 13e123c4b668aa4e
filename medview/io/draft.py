"""What a writer is given: an array along the axes that the file shall have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry


@dataclass(frozen=True, eq=False, kw_only=True)
class Draft:
    """What goes into a file, along the file's axes.

    Args:
        array: (I, J, K), (I, J, K, T), or (I, J, K, 3) uint8 where `is_colour`.
        geometry: The grid of the file.
        codes: Header fields of the scan that this must lie on; empty where there are none.
        frame_step_s: Seconds between frames.
        is_labels: The numbers are labels.
        is_synthesized: No scanner measured them: the file will say so.
        fields: Texts for the header, in formats that keep such.
        description: Of a NIfTI header, at most 79 bytes; empty: the usual one.
        is_scaled: Its lengths are millimetres; else the unit is stated as unknown where a format can.
    """

    array: NDArray[Any]
    geometry: Geometry
    codes: dict[str, Any]
    is_colour: bool = False
    frame_step_s: float | None = None
    is_labels: bool = False
    is_synthesized: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    description: str = ""
    is_scaled: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes as a header states them."""
        return self.array.shape[:3] if self.is_colour else self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type as the header states it."""
        if self.is_colour:
            return np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
        return self.array.dtype.newbyteorder("<")
