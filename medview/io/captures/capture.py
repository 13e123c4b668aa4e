"""The door for captures: content decides which reader takes a folder or a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medview.core.capture import Capture
from medview.io.byte_source import refused
from medview.io.captures import colmap, llff, plain, sinus, transforms

ACCEPTED = (
    "medview opens folders with transforms.json, poses_bounds.npy, a COLMAP model, motion.yaml with its "
    "lists, or plain frames, and films."
)


_READERS: tuple[tuple[Callable[[Path], Path | None], Callable[[Path, Path], Capture]], ...] = (
    (transforms.sniff, lambda found, _: transforms.read(found)),
    (llff.sniff, lambda found, _: llff.read(found)),
    (sinus.sniff, lambda found, _: sinus.read(found)),
    (colmap.sniff, colmap.read),
    (plain.sniff, plain.read),
)


def read_capture(path: Path) -> Capture:
    """List the frames of a capture with what is known of their cameras; no picture is decoded.

    Args:
        path: A folder, the file in it that states the poses, or a film.

    Raises:
        InputRefused: One sentence that says what is missing or wrong, with the file and, in text, the line.
    """
    path = Path(path)
    if not path.exists():
        raise refused(path, "there is no such file or folder")
    for sniff, read in _READERS:
        found = sniff(path)
        if found is not None:
            return read(found, path)
    raise refused(path, "it holds neither poses nor pictures nor a film", ACCEPTED)


def holds_frames(path: Path) -> bool:
    """Whether a folder holds pictures, whatever else it holds."""
    return path.is_dir() and plain.sniff(path) is not None


def is_posed_capture(path: Path) -> bool:
    """Whether a folder or file looks like a capture with poses."""
    return any(sniff(path) is not None for sniff, _ in _READERS[:-1])
