"""What is known of the work on a list: its labels, and each annotator's state and time of every case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from medview.core.labels import LabelEntry
from medview.io.label_tables import json_table
from medview.io.label_tables.lines import BadTable, checked

VERSION = 1


class CaseState(Enum):
    """How far one annotator's work on one case is."""

    TO_DO = "to do"
    IN_WORK = "in work"
    DONE = "done"
    CHECKED = "checked"

    @property
    def is_finished(self) -> bool:
        """Whether the annotator has nothing left to do."""
        return self in (CaseState.DONE, CaseState.CHECKED)


@dataclass(frozen=True, kw_only=True)
class WorkRecord:
    """One annotator's work on one case.

    Args:
        state: How far it is; checked where a second person has found it right.
        seconds: Time at work.
        changed: When the state last changed, as ISO text with the time zone.
        checked_by: The second person.
        checking_seconds: Time that second persons looked at it.
    """

    state: CaseState = CaseState.TO_DO
    seconds: float = 0.0
    changed: str = ""
    checked_by: str = ""
    checking_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ListRecord:
    """All that the file of a work list holds.

    Args:
        labels: The labels of every case; empty until somebody has chosen them.
        work: By case and annotator.
        unknown: What a newer program of the same version has added; kept.
    """

    labels: tuple[LabelEntry, ...] = ()
    work: Mapping[str, Mapping[str, WorkRecord]] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)

    def of(self, case_id: str, annotator: str) -> WorkRecord:
        """One annotator's work on one case."""
        return self.work.get(case_id, {}).get(annotator, WorkRecord())

    def having(self, case_id: str, annotator: str, record: WorkRecord) -> ListRecord:
        """The list with this record in place of the one before."""
        rows = {**self.work.get(case_id, {}), annotator: record}
        return replace(self, work={**self.work, case_id: rows})


class BadRecord(ValueError):
    """What is wrong with a file, in words that complete a sentence."""


def as_json(record: ListRecord) -> dict[str, Any]:
    """The object that the file holds."""
    cases = {
        case_id: {name: _row_of(work) for name, work in sorted(rows.items())}
        for case_id, rows in sorted(record.work.items())
    }
    labels = [json_table.row_of(entry) for entry in record.labels]
    return {"version": VERSION, "labels": labels, "cases": cases, **record.unknown}


def from_json(found: Any) -> ListRecord:
    """Undo `as_json`.

    Raises:
        BadRecord: It is none.
    """
    if not isinstance(found, dict) or not isinstance(found.get("version"), int):
        raise BadRecord("it is no work list")
    if found["version"] > VERSION:
        raise BadRecord("a newer medview has written it")
    cases, labels = found.get("cases", {}), found.get("labels", [])
    if not isinstance(cases, dict) or not isinstance(labels, list):
        raise BadRecord("its cases or its labels are not as they should be")
    try:
        rows = [(number, json_table.entry_of(row)) for number, row in enumerate(labels, start=1)]
        entries = checked(rows) if rows else ()
    except BadTable as reason:
        raise BadRecord(str(reason)) from None
    known = ("version", "labels", "cases")
    return ListRecord(
        labels=entries,
        work={case_id: _rows(rows) for case_id, rows in cases.items()},
        unknown={key: value for key, value in found.items() if key not in known},
    )


def _rows(found: Any) -> dict[str, WorkRecord]:
    if not isinstance(found, dict):
        raise BadRecord("a case is not as it should be")
    return {str(name): _record_of(row) for name, row in found.items()}


def _record_of(row: Any) -> WorkRecord:
    try:
        return WorkRecord(
            state=CaseState(row.get("state", CaseState.TO_DO.value)),
            seconds=max(0.0, float(row.get("seconds", 0))),
            changed=str(row.get("changed", "")),
            checked_by=str(row.get("checked_by", "")),
            checking_seconds=max(0.0, float(row.get("checking_seconds", 0))),
        )
    except (AttributeError, TypeError, ValueError):
        raise BadRecord("what it says of a case makes no sense") from None


def _row_of(work: WorkRecord) -> dict[str, Any]:
    row: dict[str, Any] = {"state": work.state.value, "seconds": round(work.seconds, 1)}
    if work.changed:
        row["changed"] = work.changed
    if work.checked_by:
        row["checked_by"] = work.checked_by
    if work.checking_seconds:
        row["checking_seconds"] = round(work.checking_seconds, 1)
    return row
