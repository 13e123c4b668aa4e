"""Posed views of a capture as a training gets them: chosen frames, cut, scaled and masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.capture import Capture, CaptureFrame, Reading
from medview.core.circle import Circle
from medview.core.errors import InputRefused
from medview.core.params import validate
from medview.core.posed_views import PosedViews
from medview.io.captures.capture import read_capture
from medview.io.captures.circle import FRAMES_LOOKED_AT, find_circle
from medview.io.captures.frames import equidistant
from medview.io.captures.pictures import size_of
from medview.io.captures.views import load_views
from medview.io.watch import Watch
from medview.session.fields.pictures import small_picture
from medview.session.fields.reading import AUTO, GIVEN, READING, fitting_downscale

Tell = Callable[[float, str], None]


def read_views(path: Path, reading: Mapping[str, Any], tell: Tell) -> PosedViews:
    """Read what is learned from.

    Args:
        path: The capture.
        reading: Values of `medview.session.fields.reading.READING`; those left out have their
            defaults, and the scale one that fits the pictures. A circle that was drawn is ``{"cx", "cy",
            "radius"}`` in pixels of the stored pictures; ``exclude`` names frames that are left out.
        tell: Told how much is done and what; may raise `Cancelled`.

    Raises:
        InputRefused: The capture or one of its pictures cannot be read, or nothing is left to learn from.
    """
    capture = usable(read_capture(path), frozenset(reading.get("exclude", ())))
    return load_views(capture, reading_of(reading, capture.frames), Watch(progress=tell))


def usable(capture: Capture, excluded: frozenset[str]) -> Capture:
    """The capture without frames that are left out, and without those whose camera is not known.

    Raises:
        InputRefused: No frame is left.
    """
    if capture.video is not None:
        raise InputRefused(
            f"Cannot train on {capture.video.name}",
            "it is a video whose frames have not been taken out",
            "Take out its frames and find their poses first.",
        )
    kept = [frame for frame in capture.frames if frame.name not in excluded]
    posed = tuple(frame for frame in kept if frame.pose is not None and frame.lens is not None)
    if not posed:
        name = capture.folder.name
        detail = "the cameras of its frames are not known" if kept else "all of its frames are left out"
        raise InputRefused(f"Cannot train on {name}", detail, "Find their poses first." if kept else "")
    return replace(capture, frames=posed)


def reading_of(reading: Mapping[str, Any], frames: tuple[CaptureFrame, ...]) -> Reading:
    """The reader's own words."""
    drawn = reading.get("circle", AUTO)
    is_drawn = isinstance(drawn, Mapping)
    told = {name: value for name, value in reading.items() if name != "exclude"}
    values = validate(READING, {**told, "circle": GIVEN if is_drawn else drawn})
    share = 1 - float(str(values["radius_percent"])) / 100
    circle: Any = Circle(**drawn).shrunk(share) if is_drawn else values["circle"]
    if circle == AUTO and share:
        found = circle_in(frame.image for frame in frames)
        circle = found.shrunk(share) if found is not None else None
    masks = str(values["tool_masks"])
    return Reading(
        n_frames=int(str(values["n_frames"])),
        downscale=int(reading.get("downscale") or fitting_downscale(size_of(frames[0].image)[0])),
        crop_left=float(str(values["crop_left"])),
        crop_right=float(str(values["crop_right"])),
        circle=circle if circle == AUTO or isinstance(circle, Circle) else None,
        tool_masks=Path(masks) if masks and Path(masks).is_dir() else None,
    )


def circle_in(images: Iterable[Path]) -> Circle | None:
    """The laparoscope's circle in pixels of the stored pictures, found on small copies of some of them."""
    paths = list(images)
    chosen = [small_picture(paths[n]) for n in equidistant(len(paths), FRAMES_LOOKED_AT)] if paths else []
    shapes = {found.picture.shape for found in chosen}
    circle = find_circle(found.picture for found in chosen) if len(shapes) == 1 else None
    return circle.scaled(chosen[0].size[0] / chosen[0].picture.shape[1]) if circle is not None else None
