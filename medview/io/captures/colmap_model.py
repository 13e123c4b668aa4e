"""What a COLMAP model states, whichever way it is written; which of its lenses are known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.lens import Lens
from medview.io.byte_source import refused
from medview.io.captures.ply import Points
from medview.io.captures.poses import checked_lens

PARAMETERS: dict[str, tuple[str, ...]] = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "SIMPLE_RADIAL": ("f", "cx", "cy", "k1"),
    "RADIAL": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
}
PARAMETER_COUNTS = {model: len(names) for model, names in PARAMETERS.items()}
MODEL_NAMES = {
    0: "SIMPLE_PINHOLE",
    1: "PINHOLE",
    2: "SIMPLE_RADIAL",
    3: "RADIAL",
    4: "OPENCV",
    5: "OPENCV_FISHEYE",
    6: "FULL_OPENCV",
    7: "FOV",
    8: "SIMPLE_RADIAL_FISHEYE",
    9: "RADIAL_FISHEYE",
    10: "THIN_PRISM_FISHEYE",
}


@dataclass(frozen=True)
class ColmapCamera:
    """A lens as COLMAP states it.

    Args:
        model: Its name in COLMAP.
        width: Pixels.
        height: Pixels.
        parameters: By the names of `Lens`.
    """

    model: str
    width: int
    height: int
    parameters: dict[str, float]

    def lens(self, path: Path) -> Lens:
        """The same lens in our words.

        Raises:
            InputRefused: No camera has such numbers.
        """
        lens = Lens(width=self.width, height=self.height, **self.parameters)
        return checked_lens(lens, path, f"a {self.model} camera")


@dataclass(frozen=True, eq=False)
class ColmapImage:
    """A picture as COLMAP states it.

    Args:
        name: Path within the folder of the pictures.
        camera_id: Its lens.
        quaternion: (w, x, y, z), world to camera, y down, looking along +z.
        translation: (3,) of the same.
    """

    name: str
    camera_id: int
    quaternion: NDArray[np.float64]
    translation: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ColmapModel:
    """Cameras by number, pictures, and points with their colours."""

    cameras: dict[int, ColmapCamera]
    images: tuple[ColmapImage, ...]
    points: Points


def lens_parameters(model: str, numbers: Sequence[float], path: Path) -> dict[str, float]:
    """A lens by the names of `Lens`.

    Raises:
        InputRefused: COLMAP knows the model, and a lens of k1, k2, p1, p2 does not.
        ValueError: The numbers are of another count.
    """
    if model not in PARAMETERS:
        raise refused(
            path,
            f"its lens model is {model}, and only {', '.join(PARAMETERS)} are known",
            "Undistort the pictures with COLMAP (image_undistorter) first.",
        )
    found = dict(zip(PARAMETERS[model], numbers, strict=True))
    if "f" in found:
        found["fx"] = found["fy"] = found.pop("f")
    return found
