"""From a video to a folder of frames: chosen, cropped, the sharpest of their neighbours, with the circle."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medview.core.circle import Circle
from medview.core.errors import RunFailed
from medview.io.atomic_folder import replacing_folder
from medview.io.captures.circle import FRAMES_LOOKED_AT, find_circle
from medview.io.captures.frames import (
    FACTS_NAME,
    FramesFacts,
    KeptFrame,
    cropped_columns,
    equidistant,
    left_out_words,
    write_frames_facts,
    write_picture,
)
from medview.io.captures.sharpness import blurred, sharpness
from medview.io.video import FrameCount, VideoFacts, VideoFrame, checked_count, probe, read_frames
from medview.io.watch import QUIET, Watch

_MOST_REACH = 5
"""Frames on either side among which the sharpest is taken; farther ones show another view."""
_COUNTING_SHARE = 0.4
_GUESSED_FRAMES = 1500
"""Where the film does not state any: over so many those that the circle is looked for in are spread."""


@dataclass(frozen=True, kw_only=True)
class FramesWish:
    """What to take of a video.

    Args:
        n_frames: So many, equally spaced; all where the video has fewer.
        crop_left: Percent of the width to cut off.
        crop_right: Percent.
        sharpest: Take the sharpest of up to five neighbours on either side, instead of the frame itself.
        least_sharpness: Leave out frames below this share of the running median; 0 leaves out none.
        circle: Find it, there is none, or this one in pixels of the video's frame.
        ending: ``.jpg`` or ``.png``.
    """

    n_frames: int = 310
    crop_left: float = 0.0
    crop_right: float = 0.0
    sharpest: bool = False
    least_sharpness: float = 0.0
    circle: Circle | Literal["auto"] | None = "auto"
    ending: str = ".jpg"


def extract_frames(video: Path, out: Path, wish: FramesWish, watch: Watch = QUIET) -> FramesFacts:
    """Write the frames that are wished for, and ``frames.json``; all or nothing.

    Args:
        video: The film.
        out: Folder to make; replaced where it holds frames already, refused where it holds anything else.
        wish: Which frames, and which part of them.
        watch: Told of every decoded frame.

    Raises:
        InputRefused: The video cannot be read, the cropping leaves nothing, or the folder is somebody's.
        RunFailed: The disk is too small or fails.
    """
    facts = probe(video)
    columns = cropped_columns(facts.width, wish.crop_left, wish.crop_right)
    with replacing_folder(out, FACTS_NAME) as draft:
        count, circle = _surveyed(facts, columns, wish, watch.between(0, _COUNTING_SHARE))
        windows = _windows(equidistant(count.frames, wish.n_frames), count.frames, wish.sharpest)
        inside = None if circle is None else circle.mask(facts.height, columns.stop - columns.start)
        reading = _reading(watch.between(_COUNTING_SHARE, 1), count.frames, len(windows))
        best = _sharpest(facts, columns, windows, inside, reading)
        written = _written(draft, best, len(windows), wish.ending)
        kept, dropped = _without_blurred(draft, written, wish.least_sharpness)
        made = FramesFacts(
            video=video.name,
            video_frames=count.frames,
            width=columns.stop - columns.start,
            height=facts.height,
            left=columns.start,
            full_width=facts.width,
            circle=circle,
            frames=kept,
            dropped=dropped,
            warnings=tuple(filter(None, (count.warning, left_out_words(dropped, kept)))),
        )
        write_frames_facts(draft, made)
    return made


def _surveyed(
    facts: VideoFacts, columns: slice, wish: FramesWish, watch: Watch
) -> tuple[FrameCount, Circle | None]:
    """Decode the whole film once: how many frames it has, and the circle in the cropped ones."""
    stated = facts.stated_frames or _GUESSED_FRAMES
    looked_at = equidistant(stated, FRAMES_LOOKED_AT).tolist() if wish.circle == "auto" else ()
    count = 0

    def note(decoded: int) -> None:
        nonlocal count
        count = decoded
        watch.at(decoded / stated, f"Counting frame {decoded}")

    seen = read_frames(facts.path, looked_at, note, to_end=True)
    circle = find_circle(frame.image[:, columns] for frame in seen)
    if isinstance(wish.circle, Circle):
        circle = wish.circle.shifted(-columns.start, 0)
    return checked_count(facts, count), circle


def _windows(targets: NDArray[np.intp], total: int, sharpest: bool) -> list[range]:
    """The frames among which each one is chosen; no frame is in two of them."""
    step = int(np.diff(targets).min()) if len(targets) > 1 else total
    reach = min(_MOST_REACH, (step - 1) // 2) if sharpest else 0
    return [range(max(0, at - reach), min(total, at + reach + 1)) for at in targets.tolist()]


def _reading(watch: Watch, total: int, count: int) -> Callable[[int], None]:
    def note(decoded: int) -> None:
        share = decoded / total
        watch.at(share, f"Writing {count} frames ({share:.0%})")

    return note


def _sharpest(
    facts: VideoFacts,
    columns: slice,
    windows: list[range],
    inside: NDArray[np.bool_] | None,
    note: Callable[[int], None],
) -> Iterator[tuple[float, VideoFrame]]:
    """The sharpest frame of each window, cropped; two frames are in memory at a time."""
    window_of = {index: number for number, window in enumerate(windows) for index in window}
    decoded = read_frames(facts.path, window_of, note)
    cropped = (replace(frame, image=frame.image[:, columns]) for frame in decoded)
    for _, group in itertools.groupby(cropped, key=lambda frame: window_of[frame.index]):
        yield max(((sharpness(frame.image, inside), frame) for frame in group), key=lambda pair: pair[0])


def _written(
    draft: Path, best: Iterator[tuple[float, VideoFrame]], count: int, ending: str
) -> tuple[KeptFrame, ...]:
    kept: list[KeptFrame] = []
    for value, frame in best:
        name = f"{frame.index:06d}{ending}"
        size = write_picture(draft / name, frame.image)
        if not kept:
            _check_room(draft, size * count)
        kept.append(KeptFrame(file=name, index=frame.index, time_s=frame.time_s, sharpness=value))
    return tuple(kept)


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise RunFailed(
            "Cannot extract the frames",
            f"they need about {needed / 2**30:.1f} GB, {free / 2**30:.1f} GB are free on this disk",
            "Take fewer frames, or JPEG, or another disk.",
        )


def _without_blurred(
    draft: Path, frames: tuple[KeptFrame, ...], least: float
) -> tuple[tuple[KeptFrame, ...], tuple[KeptFrame, ...]]:
    unsharp = set(blurred([frame.sharpness for frame in frames], least).tolist())
    dropped = tuple(frame for number, frame in enumerate(frames) if number in unsharp)
    for frame in dropped:
        (draft / frame.file).unlink()
    return tuple(frame for number, frame in enumerate(frames) if number not in unsharp), dropped
