"""Lenient looks into a data set: a broken value is a missing value, never an exception."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from medview.io.dicom.gate import BROKEN

if TYPE_CHECKING:
    from pydicom import Dataset


def value(data_set: Dataset | None, key: str | int) -> Any:
    """The value of an element, or None where it is absent, empty or unreadable."""
    if data_set is None:
        return None
    try:
        found = data_set.get(key)
        found = getattr(found, "value", found) if isinstance(key, int) else found
    except BROKEN:
        return None
    return None if found is None or found == "" or found == b"" else found


def text(data_set: Dataset | None, key: str | int) -> str:
    """The value as trimmed text, several values joined by a backslash; empty where absent."""
    found = value(data_set, key)
    if found is None:
        return ""
    if isinstance(found, bytes):
        found = found.decode("latin-1")
    if not isinstance(found, str) and hasattr(found, "__iter__"):
        found = "\\".join(str(part) for part in found)
    return str(found).replace("\0", "").strip()


def numbers(data_set: Dataset | None, key: str | int, count: int = 0) -> tuple[float, ...] | None:
    """The finite numbers of an element; None where one is broken, or where there are not `count` of them."""
    found = value(data_set, key)
    if found is None:
        return None
    parts = found if hasattr(found, "__iter__") and not isinstance(found, (str, bytes)) else [found]
    try:
        result = tuple(float(part) for part in parts)
    except BROKEN:
        return None
    if not result or not all(math.isfinite(number) for number in result):
        return None
    return result if count in (0, len(result)) else None


def number(data_set: Dataset | None, key: str | int) -> float | None:
    """The first number of an element, or None."""
    found = numbers(data_set, key)
    return found[0] if found else None


def positive(data_set: Dataset | None, key: str | int) -> float | None:
    """The first number of an element where it is above zero, or None."""
    found = number(data_set, key)
    return found if found is not None and found > 0 else None


def items(data_set: Dataset | None, keyword: str) -> list[Dataset]:
    """The items of a sequence; empty where it is absent or broken."""
    from pydicom.dataset import Dataset as PydicomDataset

    found = value(data_set, keyword)
    if found is None or isinstance(found, (str, bytes)):
        return []
    try:
        return [item for item in found if isinstance(item, PydicomDataset)]
    except BROKEN:
        return []


def item(data_set: Dataset | None, keyword: str) -> Dataset | None:
    """The first item of a sequence, or None."""
    found = items(data_set, keyword)
    return found[0] if found else None


def seconds_of_day(data_set: Dataset | None, keyword: str) -> float | None:
    """A TM or DT value as seconds (dates count whole days of 31 per month: only for ordering)."""
    raw = text(data_set, keyword).split("+")[0].split("-")[0].replace(":", "")
    whole, _, fraction = raw.partition(".")
    if not whole.isdigit():
        return None
    days = 0
    if len(whole) >= 8:
        days = (int(whole[:4]) * 12 + int(whole[4:6])) * 31 + int(whole[6:8])
        whole = whole[8:]
    whole = whole.ljust(6, "0")
    clock = int(whole[:2]) * 3600 + int(whole[2:4]) * 60 + int(whole[4:6])
    return days * 86400 + clock + float(f"0.{fraction}" if fraction.isdigit() else 0)
