"""The program's own table, which also lies beside every saved mask; and the label lists of nnU-Net."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from medview.core.codes import SNOMED, Code, Terminology
from medview.core.labels import MOST_LABELS, Colour, LabelEntry, default_entry
from medview.io.label_makers import makers_rows, origin_of
from medview.io.label_tables.lines import BadTable, TableFormat, checked, shown, tidied

FORMAT = TableFormat(title="medview label table")


def sniff(text: str) -> bool:
    """Whether the text begins as JSON does."""
    return text.lstrip()[:1] in ("{", "[")


def read(text: str) -> tuple[LabelEntry, ...]:
    """The entries of a table.

    Raises:
        BadTable: What is wrong with it.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadTable("it is no whole JSON text") from None
    labels = found.get("labels") if isinstance(found, dict) else found
    if isinstance(labels, dict):
        labels = _listed(labels)
    if not isinstance(labels, list):
        raise BadTable("it has no list “labels”")
    return checked([(number, entry_of(row)) for number, row in enumerate(labels, start=1)])


def write(entries: Sequence[LabelEntry]) -> str:
    """The text of a table."""
    rows = [row_of(kept(entry)) for entry in entries]
    return json.dumps({"labels": rows}, indent=1, ensure_ascii=False) + "\n"


def kept(entry: LabelEntry) -> LabelEntry:
    """What of an entry comes back: all of it, names and notes on one line."""
    return tidied(entry)


def entry_of(row: Any) -> LabelEntry:
    """One label as JSON has it.

    Raises:
        BadTable: What is wrong with it.
    """
    if not isinstance(row, Mapping):
        raise BadTable(f"a label is {shown(str(row))} where value and name are needed")
    value = row.get("value")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_LABELS:
        raise BadTable(f"a label has {shown(str(value))} where a number up to {MOST_LABELS} is needed")
    return tidied(
        LabelEntry(
            value=value,
            name=str(row.get("name") or ""),
            colour=_colour(row.get("colour")) or default_entry(max(value, 1)).colour,
            terms=_terms(row),
            locked=row.get("locked") is True,
            visible=row.get("visible", True) is not False,
            note=str(row.get("note") or ""),
            origin=origin_of(row.get("made_by")),
            is_reviewed=row.get("reviewed") is True,
        )
    )


def _listed(labels: Mapping[str, Any]) -> list[dict[str, Any]]:
    """nnU-Net's two ways, ``{"liver": 1}`` and ``{"1": "liver"}``, as a list."""
    return [
        {"value": int(name), "name": value} if name.isdigit() else {"value": value, "name": name}
        for name, value in labels.items()
    ]


def row_of(entry: LabelEntry) -> dict[str, Any]:
    """One label as JSON has it: what `entry_of` reads."""
    row: dict[str, Any] = {"value": entry.value, "name": entry.name, "colour": list(entry.colour)}
    for field in fields(Terminology):
        code: Code | None = getattr(entry.terms, field.name)
        if code is not None:
            row[field.name] = {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}
    row |= {"locked": entry.locked, "visible": entry.visible, "note": entry.note}
    if entry.origin:
        row["made_by"] = makers_rows(entry.origin)
    return row | ({"reviewed": True} if entry.is_reviewed else {})


def _terms(row: Mapping[str, Any]) -> Terminology:
    found = {field.name: _code(row.get(field.name)) for field in fields(Terminology)}
    # tables of earlier versions have the type alone, as a text
    return Terminology(**found) if any(found.values()) else Terminology.of_type(str(row.get("code") or ""))


def _code(found: Any) -> Code | None:
    if not isinstance(found, Mapping) or not found.get("value"):
        return None
    return Code(str(found["value"]), str(found.get("scheme") or SNOMED), str(found.get("meaning") or ""))


def _colour(found: Any) -> Colour | None:
    if not isinstance(found, list | tuple) or len(found) != 3:
        return None
    if not all(isinstance(part, int) for part in found):
        return None
    red, green, blue = (min(max(int(part), 0), 255) for part in found)
    return red, green, blue
