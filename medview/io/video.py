"""Films in MP4, MOV, AVI, Matroska or WebM: what they are, and their frames, exactly counted.

The number of frames that a container states is not to be trusted, nor is jumping to a frame: whatever is
numbered here was counted while decoding from the beginning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused

VIDEO_ENDINGS = (".mp4", ".mov", ".avi", ".m4v", ".mkv", ".webm")
_HINT = "Choose a film in MP4, MOV or AVI."
_MOST_SIDE = 16384
_COPIES = 6
"""Of a frame, held at once by the decoder and by us."""


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """What a film says of itself.

    Args:
        path: The file.
        width: Pixels of a frame as shown (turned upright).
        height: Pixels.
        fps: Mean frames per second; 0 where it is not stated.
        stated_frames: Number of frames that the container states; may be wrong, 0 where it states none.
        rotation_deg: By how much frames are turned clockwise to stand upright; already done.
        codec: Four letters.
    """

    path: Path
    width: int
    height: int
    fps: float
    stated_frames: int
    rotation_deg: int
    codec: str

    @property
    def duration_s(self) -> float:
        """Seconds, from the stated numbers; 0 where they are not stated."""
        return self.stated_frames / self.fps if self.fps else 0.0


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One decoded frame.

    Args:
        index: Counted from 0 while decoding.
        time_s: When it is shown, as the file says.
        image: (H, W, 3) uint8 red, green, blue, upright.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class FrameCount:
    """How many frames can be decoded.

    Args:
        frames: So many.
        warning: One sentence where the film ends before its stated end; else empty.
    """

    frames: int
    warning: str = ""


Tell = Callable[[int], None]
"""Told how many frames have been decoded; may raise `medview.core.errors.Cancelled`."""


def is_video(path: Path) -> bool:
    """Whether a file begins as a film does, whatever its name ends with."""
    try:
        with path.open("rb") as stream:
            return bool(_container(stream.read(16)))
    except OSError:
        return False


def probe(path: Path) -> VideoFacts:
    """What a film says of itself; its first frame is decoded.

    Raises:
        InputRefused: It is no film, it is damaged, or its frames are too large for the free memory.
    """
    with _opened(path) as (capture, facts):
        if not capture.grab():
            raise InputRefused(_title(path), "not one frame of it can be decoded", _HINT)
        return facts


def count_frames(path: Path, tell: Tell = lambda _: None) -> FrameCount:
    """Decode the whole film and count.

    Raises:
        InputRefused: As `probe`.
    """
    count = 0

    def note(decoded: int) -> None:
        nonlocal count
        count = decoded
        tell(decoded)

    for _ in read_frames(path, (), note, to_end=True):
        pass
    return checked_count(probe(path), count)


def checked_count(facts: VideoFacts, frames: int) -> FrameCount:
    """What it means that so many frames were decoded.

    Raises:
        InputRefused: It was none.
    """
    name, stated = facts.path.name, facts.stated_frames
    if not frames:
        raise InputRefused(_title(facts.path), "not one frame of it can be decoded", _HINT)
    if frames >= stated:
        return FrameCount(frames=frames)
    words = f"{name} is damaged: {frames} of {stated} frames can be read, {stated - frames} cannot"
    return FrameCount(frames=frames, warning=words)


def read_frames(
    path: Path, chosen: Iterable[int], tell: Tell = lambda _: None, *, to_end: bool = False
) -> Iterator[VideoFrame]:
    """Decode from the beginning and give the chosen frames, in ascending order; one is in memory at a time.

    Args:
        path: The film.
        chosen: Numbers of frames from 0; those beyond the end are not given.
        tell: Told how many were decoded, after each, chosen or not.
        to_end: Decode to the end, also where nothing more is chosen.

    Raises:
        InputRefused: As `probe`.
    """
    import cv2

    wanted = set(chosen)
    last = max(wanted, default=-1)
    with _opened(path) as (capture, _):
        index = 0
        while (to_end or index <= last) and capture.grab():
            if index in wanted:
                time_s = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
                _, image = capture.retrieve()
                yield VideoFrame(index, time_s, np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))
            index += 1
            tell(index)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, VideoFacts]]:
    _check_content(path)
    cv2 = quiet_cv2()
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise InputRefused(
                _title(path), "it is damaged, was cut off, or holds a coding that is unknown here", _HINT
            )
        facts = _facts(path, capture)
        _check_size(facts)
        yield capture, facts
    finally:
        capture.release()


def quiet_cv2() -> Any:
    """OpenCV, which then keeps its and FFmpeg's complaints to itself: ours are told in sentences."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


def _facts(path: Path, capture: Any) -> VideoFacts:
    import cv2

    number = int(capture.get(cv2.CAP_PROP_FOURCC))
    fps, frames = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return VideoFacts(
        path=path,
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        fps=float(fps) if np.isfinite(fps) and fps > 0 else 0.0,
        stated_frames=int(frames) if np.isfinite(frames) and frames > 0 else 0,
        rotation_deg=int(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 360,
        codec="".join(chr(number >> shift & 0xFF) for shift in (0, 8, 16, 24)).strip("\0 "),
    )


def _check_content(path: Path) -> None:
    title = _title(path)
    try:
        if path.is_dir():
            raise InputRefused(title, "it is a folder", _HINT)
        with path.open("rb") as stream:
            start = stream.read(16)
    except FileNotFoundError as reason:
        raise InputRefused(title, "there is no such file", _HINT) from reason
    except OSError as reason:
        raise InputRefused(title, f"the system says: {reason.strerror}", "") from reason
    if not start:
        raise InputRefused(title, "the file is empty", _HINT)
    if not _container(start):
        raise InputRefused(title, "it is not a film, whatever its name says", _HINT)


def _container(start: bytes) -> str:
    """The kind of film that begins so; empty for anything else."""
    if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mp4"
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "avi"
    return "mkv" if start[:4] == b"\x1a\x45\xdf\xa3" else ""


def _check_size(facts: VideoFacts) -> None:
    import psutil

    title, width, height = _title(facts.path), facts.width, facts.height
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        raise InputRefused(title, f"its frames are said to be {width} x {height} pixels", _HINT)
    needed, free = width * height * 3 * _COPIES, int(psutil.virtual_memory().available)
    if needed > free:
        raise InputRefused(
            title,
            f"its frames of {width} x {height} pixels need {needed / 2**30:.1f} GB of memory, "
            f"{free / 2**30:.1f} GB are free",
            "Close other programs, or make the film smaller.",
        )


def _title(path: Path) -> str:
    return f"Cannot read the video {path.name}"
