"""A view of a radiance field that is asked for, and the pictures that answer it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.lens import Lens

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldView:
    """What a pane shows at rest, in the patient's coordinates.

    Args:
        number: Rises with every view; a picture of an older one is out of date.
        ras_from_camera: 4x4 camera to patient, OpenGL axes, in mm.
        lens: One pixel of the pane is one pixel of the lens.
        t_max_mm: (H, W) float32 distance in mm along each ray to what is in the way; infinite where free.
        finest: The finest level that is shown of this camera already, None for none.
    """

    number: int
    ras_from_camera: Floats
    lens: Lens
    t_max_mm: NDArray[np.float32]
    finest: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldPicture:
    """An answer, of the whole pane: each of its pixels stands for about `level` x `level` of the pane.

    Args:
        number: Of the `FieldView` that it answers.
        level: 8, 4, 2, or 1 for full resolution.
        pixels: (h, w, 5) float32: premultiplied red, green, blue and opacity, 0 to 1; distance t along the
            ray, NaN where the opacity is below a half.
        mm_per_t: Millimetres in a unit of the distance.
    """

    number: int
    level: int
    pixels: NDArray[np.float32]
    mm_per_t: float = 1.0
