"""COLMAP models out, as text: ``cameras.txt``, ``images.txt``, ``points3D.txt``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture
from medview.core.lens import Lens
from medview.core.pose_frame import flipped_axes, inverse, quaternion_of
from medview.io.atomic_file import failure

Floats = NDArray[np.float64]


def write_colmap(capture: Capture, model_folder: Path) -> None:
    """Write the cameras and points of a capture, so that COLMAP and what reads its models can go on.

    Pictures are named by their file name: they are expected in one folder.

    Args:
        capture: All frames with poses and lenses.
        model_folder: Made where it is missing, such as ``sparse/0``.

    Raises:
        RunFailed: The disk does not take it.
    """
    poses = np.stack([_known(frame.pose) for frame in capture.frames])
    lenses = [frame.lens for frame in capture.frames if frame.lens is not None]
    numbers = {lens: n for n, lens in enumerate(dict.fromkeys(lenses), 1)}
    quaternions, translations = colmap_of(poses)
    names = [frame.image.name for frame in capture.frames]
    images = [
        f"{n} {_words(q)} {_words(t)} {numbers[lens]} {name}\n"
        for n, (q, t, lens, name) in enumerate(zip(quaternions, translations, lenses, names, strict=True), 1)
    ]
    points = [
        f"{n} {_words(point)} {' '.join(map(str, colour))} 0"
        for n, (point, colour) in enumerate(zip(capture.points, capture.points_rgb_or_grey, strict=True), 1)
    ]
    files = {
        "cameras.txt": [f"{n} {_camera(lens)}" for lens, n in numbers.items()],
        "images.txt": images,
        "points3D.txt": points,
    }
    try:
        model_folder.mkdir(parents=True, exist_ok=True)
        for name, lines in files.items():
            (model_folder / name).write_text("\n".join([*lines, ""]), encoding="utf-8")
    except OSError as reason:
        raise failure(model_folder, reason) from reason


def colmap_of(poses: Floats) -> tuple[Floats, Floats]:
    """World to camera, y down: quaternions (n, 4) w, x, y, z and translations (n, 3) of poses (n, 4, 4)."""
    world_to_camera = inverse(flipped_axes(poses))
    return quaternion_of(world_to_camera[:, :3, :3]), world_to_camera[:, :3, 3]


def _known(pose: Floats | None) -> Floats:
    if pose is None:
        raise ValueError("the camera of a frame is not known")
    return pose


def _camera(lens: Lens) -> str:
    numbers = (lens.fx, lens.fy, lens.cx, lens.cy, lens.k1, lens.k2, lens.p1, lens.p2)
    return f"OPENCV {lens.width} {lens.height} {' '.join(f'{value:.17g}' for value in numbers)}"


def _words(numbers: NDArray[np.floating]) -> str:
    return " ".join(f"{float(value):.17g}" for value in numbers)
