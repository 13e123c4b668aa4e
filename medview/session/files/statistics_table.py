"""Numbers of every label of a mask as a CSV table, for spreadsheets and statistics programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.errors import RunFailed
from medview.core.labels import LabelMap
from medview.core.volume import AnyArray, Volume
from medview.io.atomic_file import replacing
from medview.jobs.execution import Link
from medview.measure.label_place import scan_inside
from medview.measure.statistics import label_statistics

_COLUMNS = ("label", "name", "code", "voxels", "volume_ml", "pieces", "made_by", "reviewed", "note")
_VALUES = ("scan", "unit", "mean", "sd", "median", "minimum", "maximum")


def statistics_text(labels: LabelMap, scan: Volume | None, frame: int) -> str:
    """The table: a line for every label, in the order of the mask's own table.

    Args:
        labels: The mask.
        scan: Whose values are measured inside the labels; None leaves those columns empty.
        frame: Time point of scans that have several.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow((*_COLUMNS, *_VALUES))
    for row in label_statistics(labels):
        entry = labels.table.find(row.value)
        own = (
            row.value,
            row.name,
            str(entry.terms) if entry is not None else "",
            row.voxel_count,
            f"{row.volume_ml:.6g}",
            row.component_count,
            str(entry.origin) if entry is not None else "",
            "yes" if entry is not None and entry.is_reviewed else "no",
            entry.note if entry is not None else "",
        )
        table.writerow((*own, *_inside(labels, row.value, scan, frame)))
    return out.getvalue()


def _inside(labels: LabelMap, value: int, scan: Volume | None, frame: int) -> tuple[str, ...]:
    found = scan_inside(labels, value, scan, frame) if scan is not None else None
    if scan is None or found is None:
        return ("",) * len(_VALUES)
    numbers = (found.mean, found.deviation, found.median, found.minimum, found.maximum)
    return (scan.name, scan.value_unit, *(f"{number:.6g}" for number in numbers))


def write_statistics(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: measure and write; the file is read again and compared."""
    link.progress(0.1, "Measuring")
    path: Path = payload["path"]
    text = statistics_text(payload["labels"], payload["scan"], payload["frame"])
    link.progress(0.9, "Writing")
    with replacing(path, ".csv") as draft:
        draft.write_text(text, encoding="utf-8")
        if draft.read_text(encoding="utf-8") != text:
            detail = "reading it back showed that it is not what was written"
            raise RunFailed(f"Cannot save {path.name}", detail)
    return None, {}
