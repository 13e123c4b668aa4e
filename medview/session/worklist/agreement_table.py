"""The agreement of annotators over a whole list, as a CSV table: a line for each case, pair and label."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled, MedviewError
from medview.core.labels import LabelMap
from medview.core.volume import AnyArray
from medview.io.atomic_file import write_text
from medview.jobs.execution import Link
from medview.measure.agreement import LabelAgreement, compare_labels
from medview.session.worklist.case_reading import read_mask

COLUMNS = (
    "case", "first", "second", "label", "name", "dice", "hd95_mm", "assd_mm",
    "volume_first_ml", "volume_second_ml", "volume_difference_ml", "problem",
)  # fmt: skip


def write_agreement(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, int], Mapping[str, AnyArray]]:
    """Job target: compare the masks of every case and write the table.

    Args:
        payload: ``cases``: pairs of a case's id and its masks (name: path), and ``path`` of the table; plain
            JSON, for a process of its own.
        link: Told how far it is.

    Returns:
        Numbers of ``cases`` and ``lines``.

    Raises:
        RunFailed: The table cannot be written.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    count = 0
    for place, (case_id, masks) in enumerate(payload["cases"]):
        if link.is_cancelled():
            raise Cancelled
        link.progress(place / len(payload["cases"]), f"Comparing {case_id}")
        for line in lines_of(case_id, masks):
            table.writerow(line)
            count += 1
    write_text(Path(payload["path"]), out.getvalue())
    return {"cases": len(payload["cases"]), "lines": count}, {}


def lines_of(case_id: str, masks: Mapping[str, str]) -> Iterator[Sequence[object]]:
    """The lines of one case: every pair of annotators, label by label; what is wrong stands last.

    Args:
        case_id: Its id.
        masks: File by annotator, in the order in which they are compared.
    """
    maps: dict[str, LabelMap] = {}
    for name, path in masks.items():
        try:
            data = read_mask(Path(path), name).data
        except MedviewError as error:
            yield (case_id, name, "", *[""] * 8, error.detail)
            continue
        assert isinstance(data, LabelMap)
        maps[name] = data
    for one, other in combinations(maps, 2):
        try:
            report = compare_labels(maps[one], maps[other])
        except MedviewError as error:
            yield (case_id, one, other, *[""] * 8, error.detail)
            continue
        yield from ((case_id, one, other, *_numbers(row), "") for row in report.labels)


def _numbers(row: LabelAgreement) -> tuple[object, ...]:
    difference = row.volume_res_ml - row.volume_ref_ml
    measured = (row.dice, row.hd95_mm, row.assd_mm, row.volume_ref_ml, row.volume_res_ml, difference)
    return (row.value, row.name, *("" if number is None else f"{number:.6g}" for number in measured))
