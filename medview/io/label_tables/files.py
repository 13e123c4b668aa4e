"""The door for label tables: content decides which format a file is, its name which one is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from medview.core.errors import InputRefused, RunFailed
from medview.core.labels import LabelEntry
from medview.core.origin import NOT_STATED
from medview.io.atomic_file import replacing
from medview.io.byte_source import open_plain, refused
from medview.io.label_tables import csv_table, itksnap, json_table, slicer_colours
from medview.io.label_tables.lines import BadTable

#: Endings that tables are saved under, and their formats.
ENDINGS: dict[str, ModuleType] = {
    ".json": json_table,
    ".csv": csv_table,
    ".txt": itksnap,
    ".ctbl": slicer_colours,
}
_BY_CONTENT = (json_table, itksnap, slicer_colours, csv_table)
_MOST_BYTES = 8 << 20
_ACCEPTED = "medview reads ITK-SNAP label descriptions, 3D Slicer colour tables, CSV tables and JSON."


def read_label_table(path: Path) -> tuple[LabelEntry, ...]:
    """Read a table of labels, whatever its name.

    Args:
        path: A text file of at most 8 MiB.

    Raises:
        InputRefused: One sentence why it cannot be read.
    """
    path = Path(path)
    text = _text(path)
    found = next((kind for kind in _BY_CONTENT if kind.sniff(text)), None)
    if found is None:
        raise refused(path, "it is no table of labels that is known here", _ACCEPTED)
    try:
        entries: tuple[LabelEntry, ...] = found.read(text)
    except BadTable as error:
        title = found.FORMAT.title
        article = "an" if title.startswith("ITK") else "a"
        raise refused(path, f"as {article} {title}, {error}", "Mend the file, or save it anew.") from None
    return entries


def write_label_table(entries: Sequence[LabelEntry], path: Path) -> str:
    """Write a table, read it back and compare, then put it in the old file's place.

    A table is for any mask: who made the voxels of one, and whether they were reviewed, is not part of it.

    Args:
        entries: The labels, in their order.
        path: ``.json``, ``.csv``, ``.txt`` (ITK-SNAP) or ``.ctbl`` (3D Slicer).

    Returns:
        What the format cannot keep, in words; empty where it keeps everything.

    Raises:
        InputRefused: The name's ending or the folder cannot be used.
        RunFailed: Writing or reading back failed; the old file is as before.
    """
    path = Path(path)
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        detail = f"the name must end with {', '.join(ENDINGS)}"
        raise InputRefused(f"Cannot save {path.name}", detail, "The ending decides the format.")
    entries = [replace(entry, origin=NOT_STATED, is_reviewed=False) for entry in entries]
    text: str = kind.write(entries)
    expected = tuple(kind.kept(entry) for entry in entries)
    with replacing(path, path.suffix.lower()) as draft:
        draft.write_text(text, encoding="utf-8")
        if expected and read_label_table(draft) != expected:
            raise RunFailed(f"Cannot save {path.name}", "what was read back differs from the table", "")
    loses: str = kind.FORMAT.loses
    return loses if expected != tuple(entries) else ""


def _text(path: Path) -> str:
    with open_plain(path) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise refused(path, "it is larger than 8 MiB, which no table of labels is", _ACCEPTED)
    if b"\0" in content:
        raise refused(path, "it is no text file", _ACCEPTED)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what spreadsheets of the western world wrote before
        return content.decode("latin-1")
