"""A capture as a person looks at it before training: what it is, its frames small, its circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture, CaptureKind
from medview.core.circle import Circle
from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.io.captures.capture import read_capture
from medview.io.captures.circle import FRAMES_LOOKED_AT, find_circle
from medview.io.captures.frames import equidistant
from medview.io.captures.pictures import read_mask
from medview.io.captures.sharpness import blurred, sharpness
from medview.io.captures.tool_masks import mask_of
from medview.io.video import probe, read_frames
from medview.io.watch import Watch
from medview.jobs.execution import Link
from medview.session.fields.pictures import STRIP_PX, Picture, SmallPicture, scaled, small_picture
from medview.session.files.dicom_objects import watch_of

_BLURRED_SHARE = 0.5
"""Of the running median of sharpness, below which a frame is pointed out."""
_VIDEO_FRAME = 12
"""The first frames of a film are often black."""
_MOST_POINTS = 4000
WRITERS = {
    CaptureKind.TRANSFORMS: "transforms.json",
    CaptureKind.LLFF: "LLFF (poses_bounds.npy)",
    CaptureKind.COLMAP: "COLMAP",
    CaptureKind.SINUS_SFM: "structure from motion (motion.yaml)",
    CaptureKind.FRAMES: "",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class FrameLook:
    """One frame: its picture as small as the strip shows it, and whether its camera is known."""

    name: str
    image: Path | None
    picture: Picture
    has_pose: bool
    is_blurred: bool = False
    is_damaged: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class CaptureLook:
    """What is known of a capture.

    Args:
        path: As it was opened.
        capture: As it was read.
        size: Width and height of the stored frames.
        frames: All of them; of a video one.
        circle: The laparoscope's circle in pixels of the frames; None where there is none.
        duration: Of a video, in words.
    """

    path: Path
    capture: Capture
    size: tuple[int, int]
    frames: tuple[FrameLook, ...]
    circle: Circle | None = None
    duration: str = ""

    @cached_property
    def is_video(self) -> bool:
        """Whether its frames have to be taken out first."""
        return self.capture.video is not None

    @cached_property
    def posed(self) -> int:
        """Number of frames whose cameras are known."""
        return sum(frame.has_pose for frame in self.frames)

    @cached_property
    def cameras(self) -> NDArray[np.float64]:
        """(n, 4, 4) camera to capture."""
        poses = [frame.pose for frame in self.capture.frames if frame.pose is not None]
        return np.stack(poses) if poses else np.zeros((0, 4, 4))

    @cached_property
    def points(self) -> NDArray[np.float32]:
        """(N, 6) some of the known surface points with their colours (0-255), grey where none are stated."""
        capture = self.capture
        every = max(1, len(capture.points) // _MOST_POINTS)
        colours = capture.points_rgb if len(capture.points_rgb) == len(capture.points) else None
        grey = np.full_like(capture.points, 160)
        both = np.concatenate([capture.points, grey if colours is None else colours], axis=1)
        return both[::every].astype(np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class FrameSight:
    """A frame for the mask panel: (h, w, 3), what is hidden there (h, w), and of which frame it is."""

    name: str
    picture: Picture
    size: tuple[int, int]
    hidden: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))


def look_at(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[CaptureLook, Mapping[str, AnyArray]]:
    """Job target: read the capture at ``payload["path"]`` and small copies of all its frames.

    Raises:
        InputRefused: It is no capture, or what lists its frames is damaged.
    """
    path = Path(payload["path"])
    capture = read_capture(path)
    if capture.video is not None:
        return _film(path, capture, capture.video), {}
    watch = watch_of(link)
    panels = [_panel(frame.image, n, len(capture.frames), watch) for n, frame in enumerate(capture.frames)]
    sound = [panel for panel in panels if panel is not None]
    if not sound:
        raise InputRefused(f"Cannot open the capture {path.name}", "not one of its pictures can be read")
    frames = _frames(capture, panels)
    size = sound[0].size
    return CaptureLook(path=path, capture=capture, size=size, frames=frames, circle=_circle(sound)), {}


def see_frame(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[FrameSight, Mapping[str, AnyArray]]:
    """Job target: the frame ``payload["frame"]`` (a `FrameLook`) as large as a panel, with what is hidden.

    ``payload["masks"]`` is the folder of instrument masks, or None.
    """
    frame: FrameLook = payload["frame"]
    if frame.image is None:
        return FrameSight(name=frame.name, picture=frame.picture, size=payload["size"]), {}
    small = small_picture(frame.image)
    folder: Path | None = payload["masks"]
    mask = mask_of(folder, frame.image.name) if folder is not None and folder.is_dir() else None
    hidden = np.zeros(small.picture.shape[:2], np.bool_)
    if mask is not None:
        hidden = _nearest(read_mask(mask), hidden.shape)
    return FrameSight(name=frame.name, picture=small.picture, size=small.size, hidden=hidden), {}


def _panel(image: Path, number: int, count: int, watch: Watch) -> SmallPicture | None:
    watch.at(number / count, f"Looking at frame {number + 1} of {count}")
    try:
        return small_picture(image)
    except (InputRefused, OSError):
        return None


def _frames(capture: Capture, panels: Sequence[SmallPicture | None]) -> tuple[FrameLook, ...]:
    values = [0.0 if panel is None else sharpness(panel.picture) for panel in panels]
    unsharp = set(blurred(values, _BLURRED_SHARE).tolist())
    black = np.zeros((STRIP_PX * 9 // 16, STRIP_PX, 3), np.uint8)
    return tuple(
        FrameLook(
            name=frame.name,
            image=frame.image,
            picture=black if panel is None else scaled(panel.picture, STRIP_PX),
            has_pose=frame.pose is not None and frame.lens is not None,
            is_blurred=number in unsharp and panel is not None,
            is_damaged=panel is None,
        )
        for number, (frame, panel) in enumerate(zip(capture.frames, panels, strict=True))
    )


def _circle(panels: Sequence[SmallPicture]) -> Circle | None:
    chosen = [panels[n] for n in equidistant(len(panels), FRAMES_LOOKED_AT)]
    if len({panel.picture.shape for panel in chosen}) > 1:
        return None
    circle = find_circle(panel.picture for panel in chosen)
    return None if circle is None else circle.scaled(chosen[0].size[0] / chosen[0].picture.shape[1])


def _film(path: Path, capture: Capture, video: Path) -> CaptureLook:
    facts = probe(video)
    found = list(read_frames(video, (0, _VIDEO_FRAME)))
    picture = scaled(found[-1].image, 560)
    size = (facts.width, facts.height)
    circle = find_circle([picture])
    rate = f" at {facts.fps:g} frames per second" if facts.fps else ""
    return CaptureLook(
        path=path,
        capture=capture,
        size=size,
        frames=(FrameLook(name=video.name, image=None, picture=picture, has_pose=False),),
        circle=None if circle is None else circle.scaled(size[0] / picture.shape[1]),
        duration=f"{facts.duration_s:.3g} s{rate}" if facts.duration_s else "",
    )


def _nearest(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows = np.arange(shape[0]) * mask.shape[0] // shape[0]
    columns = np.arange(shape[1]) * mask.shape[1] // shape[1]
    return np.asarray(mask[rows[:, None], columns], np.bool_)
