"""From a capture to the views that a field is trained from: cropped, scaled, masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import WHOLE, Capture, CaptureFrame, Reading
from medview.core.circle import Circle
from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.io.byte_source import refuse_beyond_memory, refused
from medview.io.captures.circle import FRAMES_LOOKED_AT, find_circle
from medview.io.captures.frames import cropped_columns, equidistant
from medview.io.captures.pictures import Mask, read_colours, read_depth, read_mask, size_of
from medview.io.captures.surface import coloured, seen_surface
from medview.io.captures.tool_masks import mask_of
from medview.io.watch import QUIET, Watch

_SAME_SHAPE = 0.01
_WHOLLY = 254
"""Of 255, that a scaled mask must reach: one bad pixel among those averaged spoils the result."""


def load_views(capture: Capture, reading: Reading = WHOLE, watch: Watch = QUIET) -> PosedViews:
    """Read the pictures of a capture.

    Pictures are averaged down while they are read, so that only the small ones stay in memory. A pixel may
    be learned from where every picture element that was averaged into it may be: opaque, inside the circle,
    inside the capture's mask, no instrument. Depth is not averaged: surfaces do not mix.

    Args:
        capture: With poses.
        reading: Which frames, how large, and what is cut off.
        watch: Told of every picture.

    Raises:
        InputRefused: The cameras are not known, a picture cannot be decoded or has another size than the
            others, nothing is left to learn from, or memory does not suffice.
        Cancelled: From the watch.
    """
    if capture.needs_poses:
        raise refused(capture.video or capture.folder, "the poses of its cameras are not known",
                      "Find them first (COLMAP).")  # fmt: skip
    frames = [capture.frames[n] for n in equidistant(len(capture.frames), reading.n_frames)]
    cut = _Cut.of(frames[0], reading)
    has_depth = all(frame.depth is not None and frame.depth.is_file() for frame in frames)
    views = _read(capture, frames, cut, has_depth, _tool_masks(reading.tool_masks, frames), watch)
    views = _within(_covered(views), _circle(views, cut, reading))
    if not views.valid.any():
        raise refused(capture.folder, "its masks leave no pixel to learn from")
    return views if len(views.points_rgb) == len(views.points) else coloured(views)


@dataclass(frozen=True)
class _Cut:
    """What becomes of each picture: columns of it, at a smaller size."""

    width: int
    height: int
    columns: slice
    small: tuple[int, int]

    @classmethod
    def of(cls, frame: CaptureFrame, reading: Reading) -> _Cut:
        width, height = _seen_size(frame)
        columns = cropped_columns(width, reading.crop_left, reading.crop_right)
        kept = columns.stop - columns.start
        small = (max(1, round(kept / reading.downscale)), max(1, round(height / reading.downscale)))
        return cls(width, height, columns, small)

    def scaled(self, picture: NDArray[Any], how: int) -> NDArray[Any]:
        from medview.io.video import quiet_cv2

        part = np.ascontiguousarray(picture[:, self.columns])
        if part.shape[1::-1] == self.small:
            return part
        return np.asarray(quiet_cv2().resize(part, self.small, interpolation=how))

    def scaled_mask(self, good: Mask) -> Mask:
        from medview.io.video import quiet_cv2

        return self.scaled(good.astype(np.uint8) * 255, quiet_cv2().INTER_AREA) > _WHOLLY

    def lens(self, stated: Lens) -> Lens:
        whole = stated.resized(self.width, self.height)
        first, last = self.columns.start, self.columns.stop
        return whole.cropped(first, 0, last - first, self.height).resized(*self.small)

    def circle(self, stated: Circle) -> Circle:
        factor = self.small[1] / self.height
        return stated.shifted(-self.columns.start, 0).scaled(factor)


def _read(
    capture: Capture,
    frames: Sequence[CaptureFrame],
    cut: _Cut,
    has_depth: bool,
    tools: Sequence[Path | None],
    watch: Watch,
) -> PosedViews:
    width, height = cut.small
    count = len(frames)
    per_pixel = 4 + (4 if has_depth else 0)
    refuse_beyond_memory(capture.folder, count * width * height * per_pixel + 16 * cut.width * cut.height)
    images = np.zeros((count, height, width, 3), np.uint8)
    valid = np.empty((count, height, width), np.bool_)
    common = _common_mask(capture.common_mask, cut)
    depths = np.zeros((count, height, width), np.float32) if has_depth else None
    for n, (frame, tool) in enumerate(zip(frames, tools, strict=True)):
        watch.at(n / count, f"reading picture {n + 1} of {count}")
        images[n], valid[n] = _picture(capture, frame, tool, cut)
        valid[n] &= common
        if depths is not None:
            depths[n] = _depth(frame, capture.depth_unit, cut)
    views = PosedViews(
        names=tuple(frame.name for frame in frames),
        images=images,
        valid=valid,
        lenses=tuple(cut.lens(_lens(frame)) for frame in frames),
        poses=np.stack([_pose(frame) for frame in frames]),
        times=np.array([frame.time for frame in frames]),
        depths=depths,
        points=capture.points,
        points_rgb=capture.points_rgb,
        bounds=capture.bounds,
        is_metric=capture.is_metric,
        is_synthetic=capture.is_synthetic,
    )
    return views if len(capture.points) or depths is None else seen_surface(views)


def _common_mask(path: Path | None, cut: _Cut) -> Mask:
    """What all frames see (h, w)."""
    if path is None or not path.is_file():
        return np.ones(cut.small[::-1], np.bool_)
    return cut.scaled_mask(_fitted(read_mask(path), cut, path))


def _picture(
    capture: Capture, frame: CaptureFrame, tool: Path | None, cut: _Cut
) -> tuple[NDArray[np.uint8], Mask]:
    """Colours (h, w, 3) and what may be learned from (h, w), cut and scaled."""
    from medview.io.video import quiet_cv2

    area = quiet_cv2().INTER_AREA
    colours, valid = read_colours(frame.image, is_upright=_is_turned(frame))
    if colours.shape[:2] != (cut.height, cut.width):
        height, width = colours.shape[:2]
        detail = f"it has {width} x {height} pixels, and the first picture has {cut.width} x {cut.height}"
        raise refused(frame.image, detail, "Leave it out, or give all pictures one size.")
    good = np.ones((cut.height, cut.width), np.bool_) if valid is None else valid
    for path, marks_tools in ((frame.mask, capture.mask_marks_tools), (tool, True)):
        if path is not None and path.is_file():
            good &= _fitted(read_mask(path), cut, path) != marks_tools
    return cut.scaled(colours, area).astype(np.uint8), cut.scaled_mask(good)


def _depth(frame: CaptureFrame, unit: float, cut: _Cut) -> NDArray[np.float32]:
    from medview.io.video import quiet_cv2

    assert frame.depth is not None
    depth = _fitted(read_depth(frame.depth, unit), cut, frame.depth)
    return cut.scaled(depth, quiet_cv2().INTER_NEAREST_EXACT).astype(np.float32)


def _fitted(picture: NDArray[Any], cut: _Cut, path: Path) -> NDArray[Any]:
    """A mask or a depth at the size of the pictures; it may be stored smaller or larger."""
    from medview.io.video import quiet_cv2

    cv2 = quiet_cv2()
    height, width = picture.shape
    if (height, width) == (cut.height, cut.width):
        return picture
    if abs(width / height * cut.height / cut.width - 1) > _SAME_SHAPE:
        detail = f"it has {width} x {height} pixels, and the pictures have {cut.width} x {cut.height}"
        raise refused(path, detail, "Write it at the size of its picture.")
    kind = picture.astype(np.uint8) if picture.dtype == np.bool_ else picture
    fitted = cv2.resize(kind, (cut.width, cut.height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(fitted).astype(picture.dtype)


def _circle(views: PosedViews, cut: _Cut, reading: Reading) -> Circle | None:
    """The circle in pixels of the views."""
    if reading.circle == "auto":
        looked_at = equidistant(len(views), FRAMES_LOOKED_AT)
        return find_circle(views.images[n] for n in looked_at)
    return None if reading.circle is None else cut.circle(reading.circle)


def _covered(views: PosedViews) -> PosedViews:
    """Without the corners that no line of sight of a strongly distorted lens reaches."""
    covered = {lens: lens.covered() for lens in set(views.lenses)}
    for n, lens in enumerate(views.lenses):
        views.valid[n] &= covered[lens]
    return views


def _within(views: PosedViews, circle: Circle | None) -> PosedViews:
    if circle is None:
        return views
    height, width = views.images.shape[1:3]
    return replace(views, valid=views.valid & circle.mask(height, width))


def _tool_masks(folder: Path | None, frames: Sequence[CaptureFrame]) -> list[Path | None]:
    """The mask of each frame; frames without one show no instrument."""
    if folder is None:
        return [None] * len(frames)
    if not folder.is_dir():
        raise refused(folder, "there is no such folder of instrument masks")
    found = [mask_of(folder, frame.image.name) for frame in frames]
    if not any(found):
        raise refused(folder, "no mask in it has the name of a frame",
                      f"Name them as the frames, such as {frames[0].image.stem}.png.")  # fmt: skip
    return found


def _seen_size(frame: CaptureFrame) -> tuple[int, int]:
    """Width and height of the picture that the lens was found on."""
    width, height = size_of(frame.image)
    if _is_turned(frame):
        width, height = height, width
    lens = _lens(frame)
    if abs(width / height * lens.height / lens.width - 1) > _SAME_SHAPE:
        detail = f"it has {width} x {height} pixels, and its lens was found for {lens.width} x {lens.height}"
        raise refused(frame.image, detail, "Use the pictures that the poses were found from.")
    return width, height


def _is_turned(frame: CaptureFrame) -> bool:
    """Whether the lens is of the picture as EXIF turns it, by a quarter turn."""
    lens, (width, height) = _lens(frame), size_of(frame.image)
    return width != height and (lens.width, lens.height) == (height, width)


def _lens(frame: CaptureFrame) -> Lens:
    assert frame.lens is not None
    return frame.lens


def _pose(frame: CaptureFrame) -> NDArray[np.float64]:
    assert frame.pose is not None
    return frame.pose
