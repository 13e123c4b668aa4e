"""Writing the plain part of TOML that model cards use: the standard library can only read it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(table: Mapping[str, object]) -> str:
    """Turn a table into TOML that `tomllib` reads back to equal values.

    Args:
        table: Text, numbers, yes/no, lists and tables of these. Tables become ``[sections]``,
            lists of tables ``[[sections]]``; deeper tables are written inline.

    Raises:
        TypeError: A value has no form in TOML, such as None.
    """
    simple = {key: value for key, value in table.items() if not _is_section(value)}
    sections = {key: value for key, value in table.items() if _is_section(value)}
    blocks = [_lines(simple)]
    for key, value in sections.items():
        rows, head = ([value], "[{}]") if isinstance(value, Mapping) else (value, "[[{}]]")
        blocks += [f"{head.format(_key(key))}\n{_lines(row)}" for row in rows]  # type: ignore[attr-defined]
    return "\n".join(block for block in blocks if block)


def _is_section(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return is_list and len(value) > 0 and all(isinstance(row, Mapping) for row in value)  # type: ignore[attr-defined, arg-type]


def _lines(table: Mapping[str, object]) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # JSON's escapes are TOML's too, but for DEL, which JSON leaves bare and TOML forbids
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no form in TOML")


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(float(value))
