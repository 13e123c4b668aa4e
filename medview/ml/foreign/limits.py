"""Reading small text files of strangers: never more, never deeper than a model needs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from medview.core.errors import InputRefused

MOST_TEXT_BYTES = 16_000_000
MOST_CARD_BYTES = 1_000_000
MOST_DEPTH = 40
MOST_ITEMS = 500_000


def refused(folder: Path, detail: str, hint: str = "") -> InputRefused:
    """The refusal of a model folder, in the words that every reader here uses."""
    return InputRefused(f"Cannot use the model {folder.name}", detail.rstrip("."), hint)


def read_text(path: Path, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """Read a small text file.

    Raises:
        InputRefused: It is missing, is a link, is too large or is not UTF-8.
    """
    if path.is_symlink() or not path.is_file():
        raise refused(path.parent, f"{path.name} is missing or is a link")
    if path.stat().st_size > most_bytes:
        raise refused(path.parent, f"{path.name} is larger than {most_bytes / 1e6:g} MB")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise refused(path.parent, f"{path.name} cannot be read as text") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object as plain data.

    Raises:
        InputRefused: It is no JSON object, is nested too deeply, or holds too many values.
    """
    text = read_text(path)
    if _depth(text) > MOST_DEPTH:
        raise refused(path.parent, f"{path.name} is nested more than {MOST_DEPTH} deep")
    if text.count(",") > MOST_ITEMS:
        raise refused(path.parent, f"{path.name} holds more than {MOST_ITEMS} values")
    try:
        table = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as reason:
        raise refused(path.parent, f"{path.name} is not JSON ({reason})") from None
    if not isinstance(table, dict):
        raise refused(path.parent, f"{path.name} holds no table")
    return table


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML table as plain data.

    Raises:
        InputRefused: It is not TOML, or nested too deeply.
    """
    text = read_text(path, MOST_CARD_BYTES)
    if _depth(text) > MOST_DEPTH:
        raise refused(path.parent, f"{path.name} is nested more than {MOST_DEPTH} deep")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as reason:
        raise refused(path.parent, f"{path.name} is not TOML ({reason})") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _depth(text: str) -> int:
    """Deepest nesting of brackets, counted without building anything; brackets in words count too."""
    deepest = depth = 0
    for letter in text:
        if letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


class Fields:
    """A table of a stranger, asked for one typed value at a time.

    Args:
        table: As read.
        where: What it is called in a refusal, such as ``"plans.json"``.
        folder: The model's folder, named in a refusal.
    """

    def __init__(self, table: Mapping[str, Any], where: str, folder: Path) -> None:
        self.table = table
        self.where = where
        self.folder = folder

    def fail(self, detail: str) -> InputRefused:
        """The refusal of this table."""
        return refused(self.folder, f"{self.where}: {detail}")

    def inner(self, name: str) -> Fields:
        """A table in this one; empty where there is none."""
        value = self.table.get(name)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise self.fail(f"{name} is no table")
        return Fields(value, f"{self.where}, {name}", self.folder)

    def text(self, name: str, default: str = "") -> str:
        """A line of text of at most 10000 letters."""
        value = self.table.get(name, default)
        if not isinstance(value, str) or len(value) > 10_000:
            raise self.fail(f"{name} is no text")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        value = self.table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e30:
            raise self.fail(f"{name} is missing or no number")
        return float(value)

    def whole(self, name: str, default: int | None = None, least: int = 0, most: int = 100_000) -> int:
        """A whole number within limits."""
        value = self.table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fail(f"{name} is missing or no whole number from {least} to {most}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        value = self.table.get(name, default)
        if not isinstance(value, bool | int):
            raise self.fail(f"{name} is neither yes nor no")
        return bool(value)

    def numbers(self, name: str, count: int | None = None) -> tuple[float, ...]:
        """A list of finite numbers, of this length where one is given; a missing one is empty."""
        value = self.table.get(name, [])
        good = isinstance(value, list | tuple) and len(value) <= 64
        if not good or not all(_is_number(item) for item in value):
            raise self.fail(f"{name} is no list of numbers")
        if count is not None and len(value) != count:
            raise self.fail(f"{name} needs {count} numbers")
        return tuple(float(item) for item in value)

    def wholes(self, name: str, count: int | None = None) -> tuple[int, ...]:
        """A list of whole numbers from 0 to 65536."""
        numbers = self.numbers(name, count)
        if any(number != int(number) or not 0 <= number <= 65536 for number in numbers):
            raise self.fail(f"{name} is no list of whole numbers")
        return tuple(int(number) for number in numbers)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30
