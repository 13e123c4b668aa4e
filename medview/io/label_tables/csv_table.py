"""Tables with columns: 3D Slicer's terminologies, BIDS look-up tables, and any with a number and a name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from medview.core.codes import Code, Terminology
from medview.core.labels import Colour, LabelEntry, default_entry
from medview.io.label_tables.lines import (
    BadTable,
    TableFormat,
    checked,
    colour_of,
    filled_lines,
    label_number,
    name_of,
    shown,
    tidied,
)

FORMAT = TableFormat(title="CSV table")

Row = Mapping[str, str]

#: Slicer's prefixes of three columns each, and the fields that they stand for.
_CODES = {
    "Category": "category",
    "Type": "type",
    "TypeModifier": "type_modifier",
    "Region": "region",
    "RegionModifier": "region_modifier",
}
_PARTS = ("CodingScheme", "CodeValue", "CodeMeaning")
_COLUMNS = (
    "LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A",
    *(f"{prefix}_{part}" for prefix in _CODES for part in _PARTS),
    "Locked", "Visible", "Note",
)  # fmt: skip

# what others call a column, the most certain word first
_VALUE = ("labelvalue", "value", "index", "idx", "id", "labelid", "number", "label")
_NAME = ("name", "labelname", "structure", "description", "text", "label")
_CHANNELS = (("colorr", "r", "red"), ("colorg", "g", "green"), ("colorb", "b", "blue"))
_HEX = ("color", "colour", "hex")
_CODE = ("code", "snomed", "snomedcode", "sctcode")
_NOTE = ("note", "notes", "comment")
_NO = ("0", "false", "no", "off")
_DELIMITERS = ",;\t"


def sniff(text: str) -> bool:
    """Whether the first line names columns, one of which can hold a label's number."""
    head = _head(text)
    return len(head) > 1 and _first(head, _VALUE) is not None


def read(text: str) -> tuple[LabelEntry, ...]:
    """The entries of a table.

    Raises:
        BadTable: What is wrong with it.
    """
    head = _head(text)
    value = _first(head, _VALUE)
    name = _first([word for word in head if word != value], _NAME)
    if value is None or name is None:
        raise BadTable("its first line names no column for the numbers and the names of labels")
    return checked([(number, _entry(number, row, value, name)) for number, row in _rows(text, head)])


def write(entries: Sequence[LabelEntry]) -> str:
    """The text of a table: 3D Slicer's columns, then lock, visibility and note."""
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\n")
    table.writerow(_COLUMNS)
    for entry in map(kept, entries):
        codes = (getattr(entry.terms, field) for field in _CODES.values())
        table.writerow(
            [
                entry.value,
                entry.name,
                *entry.colour,
                255,
                *(word for code in codes for word in _code_words(code)),
                int(entry.locked),
                int(entry.visible),
                entry.note,
            ]
        )
    return made.getvalue()


def kept(entry: LabelEntry) -> LabelEntry:
    """What of an entry comes back: all of it, names and notes on one line."""
    return tidied(entry)


def _delimiter(text: str) -> str:
    first = next((line for _, line in filled_lines(text)), "")
    return max(_DELIMITERS, key=first.count)


def _head(text: str) -> list[str]:
    first = next((line for _, line in filled_lines(text)), "")
    words = next(csv.reader([first], delimiter=_delimiter(text)), [])
    return [_plain(word) for word in words]


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _rows(text: str, head: Sequence[str]) -> Iterator[tuple[int, Row]]:
    table = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    is_first = True
    try:
        for words in table:
            if not any(word.strip() for word in words) or words[0].lstrip().startswith("#"):
                continue
            if not is_first:
                yield table.line_num, dict(zip(head, (word.strip() for word in words), strict=False))
            is_first = False
    except csv.Error as error:
        raise BadTable(f"line {table.line_num} is no line of a table ({error})") from None


def _first(head: Sequence[str], words: Sequence[str]) -> str | None:
    return next((word for word in words if word in head), None)


def _entry(number: int, row: Row, value_column: str, name_column: str) -> LabelEntry:
    value = label_number(row.get(value_column, ""), number)
    locked = _get(row, ("locked", "lock"))
    return LabelEntry(
        value=value,
        name=name_of(row.get(name_column, ""), number, value),
        colour=_colour(number, row) or default_entry(max(value, 1)).colour,
        terms=_terms(row),
        locked=bool(locked) and locked.lower() not in _NO,
        visible=_get(row, ("visible", "visibility")).lower() not in _NO,
        note=_get(row, _NOTE),
    )


def _get(row: Row, words: Sequence[str]) -> str:
    return next((row[word] for word in words if row.get(word)), "")


def _colour(number: int, row: Row) -> Colour | None:
    channels = [_get(row, words) for words in _CHANNELS]
    if all(channels):
        return colour_of(channels, number)
    text = _get(row, _HEX).removeprefix("#")
    if not text:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{6}", text):
        raise BadTable(f"line {number} has {shown(text)} where a colour such as #e62828 is needed")
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def _terms(row: Row) -> Terminology:
    found = {field: _code(row, prefix.lower()) for prefix, field in _CODES.items()}
    return Terminology(**found) if any(found.values()) else Terminology.of_type(_get(row, _CODE))


def _code(row: Row, prefix: str) -> Code | None:
    scheme, value, meaning = (row.get(f"{prefix}{part.lower()}", "") for part in _PARTS)
    return Code(value, scheme, meaning) if scheme and value else None


def _code_words(code: Code | None) -> tuple[str, str, str]:
    return ("", "", "") if code is None else (code.scheme, code.value, code.meaning)
