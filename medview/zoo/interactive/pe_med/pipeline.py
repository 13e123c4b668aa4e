"""Running the model without a window: all clicks are told at once, as voxels among the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.interactive.pe_med.clicking import answer

REGION = 64
"""Most voxels along each side of a region."""
_TITLE = "Smart click cannot run"
_HINT = "Open the scan with medview open and click, or set include to voxels such as 120,88,30; 131,90,30."
Places = NDArray[np.int64]


@dataclass(frozen=True)
class ContextLink:
    """A run's context as the answer to a click knows it."""

    ctx: RunContext

    @property
    def scratch(self) -> Path:
        """The run's own."""
        return self.ctx.scratch

    @property
    def threads(self) -> int:
        """Of the run."""
        return self.ctx.threads

    def is_cancelled(self) -> bool:
        """Whether the person has cancelled."""
        return self.ctx.listener.is_cancelled()

    def progress(self, fraction: float, message: str) -> None:
        """Tell it to the run."""
        self.ctx.progress(fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Nothing is shown before the answer is there."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Nothing is learned."""


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Answer the clicks among the parameters, in their slice (the third axis) or in a region around them.

    Returns:
        ``object``, uint8 on the scan's grid: 1 where it was found.

    Raises:
        InputRefused: There is no click to include, or one lies elsewhere.
    """
    scan, params = request.first, request.params
    include, exclude = (places_of(str(params[name])) for name in ("include", "exclude"))
    if not len(include):
        raise InputRefused(_TITLE, "it answers clicks, and none is given", _HINT)
    is_slice, shape = params["reach"] == "slice", scan.geometry.shape
    box = box_around(np.concatenate([include, exclude]), shape, is_slice)
    first, axes = np.array([part.start for part in box]), slice(0, 2 if is_slice else 3)
    image = (scan.array[..., 0] if scan.array.ndim == 4 else scan.array)[box]
    image = np.asarray(image[:, :, 0] if is_slice else image, np.float32)
    payload = {
        "weights": str(request.weights),
        "include": (include - first)[:, axes].tolist(),
        "exclude": (exclude - first)[:, axes].tolist(),
        "spacing_mm": [float(size) for size in np.array(scan.geometry.spacing_mm)[axes]],
        "threshold": params["threshold"],
    }
    _, made = answer(payload, {"image": image, "mask": np.zeros(image.shape, np.uint8)}, ContextLink(ctx))
    found = np.zeros(shape, np.uint8)
    found[box] = made["mask"].reshape(found[box].shape)
    return {"object": found}


def places_of(text: str) -> Places:
    """Voxels (N, 3) of a text such as ``"120,88,30; 131,90,30"``; InputRefused where it holds others."""
    try:
        rows = [[int(word) for word in part.split(",")] for part in text.split(";") if part.strip()]
    except ValueError:
        raise InputRefused(_TITLE, f"{text!r} are no voxels", _HINT) from None
    if any(len(row) != 3 for row in rows):
        raise InputRefused(_TITLE, f"{text!r} are no voxels of three numbers", _HINT)
    return np.array(rows, np.int64).reshape(-1, 3)


def box_around(clicks: Places, shape: tuple[int, int, int], is_slice: bool) -> tuple[slice, slice, slice]:
    """The slice of the clicks, or up to 64 voxels a side around them.

    Raises:
        InputRefused: A click lies outside of the scan, in another slice, or too far from the others.
    """
    size = np.array(shape)
    if (clicks < 0).any() or (clicks >= size).any():
        raise InputRefused(_TITLE, f"a click lies outside of the scan of {shape} voxels", _HINT)
    extent = np.array([*shape[:2], 1]) if is_slice else np.minimum(size, REGION)
    low = np.clip((clicks.min(0) + clicks.max(0) + 1 - extent) // 2, 0, size - extent)
    if ((clicks < low) | (clicks >= low + extent)).any():
        words = "in one slice" if is_slice else f"within {REGION} voxels"
        raise InputRefused(_TITLE, f"the clicks do not lie {words}", _HINT)
    i, j, k = (slice(int(a), int(a + n)) for a, n in zip(low, extent, strict=True))
    return i, j, k
