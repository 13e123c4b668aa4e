"""What readers of poses check: matrices that are cameras, frames that have pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import CaptureFrame
from medview.core.lens import Lens
from medview.io.byte_source import refused
from medview.io.captures.places import FARTHEST

_MOST_SKEW = 0.02
_LEAST_LENGTH = 1e-6
_MOST_SIDE = 100_000
_LEAST_FOCAL, _MOST_FOCAL = 0.01, 1e6
_MOST_BEND = 100.0
_NAMED = 5


def checked_pose(stated: Any, path: Path, where: str) -> NDArray[np.float64]:
    """A 4x4 pose whose axes are of length one and square on each other.

    Args:
        stated: 3x4 or 4x4 numbers, camera to capture.
        path: The file, for the refusal.
        where: The frame, for the refusal.

    Raises:
        InputRefused: It is no matrix of that size, not finite, or no rotation.
    """
    try:
        matrix = np.asarray(stated, np.float64)
    except (TypeError, ValueError, OverflowError) as reason:
        raise refused(path, f"the matrix of {where} is not made of numbers") from reason
    is_sound = matrix.shape in ((3, 4), (4, 4)) and bool((np.abs(matrix) < FARTHEST).all())
    if not is_sound:
        raise refused(path, f"the matrix of {where} is not 4 rows of 4 finite numbers")
    pose = np.eye(4)
    pose[:3] = matrix[:3]
    u, stretch, v = np.linalg.svd(pose[:3, :3])
    if np.abs(stretch - 1).max() > _MOST_SKEW or np.linalg.det(u @ v) < 0:
        raise refused(path, f"the matrix of {where} is no rotation of a camera")
    pose[:3, :3] = u @ v
    return pose


def demand_finite(quaternions: NDArray[np.float64], translations: NDArray[np.float64], path: Path) -> None:
    """Rotations (n, 4) and translations (n, 3) that place cameras somewhere.

    Raises:
        InputRefused: A number is not finite, or a rotation is zero.
    """
    is_sound = (np.abs(quaternions) < FARTHEST).all() and (np.abs(translations) < FARTHEST).all()
    if not is_sound or (np.linalg.norm(quaternions, axis=-1) < _LEAST_LENGTH).any():
        raise refused(path, "not all of its poses are finite rotations")


def checked_lens(lens: Lens, path: Path, where: str) -> Lens:
    """A lens whose numbers some camera can have.

    Raises:
        InputRefused: It states no size, no focal length, or a distortion beyond all sense.
    """
    sizes = 1 <= lens.width <= _MOST_SIDE and 1 <= lens.height <= _MOST_SIDE
    focal = all(_LEAST_FOCAL < value < _MOST_FOCAL for value in (lens.fx, lens.fy))
    rest = (lens.cx / _MOST_FOCAL, lens.cy / _MOST_FOCAL, *(lens.k1, lens.k2, lens.p1, lens.p2))
    if not (sizes and focal and all(abs(value) < _MOST_BEND for value in rest)):
        size = f"{lens.width} x {lens.height} pixels"
        raise refused(path, f"the lens of {where} ({size}, focal length {lens.fx:g}) is no camera's")
    return lens


def with_pictures(
    frames: Sequence[CaptureFrame], path: Path, hint: str = ""
) -> tuple[tuple[CaptureFrame, ...], tuple[str, ...]]:
    """The frames whose pictures are there, and a sentence on the others.

    Raises:
        InputRefused: No picture is there, or no frame is listed.
    """
    found = tuple(frame for frame in frames if frame.image.is_file())
    lost = [frame.name for frame in frames if not frame.image.is_file()]
    if not found:
        named = f", such as {lost[0]}" if lost else ""
        detail = "none of the pictures that it lists is there" if frames else "it lists no frame"
        raise refused(path, detail + named, hint)
    return found, left_out(lost, len(frames), "have no picture")


def left_out(lost: Sequence[str], total: int, why: str) -> tuple[str, ...]:
    """A sentence on frames that were left out; none where none was."""
    if not lost:
        return ()
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (f"{len(lost)} of {total} frames {why} and are left out: {', '.join(lost[:_NAMED])}{more}",)


def unique_names(paths: Sequence[Path], folder: Path) -> list[str]:
    """File names without endings; paths within the folder where two of them would be the same."""
    stems = [path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    home = folder.absolute()
    return [
        path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix() for path in paths
    ]
