"""Frames of a video: which, which part of them, and the folder that they are kept in.

A folder of frames holds pictures named by their number in the video (``000042.jpg``) and ``frames.json``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.circle import Circle
from medview.core.errors import InputRefused, RunFailed
from medview.io.captures.places import natural

FACTS_NAME = "frames.json"
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")
FORMAT = 1
_MOST_BYTES = 64 * 2**20
_JPEG_QUALITY = 95


@dataclass(frozen=True, kw_only=True)
class KeptFrame:
    """One picture of the folder.

    Args:
        file: Its name.
        index: Its number in the video, counted from 0 while decoding.
        time_s: When the video shows it.
        sharpness: Variance of the Laplacian (`medview.io.captures.sharpness`).
    """

    file: str
    index: int
    time_s: float
    sharpness: float


@dataclass(frozen=True, kw_only=True)
class FramesFacts:
    """What ``frames.json`` says.

    Args:
        video: Name of the video.
        video_frames: Frames that could be decoded of it.
        width: Pixels of the pictures, after cropping.
        height: Pixels.
        left: Column of the video's frame where the pictures begin.
        full_width: Pixels of the video's frame.
        circle: The laparoscope's circle in pixels of the pictures; None where there is none.
        frames: The pictures, in order.
        dropped: Frames that were too blurred; they have no picture.
        warnings: Sentences: what could not be read, what was left out.
    """

    video: str
    video_frames: int
    width: int
    height: int
    left: int
    full_width: int
    circle: Circle | None
    frames: tuple[KeptFrame, ...]
    dropped: tuple[KeptFrame, ...] = ()
    warnings: tuple[str, ...] = ()


def equidistant(total: int, count: int) -> NDArray[np.intp]:
    """Numbers of `count` frames, equally spaced from the first to the last (P09, preprocessing 1).

    idx_k = round(k (N - 1) / (n - 1)), halves upward; all frames where there are fewer than asked for.

    Args:
        total: N, frames of the video, at least 1.
        count: n, at least 1.
    """
    if total < 1 or count < 1:
        raise ValueError("at least one frame is needed")
    if count >= total:
        return np.arange(total)
    if count == 1:
        return np.zeros(1, np.intp)
    steps = np.arange(count, dtype=np.int64)
    # whole numbers only: no rounding error can make two of them one
    return (2 * steps * (total - 1) + count - 1) // (2 * (count - 1))


def cropped_columns(width: int, left_percent: float, right_percent: float) -> slice:
    """The columns that remain when so much is cut off on either side (P09: 3840 becomes 3237).

    Raises:
        InputRefused: Less than 16 columns remain, or a number is negative.
    """
    kept = round(width * (1 - (left_percent + right_percent) / 100))
    if left_percent < 0 or right_percent < 0 or kept < min(16, width):
        raise InputRefused(
            "Cannot crop the frames",
            f"{left_percent:g} % on the left and {right_percent:g} % on the right leave {kept} columns",
            "Crop less.",
        )
    first = min(round(width * left_percent / 100), width - kept)
    return slice(first, first + kept)


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The pictures of a folder, by name, ``frame9`` before ``frame10``.

    Raises:
        InputRefused: There is no such folder, or no picture in it.
    """
    title = f"Cannot take frames from {folder.name}"
    if not folder.is_dir():
        raise InputRefused(title, "there is no such folder", "Choose a folder of JPEG or PNG pictures.")
    found = tuple(
        sorted(
            (
                path
                for path in folder.iterdir()
                if path.suffix.lower() in PICTURE_ENDINGS and path.is_file() and not path.name.startswith(".")
            ),
            key=lambda path: natural(path.name),
        )
    )
    if not found:
        raise InputRefused(title, "it holds no picture", "Choose a folder of JPEG or PNG pictures.")
    return found


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A picture as (H, W, 3) uint8 red, green, blue.

    Raises:
        InputRefused: It cannot be read.
    """
    from medview.io.video import quiet_cv2

    cv2 = quiet_cv2()
    title = f"Cannot read the picture {path.name}"
    try:
        coded = np.fromfile(path, np.uint8)
    except OSError as reason:
        raise InputRefused(title, f"the system says: {reason.strerror}", "") from reason
    try:
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    except cv2.error as reason:
        raise InputRefused(title, "it is larger than any camera's picture", "Choose another.") from reason
    if image is None:
        raise InputRefused(title, "it is no JPEG or PNG, or damaged", "Remove it, or write it anew.")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def write_picture(path: Path, image: NDArray[np.uint8]) -> int:
    """Write (H, W, 3) colours or (H, W) grey uint8 as ``.jpg`` or ``.png`` and read the bytes back.

    Returns:
        Bytes written.

    Raises:
        RunFailed: What lies on the disk is not what was written.
    """
    from medview.io.video import quiet_cv2

    cv2 = quiet_cv2()
    swapped = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if path.suffix == ".jpg" else []
    _, coded = cv2.imencode(path.suffix, swapped, quality)
    path.write_bytes(coded.tobytes())
    if not np.array_equal(np.fromfile(path, np.uint8), coded.ravel()):
        raise RunFailed(f"Cannot save {path.name}", "reading it back gave something else", "Check the disk.")
    return int(coded.size)


def write_frames_facts(folder: Path, facts: FramesFacts) -> None:
    """Write ``frames.json``."""
    table = {"format": FORMAT, **asdict(facts)}
    (folder / FACTS_NAME).write_text(json.dumps(table, indent=1), encoding="utf-8")


def read_frames_facts(folder: Path) -> FramesFacts | None:
    """Read ``frames.json``; None where a folder has none.

    Raises:
        InputRefused: It is damaged or of a newer kind.
    """
    path = folder / FACTS_NAME
    title = f"Cannot read {FACTS_NAME} of {folder.name}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputRefused(title, "it is larger than any real one", "Extract the frames again.")
        table = json.loads(path.read_text(encoding="utf-8"))
        if table.pop("format") != FORMAT:
            raise InputRefused(title, "it was written by a newer medview", "Update medview.")
        return _facts(table)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        raise InputRefused(title, f"it is damaged ({reason})", "Extract the frames again.") from reason


def left_out_words(dropped: Sequence[KeptFrame], kept: Sequence[KeptFrame]) -> str:
    """Which frames were too blurred, and the longest gap that they leave; empty where none was."""
    if not dropped:
        return ""
    named = ", ".join(str(frame.index) for frame in dropped[:20])
    more = f" and {len(dropped) - 20} more" if len(dropped) > 20 else ""
    times = [frame.time_s for frame in kept]
    gap = max(np.diff(times), default=0.0)
    return (
        f"{len(dropped)} of {len(dropped) + len(kept)} frames were blurred and left out: {named}{more}; "
        f"the longest step between two frames is now {gap:.2f} s"
    )


def _facts(table: dict[str, Any]) -> FramesFacts:
    circle = table.pop("circle")
    kept, dropped = (tuple(KeptFrame(**row) for row in table.pop(name)) for name in ("frames", "dropped"))
    if any(Path(frame.file).name != frame.file for frame in kept):
        raise ValueError("a frame lies outside the folder")
    return FramesFacts(
        **{**table, "warnings": tuple(table["warnings"])},
        circle=None if circle is None else Circle(**circle),
        frames=kept,
        dropped=dropped,
    )
