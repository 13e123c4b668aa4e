"""What all formats of label tables share: lines with their numbers, plain fields, the rules for a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from medview.core.codes import SNOMED, Code, Terminology
from medview.core.labels import MOST_LABELS, Colour, LabelEntry

LONGEST_NAME = 200


class BadTable(Exception):
    """What is wrong with a table, as part of a sentence: ``"line 3 has no name"``."""


@dataclass(frozen=True, kw_only=True)
class TableFormat:
    """One format: what it is called, and which parts of an entry it keeps.

    Args:
        title: Such as ``"ITK-SNAP label descriptions"``.
        loses: What is not kept, as people call it; empty where everything is.
    """

    title: str
    loses: str = ""


def filled_lines(text: str, comment: str = "#") -> Iterator[tuple[int, str]]:
    """Lines that hold something and are no comments, with their numbers from 1."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith(comment):
            yield number, line.strip()


def comments(text: str) -> str:
    """The comments of a file, in lower case."""
    return "\n".join(line for line in text.splitlines() if line.lstrip().startswith("#")).lower()


def whole(word: str, number: int, what: str) -> int:
    """A whole number; files of statistics programs write ``3.0``."""
    try:
        value = float(word)
    except ValueError:
        raise BadTable(f"line {number} has {shown(word)} where {what} is needed") from None
    if value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise BadTable(f"line {number} has {shown(word)} where {what} is needed")
    return int(value)


def colour_of(words: Sequence[str], number: int) -> Colour:
    """Red, green, blue, each from 0 to 255."""
    red, green, blue = (whole(word, number, "a colour from 0 to 255") for word in words)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise BadTable(f"line {number} has a colour that is not from 0 to 255")
    return red, green, blue


def label_number(word: str, number: int) -> int:
    """The number of a label; 0 is the background."""
    value = whole(word, number, "a label's number")
    if not 0 <= value <= MOST_LABELS:
        raise BadTable(f"line {number} has label {value}, and labels go from 0 to {MOST_LABELS}")
    return value


def name_of(words: str, number: int, value: int) -> str:
    """A name of one line; a label without one is called by its number."""
    if len(words) > LONGEST_NAME:
        raise BadTable(f"line {number} has a name of more than {LONGEST_NAME} letters")
    return one_line(words) or f"Label {value}"


def one_line(text: str) -> str:
    """A name as every format can keep it: one line, single spaces, at most 200 letters."""
    return " ".join(text.split())[:LONGEST_NAME].rstrip()


def tidied(entry: LabelEntry) -> LabelEntry:
    """An entry as a table can hold it: all texts on one line, a name at all, no code without a value."""
    name = one_line(entry.name) or f"Label {entry.value}"
    terms = {field.name: _tidy_code(getattr(entry.terms, field.name)) for field in fields(Terminology)}
    return replace(entry, name=name, terms=Terminology(**terms), note=" ".join(entry.note.split()))


def _tidy_code(code: Code | None) -> Code | None:
    if code is None:
        return None
    value, scheme, meaning = (" ".join(word.split()) for word in (code.value, code.scheme, code.meaning))
    return Code(value, scheme or SNOMED, meaning) if value else None


def checked(rows: Sequence[tuple[int, LabelEntry]]) -> tuple[LabelEntry, ...]:
    """The entries of all lines, background left out.

    Raises:
        BadTable: There is none, or one number is there twice.
    """
    seen: dict[int, int] = {}
    for number, entry in rows:
        if entry.value in seen:
            raise BadTable(f"label {entry.value} is in line {seen[entry.value]} and in line {number}")
        seen[entry.value] = number
    found = tuple(entry for _, entry in rows if entry.value)
    if not found:
        raise BadTable("it names no label")
    return found


def shown(word: str) -> str:
    """A word of a stranger's file within a sentence."""
    return f"“{word[:30]}”" if word else "nothing"
