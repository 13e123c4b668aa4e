"""Paths that a capture's files state: they may not lead out of its folder, and what they name has limits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.io.byte_source import in_words, open_plain, refused

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
MOST_FRAMES = 100_000
FARTHEST = 1e9
"""No capture states a length beyond this in whatever unit it has: more is damage."""
_MOST_TEXT_BYTES = 256 * 2**20
_MOST_NUMBERS_BYTES = 512 * 2**20
_LONGEST_NAME = 255


def inside(folder: Path, stated: str, source: Path) -> Path:
    """The file within a folder that another file names.

    Args:
        folder: Nothing outside it may be named.
        stated: Relative to the folder, or absolute but within it. Either kind of slash.
        source: The file that names it, for the refusal.

    Raises:
        InputRefused: The name leads out of the folder, or no file can have it.
    """
    is_absolute = Path(stated).is_absolute()
    # folded as text: a link within the folder is its owner's own way of keeping pictures elsewhere
    home = Path(os.path.normpath(folder.absolute()))
    named = Path(os.path.normpath(home / (stated if is_absolute else stated.replace("\\", "/"))))
    is_foreign = "\0" in stated or bool(PureWindowsPath(stated).drive)
    if any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in named.parts):
        raise refused(source, f"it names {stated[:40]!r}…, a longer name than any file has")
    if is_foreign or not named.is_relative_to(home):
        raise refused(
            source,
            f"it names {stated[:80]!r}, which lies outside its folder",
            "Move the file into the folder and name it there.",
        )
    return named


def with_ending(path: Path) -> Path | None:
    """The existing picture of this name; where the name has no ending, with the first that exists."""
    if path.is_file():
        return path
    found = (path.with_name(path.name + ending) for ending in PICTURE_ENDINGS)
    return next((candidate for candidate in found if candidate.is_file()), None)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts ``frame9`` before ``frame10``."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts if part)


def text_of(path: Path) -> str:
    """A text file of a size that a real one can have.

    Raises:
        InputRefused: It is missing, far too large, or no text.
    """
    try:
        return bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise refused(path, "it is not a text file") from reason


def bytes_of(path: Path) -> bytes:
    """A whole file of a size that a real one can have.

    Raises:
        InputRefused: It is missing, or far too large.
    """
    with open_plain(path) as stream:
        content = stream.read(_MOST_TEXT_BYTES + 1)
    if len(content) > _MOST_TEXT_BYTES:
        raise refused(path, f"it is larger than {in_words(_MOST_TEXT_BYTES)}, more than any real one")
    return content


def first_bytes(path: Path, count: int) -> bytes:
    """So many bytes of a file, or all of a shorter one."""
    with open_plain(path) as stream:
        return stream.read(count)


def numbers_of(path: Path) -> NDArray[Any]:
    """The array of a ``.npy`` file; never anything that would run code.

    Raises:
        InputRefused: It is missing, far too large, cut off, or holds something else than numbers.
    """
    with open_plain(path) as stream:
        size = stream.seek(0, os.SEEK_END)
    if size > _MOST_NUMBERS_BYTES:
        raise refused(path, f"it is larger than {in_words(_MOST_NUMBERS_BYTES)}, more than any real one")
    try:
        # mapped, so that a header that declares more than the file holds takes no memory
        stored = np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError, SyntaxError, TokenError, OverflowError, TypeError) as reason:
        raise refused(path, "it is no NumPy array of numbers", "Copy it again from its source.") from reason
    if stored.dtype.kind not in "fiu":
        raise refused(path, "it is no NumPy array of numbers", "Copy it again from its source.")
    return stored


def missing(path: Path, parts: Iterable[str], hint: str = "") -> InputRefused:
    """The refusal of a capture that lacks files."""
    return refused(path, f"it lacks {' and '.join(parts)}", hint)
