"""Pictures of a field inside a job: what stills, films and point clouds are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import Cancelled
from medview.core.lens import Lens
from medview.core.radiance import FieldMode
from medview.core.volume import AnyArray
from medview.jobs.execution import Link, resolved
from medview.session.fields.rendering import PICTURE, TARGET

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]


class Renderer:
    """Renders one field at full resolution, in the process that the job runs in.

    Args:
        payload: Of the job: ``folder``, and ``render`` where another target than the usual one renders.
        link: Of the job; cancels.
    """

    def __init__(self, payload: Mapping[str, Any], link: Link) -> None:
        self._folder = str(payload["folder"])
        self._render = resolved(str(payload.get("render", TARGET)))
        self._link = link

    def picture(
        self, pose: Floats, lens: Lens, mode: FieldMode = FieldMode.COLOUR, time: float = 0.0
    ) -> Pixels:
        """(H, W, 5): premultiplied red, green, blue, opacity; distance along the ray, NaN where unknown.

        Raises:
            Cancelled: The person has cancelled.
        """
        if self._link.is_cancelled():
            raise Cancelled
        question = {
            "folder": self._folder,
            "scene_from_camera": np.asarray(pose).tolist(),
            "lens": asdict(lens),
            "levels": [1],
            "mode": mode.value,
            "time": time,
        }
        _, arrays = self._render(question, {}, Unheard(self._link))
        return np.asarray(arrays[PICTURE], np.float32)


@dataclass(frozen=True)
class Unheard:
    """A link for a part of a job: it can be cancelled, but what it tells would not be of the whole."""

    whole: Link

    @property
    def scratch(self) -> Path:
        """That of the job."""
        return self.whole.scratch

    @property
    def threads(self) -> int:
        """Those of the job."""
        return self.whole.threads

    def progress(self, fraction: float, message: str) -> None:
        """Not of the whole."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Not of the whole."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Not of the whole."""

    def is_cancelled(self) -> bool:
        """As the job."""
        return self.whole.is_cancelled()


def colours(pixels: Pixels) -> NDArray[np.uint8]:
    """(H, W, 3) colours before black."""
    return np.rint(255 * np.clip(pixels[..., :3], 0, 1)).astype(np.uint8)


def axial_depth(pixels: Pixels, lens: Lens) -> Pixels:
    """(H, W) distances along the optical axis, NaN where unknown."""
    forward = -lens.directions(lens.pixels())[..., 2]
    return (pixels[..., 4] * forward).astype(np.float32)
