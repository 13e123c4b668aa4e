"""Paths that a capture's files state: they may not lead out of its folder, and what they name has limits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from medview.core.errors import InputRefused
from medview.io.byte_source import in_words, open_plain, refused

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
MOST_FRAMES = 100_000
_MOST_TEXT_BYTES = 256 * 2**20


def inside(folder: Path, stated: str, source: Path) -> Path:
    """The file within a folder that another file names.

    Args:
        folder: Nothing outside it may be named; links within it that lead out count as outside.
        stated: Relative to the folder, or absolute but within it. Either kind of slash.
        source: The file that names it, for the refusal.

    Raises:
        InputRefused: The name leads out of the folder.
    """
    text = str(stated)
    drive = PureWindowsPath(text).drive
    relative = text if Path(text).is_absolute() else text.replace("\\", "/")
    home = folder.resolve()
    if drive or "\0" in text or not (home / relative).resolve().is_relative_to(home):
        raise refused(source, f"it names {text[:80]!r}, which lies outside its folder",
                      "Move the file into the folder and name it there.")  # fmt: skip
    return folder / Path(relative).relative_to(folder) if Path(text).is_absolute() else folder / relative


def with_ending(path: Path) -> Path | None:
    """The existing picture of this name; where the name has no ending, with the first that exists."""
    if path.is_file():
        return path
    found = (path.with_name(path.name + ending) for ending in PICTURE_ENDINGS)
    return next((candidate for candidate in found if candidate.is_file()), None)


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The pictures of a folder by name; numbers within names count as numbers.

    Raises:
        InputRefused: There are more than any capture has.
    """
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS and path.is_file()]
    if len(found) > MOST_FRAMES:
        raise refused(folder, f"it holds {len(found)} pictures, and at most {MOST_FRAMES} are taken")
    return tuple(sorted(found, key=lambda path: natural(path.name)))


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sorts ``frame9`` before ``frame10``."""
    parts: list[tuple[int, str]] = []
    word = ""
    for letter in name:
        if word and letter.isdecimal() != word[-1].isdecimal():
            parts.append(_sortable(word))
            word = ""
        word += letter
    return (*parts, _sortable(word))


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


def missing(path: Path, parts: Iterable[str], hint: str = "") -> InputRefused:
    """The refusal of a capture that lacks files."""
    return refused(path, f"it lacks {' and '.join(parts)}", hint)


def _sortable(word: str) -> tuple[int, str]:
    return (int(word), "") if word.isdecimal() and word.isascii() else (-1, word)
