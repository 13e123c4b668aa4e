"""Names and colours of labels: the side file that our writer leaves, and Caret's extension."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medview.core.labels import Colour, LabelEntry, default_entry
from medview.io.label_tables import json_table
from medview.io.label_tables.lines import BadTable
from medview.io.naming import stem_of

_CARET_LABEL = re.compile(rb"<Label\s([^>]{0,400})>\s*<!\[CDATA\[([^\]]{0,200})\]\]>")
_ATTRIBUTE = re.compile(rb'(\w{1,20})\s*=\s*"([^"]{0,40})"')
_MOST_BYTES = 8 << 20


def side_file_of(path: Path) -> Path:
    """Where the names of a label file lie: ``vessels.nii.gz`` has ``vessels.labels.json``."""
    return path.with_name(f"{stem_of(path)}.labels.json")


def side_text(entries: Sequence[LabelEntry]) -> str:
    """The side file's content."""
    return json_table.write(entries)


def read_side_file(path: Path) -> tuple[LabelEntry, ...]:
    """Entries from the side file of a label file; none where it is absent or makes no sense."""
    side = side_file_of(path)
    try:
        if side.stat().st_size > _MOST_BYTES:
            return ()
        return json_table.read(side.read_text(encoding="utf-8"))
    except (OSError, ValueError, BadTable):
        return ()


def header_label_entries(header: dict[str, Any]) -> tuple[LabelEntry, ...]:
    """Entries that a reader left in a source's header, as DICOM segmentations have them."""
    try:
        return tuple(json_table.entry_of(row) for row in header.get("labels", ()))
    except BadTable:
        return ()


def caret_label_entries(block: bytes) -> tuple[LabelEntry, ...]:
    """Label names in the bytes before a NIfTI file's numbers.

    Only the two constructs of interest are looked for, so that no XML parser can be led astray.
    """
    if b"<CaretExtension" not in block:
        return ()
    found = (_caret_entry(match[1], match[2]) for match in _CARET_LABEL.finditer(block))
    return tuple(entry for entry in found if entry is not None)


def _caret_entry(attributes: bytes, name: bytes) -> LabelEntry | None:
    facts = {
        key.decode().lower(): text.decode("ascii", "replace") for key, text in _ATTRIBUTE.findall(attributes)
    }
    try:
        value = int(facts["key"])
        colour: Colour = (_channel(facts["red"]), _channel(facts["green"]), _channel(facts["blue"]))
    except (KeyError, ValueError, OverflowError):
        return None
    if not 1 <= value <= 65535:
        return None
    words = name.decode("utf-8", "replace").strip()
    return LabelEntry(value=value, name=words or default_entry(value).name, colour=colour)


def _channel(text: str) -> int:
    return min(max(round(float(text) * 255), 0), 255)
