"""A capture: frames of one scene and what is known of their cameras, before any picture is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medview.core.circle import Circle
from medview.core.lens import Lens

Floats = NDArray[np.float64]


class CaptureKind(Enum):
    """Who wrote the poses of a capture."""

    TRANSFORMS = "transforms"
    LLFF = "llff"
    COLMAP = "colmap"
    SINUS_SFM = "sinus-sfm"
    FRAMES = "frames"


@dataclass(frozen=True, eq=False, kw_only=True)
class CaptureFrame:
    """One frame.

    Args:
        name: What people call it: the file's name, or its path within the capture where names repeat.
        image: The picture.
        mask: A grey picture of the pixels that may be learned from; `Capture.mask_marks_tools` says how.
        depth: A 16-bit or floating picture, or a ``.npy`` array, of depth along the optical axis.
        time: 0 to 1; 0 for a scene at rest.
        pose: 4x4 camera to capture, OpenGL camera axes; None where unknown.
        lens: Of the picture's size as the capture states it, or None where unknown.
    """

    name: str
    image: Path
    mask: Path | None = None
    depth: Path | None = None
    time: float = 0.0
    pose: Floats | None = None
    lens: Lens | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Capture:
    """A folder of frames, or a video, and what is known of its cameras.

    Args:
        folder: Where the frames lie.
        kind: Who wrote the poses.
        frames: In the order of their names or of the poses' file; empty for a video.
        video: The film, for a capture that is one.
        common_mask: One mask for all frames, white where the scope sees something.
        mask_marks_tools: Masks are white where an instrument is, not where pixels are good.
        depth_unit: Length, in the capture's unit, of one step of a depth picture.
        bounds: Nearest and farthest depth of the scene as stated; None where nothing states them.
        points: (N, 3) known surface points in the capture's coordinates.
        points_rgb: (N, 3) uint8 of them; empty where the capture states no colours.
        is_metric: The capture's unit is the millimetre.
        is_synthetic: Rendered by a program, not filmed.
        warnings: What its user should know, a sentence each.
    """

    folder: Path
    kind: CaptureKind
    frames: tuple[CaptureFrame, ...] = ()
    video: Path | None = None
    common_mask: Path | None = None
    mask_marks_tools: bool = False
    depth_unit: float = 1.0
    bounds: tuple[float, float] | None = None
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    points_rgb: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 3), np.uint8))
    is_metric: bool = False
    is_synthetic: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def points_rgb_or_grey(self) -> NDArray[np.uint8]:
        """(N, 3) colours of the points, grey where the capture states none."""
        if len(self.points_rgb) == len(self.points):
            return self.points_rgb
        return np.full(self.points.shape, 128, np.uint8)

    @property
    def needs_poses(self) -> bool:
        """Whether its cameras must be found before anything can be trained."""
        return not self.frames or any(frame.pose is None or frame.lens is None for frame in self.frames)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a capture's pictures are read.

    Args:
        n_frames: So many frames, equally spaced; all where the capture has fewer.
        downscale: The pictures' sides are divided by this, by averaging.
        crop_left: Percent of the width to cut off, before scaling.
        crop_right: Percent.
        circle: The laparoscope's circle in pixels of the pictures as they are stored; to be found; or none.
        tool_masks: A folder of pictures named as the frames, white where an instrument is.
    """

    n_frames: int = 100_000
    downscale: int = 1
    crop_left: float = 0.0
    crop_right: float = 0.0
    circle: Circle | Literal["auto"] | None = None
    tool_masks: Path | None = None


WHOLE = Reading()
"""All frames as they are."""
