"""ITK-SNAP label descriptions: a line has number, colour, opacity, two visibilities, a quoted name."""

from __future__ import annotations

import re
from collections.abc import Sequence

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

FORMAT = TableFormat(title="ITK-SNAP label descriptions", loses="codes, locks and notes")

_LINE = re.compile(r'(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+"(.*)"$')
_HEAD = """################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
# Fields:
#    IDX:   Zero-based index
#    -R-:   Red color component (0..255)
#    -G-:   Green color component (0..255)
#    -B-:   Blue color component (0..255)
#    -A-:   Label transparency (0.00 .. 1.00)
#    VIS:   Label visibility (0 or 1)
#    MSH:   Label mesh visibility (0 or 1)
#  LABEL:   Label description
################################################
"""


def sniff(text: str) -> bool:
    """Whether the comments or the first line say so."""
    if "itk-snap label description" in comments(text):
        return True
    first = next(filled_lines(text), None)
    return first is not None and _LINE.match(first[1]) is not None


def read(text: str) -> tuple[LabelEntry, ...]:
    """The entries of a file.

    Raises:
        BadTable: What is wrong with it.
    """
    return checked([(number, _entry(number, line)) for number, line in filled_lines(text)])


def write(entries: Sequence[LabelEntry]) -> str:
    """The text of a file, the background first as ITK-SNAP wants it."""
    lines = ['    0     0    0    0        0  0  0    "Clear Label"']
    for entry in entries:
        red, green, blue = entry.colour
        seen = int(entry.visible)
        name = kept(entry).name
        lines.append(
            f'{entry.value:5d}   {red:3d}  {green:3d}  {blue:3d}        1  {seen}  {seen}    "{name}"'
        )
    return _HEAD + "\n".join(lines) + "\n"


def kept(entry: LabelEntry) -> LabelEntry:
    """What of an entry comes back: quotation marks become single ones."""
    name = tidied(entry).name.replace('"', "'")
    return LabelEntry(value=entry.value, name=name, colour=entry.colour, visible=entry.visible)


def _entry(number: int, line: str) -> LabelEntry:
    found = _LINE.match(line)
    if found is None:
        raise BadTable(f"line {number} is not seven numbers and a quoted name but {shown(line)}")
    value = label_number(found[1], number)
    return LabelEntry(
        value=value,
        name=name_of(found[8], number, value),
        colour=colour_of((found[2], found[3], found[4]), number),
        visible=found[6] != "0",
    )
