"""What readers of poses check: matrices that are cameras, frames that have pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import CaptureFrame
from medview.io.byte_source import refused

_MOST_SKEW = 0.02
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
    except (TypeError, ValueError) as reason:
        raise refused(path, f"the matrix of {where} is not made of numbers") from reason
    if matrix.shape not in ((3, 4), (4, 4)) or not np.isfinite(matrix).all():
        raise refused(path, f"the matrix of {where} is not 4 rows of 4 finite numbers")
    pose = np.eye(4)
    pose[:3] = matrix[:3]
    u, stretch, v = np.linalg.svd(pose[:3, :3])
    if np.abs(stretch - 1).max() > _MOST_SKEW or np.linalg.det(u @ v) < 0:
        raise refused(path, f"the matrix of {where} is no rotation of a camera")
    pose[:3, :3] = u @ v
    return pose


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
