"""3D Slicer colour tables (.ctbl): number, name, red, green, blue, opacity a line; FreeSurfer's are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from medview.core.labels import LabelEntry
from medview.io.label_tables.lines import (
    BadTable,
    TableFormat,
    checked,
    colour_of,
    comments,
    filled_lines,
    label_number,
    name_of,
    shown,
    tidied,
)

FORMAT = TableFormat(
    title="3D Slicer colour table", loses="codes, locks, notes, hidden labels and underscores in names"
)

_COLUMNS = 6
_HEAD, _SCALE = "# color table file", "# color procedural file"


def sniff(text: str) -> bool:
    """Whether the comments say so, or the first line has a number, a name and four numbers."""
    if _HEAD in comments(text) or _SCALE in comments(text):
        return True
    words = next((line.split() for _, line in filled_lines(text)), [])
    return len(words) == _COLUMNS and all(word.isdigit() for word in (words[0], *words[2:]))


def read(text: str) -> tuple[LabelEntry, ...]:
    """The entries of a file.

    Raises:
        BadTable: What is wrong with it.
    """
    said = comments(text)
    if _SCALE in said:
        raise BadTable("it is a continuous colour scale and names no label")
    has_spaces = _HEAD in said
    return checked([(number, _entry(number, line, has_spaces)) for number, line in filled_lines(text)])


def write(entries: Sequence[LabelEntry]) -> str:
    """The text of a file."""
    lines = ["# Color table file written by medview", f"# {len(entries) + 1} values", "0 Background 0 0 0 0"]
    for entry in entries:
        red, green, blue = entry.colour
        lines.append(f"{entry.value} {kept(entry).name.replace(' ', '_')} {red} {green} {blue} 255")
    return "\n".join(lines) + "\n"


def kept(entry: LabelEntry) -> LabelEntry:
    """What of an entry comes back: a name has no underscores, since they stand for spaces."""
    name = tidied(replace(entry, name=entry.name.replace("_", " "))).name
    return LabelEntry(value=entry.value, name=name, colour=entry.colour)


def _entry(number: int, line: str, has_spaces: bool) -> LabelEntry:
    words = line.split()
    if len(words) not in (_COLUMNS - 1, _COLUMNS):
        raise BadTable(f"line {number} is not a number, a name and a colour but {shown(line)}")
    value = label_number(words[0], number)
    name = words[1].replace("_", " ") if has_spaces else words[1]
    return LabelEntry(value=value, name=name_of(name, number, value), colour=colour_of(words[2:5], number))
