"""Frames without poses: a folder of pictures, or a film. Their cameras have yet to be found."""

from __future__ import annotations

from pathlib import Path

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.io.captures.places import PICTURE_ENDINGS, natural
from medview.io.captures.poses import unique_names
from medview.io.video import is_video, probe

_FOLDERS = (".", "images", "frames", "rgb", "input")


def sniff(path: Path) -> Path | None:
    """The folder that holds pictures, or the film."""
    if path.is_file():
        return path if is_video(path) else None
    places = (path / name for name in _FOLDERS)
    return next((place for place in places if place.is_dir() and _pictures(place)), None)


def read(found: Path, capture: Path) -> Capture:
    """List the frames of a folder by name, or note the film.

    Raises:
        InputRefused: The film cannot be decoded.
    """
    if found.is_file():
        probe(found)
        return Capture(folder=capture.parent, kind=CaptureKind.FRAMES, video=found)
    images = sorted(_pictures(found), key=lambda image: natural(image.name))
    names = unique_names(images, found)
    frames = tuple(CaptureFrame(name=name, image=image) for name, image in zip(names, images, strict=True))
    return Capture(folder=capture, kind=CaptureKind.FRAMES, frames=frames)


def _pictures(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_ENDINGS and path.is_file() and not path.name.startswith(".")
    ]
