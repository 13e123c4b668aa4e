"""Films out: MPEG-4 in MP4, MOV or AVI, read back before they take their name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.io.atomic_file import replacing
from medview.io.video import count_frames, probe, quiet_cv2

CODECS = {".mp4": "mp4v", ".mov": "mp4v", ".m4v": "mp4v", ".avi": "MJPG"}
"""MPEG-4 Part 2 plays wherever films play; Motion JPEG loses least and can be cut at any frame."""


class VideoDraft:
    """A film being written.

    Args:
        path: The draft's file.
        title: Begins the sentence of a failure.
        fps: Frames per second.
        codec: Four letters.
    """

    def __init__(self, path: Path, title: str, fps: float, codec: str) -> None:
        self._path, self._title, self._fps, self._codec = path, title, fps, codec
        self._writer: Any = None
        self.size: tuple[int, int] = (0, 0)
        self.frames = 0

    def add(self, image: NDArray[np.uint8]) -> None:
        """Append a frame (H, W, 3) uint8 red, green, blue; all of one size, with even sides."""
        cv2 = quiet_cv2()
        size = (image.shape[1], image.shape[0])
        if self._writer is None:
            self._open(size)
        if size != self.size:
            raise RunFailed(self._title, f"a frame is {size[0]} x {size[1]} pixels, the first was not")
        self._writer.write(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR))
        self.frames += 1

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()

    def __enter__(self) -> VideoDraft:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, size: tuple[int, int]) -> None:
        cv2 = quiet_cv2()
        if size[0] % 2 or size[1] % 2:
            raise InputRefused(
                self._title, f"frames of {size[0]} x {size[1]} pixels", "Choose even numbers of pixels."
            )
        code = cv2.VideoWriter_fourcc(*self._codec)
        self._writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, code, self._fps, size)
        self.size = size
        if not self._writer.isOpened():
            raise RunFailed(self._title, "the film cannot be begun", "Choose another folder, or AVI.")


@contextmanager
def writing_video(path: Path, fps: float) -> Iterator[VideoDraft]:
    """Offer a draft to add frames to; it takes its name when the block ends well and it reads back whole.

    Args:
        path: Ends with .mp4, .mov, .m4v or .avi; an older file is replaced in one step.
        fps: Frames per second, above 0.

    Raises:
        InputRefused: The name has another ending, the frames have odd sides, or the folder cannot be used.
        RunFailed: Writing failed, or reading back showed another size or number of frames.
    """
    title, ending = f"Cannot save {path.name}", path.suffix.lower()
    if ending not in CODECS:
        raise InputRefused(title, "films are written as MP4, MOV or AVI", "Let the name end with .mp4.")
    if not (np.isfinite(fps) and fps > 0):
        raise InputRefused(title, f"{fps:g} frames per second", "Give a number above 0.")
    with replacing(path, ending) as file:
        with VideoDraft(file, title, fps, CODECS[ending]) as draft:
            yield draft
        _check_written(file, draft, title)


def write_video(path: Path, images: Iterable[NDArray[np.uint8]], fps: float) -> int:
    """Write frames (H, W, 3) uint8 as a film.

    Returns:
        Number of frames.

    Raises:
        InputRefused: As `writing_video`.
        RunFailed: As `writing_video`.
    """
    with writing_video(path, fps) as draft:
        for image in images:
            draft.add(image)
    return draft.frames


def _check_written(file: Path, draft: VideoDraft, title: str) -> None:
    if not draft.frames:
        raise InputRefused(title, "there is no frame to write", "")
    try:
        facts, frames = probe(file), count_frames(file).frames
    except InputRefused as reason:
        raise RunFailed(title, "reading it back failed; the disk may be full", "Free some space.") from reason
    if (facts.width, facts.height) != draft.size or frames != draft.frames:
        raise RunFailed(
            title,
            f"reading back gave {frames} frames of {facts.width} x {facts.height} pixels, "
            f"written were {draft.frames} of {draft.size[0]} x {draft.size[1]}",
            "Free some space, or save as AVI.",
        )
