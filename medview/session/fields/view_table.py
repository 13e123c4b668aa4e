"""The table of views as CSV, for spreadsheets and statistics programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from medview.core.errors import RunFailed
from medview.io.atomic_file import replacing
from medview.measure.view_quality_table import MEASURES, ViewRow, cells_of


def view_table_text(rows: Sequence[ViewRow]) -> str:
    """The table: a line for every view, in their order."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("view", "held_out", *MEASURES))
    table.writerows(cells_of(row) for row in rows)
    return out.getvalue()


def write_view_table(path: Path, rows: Sequence[ViewRow]) -> None:
    """Write the table; the file is read again and compared.

    Raises:
        RunFailed: The disk does not take it, or holds something else afterwards.
    """
    text = view_table_text(rows)
    with replacing(path, ".csv") as draft:
        draft.write_text(text, encoding="utf-8")
        if draft.read_text(encoding="utf-8") != text:
            detail = "reading it back showed that it is not what was written"
            raise RunFailed(f"Cannot save {path.name}", detail)
