"""What is noted of a case when it is left: its new state, and the time at work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from medview.session.worklist.record import CaseState, ListRecord, WorkRecord
from medview.session.worklist.state_file import Change


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something to be noted.

    Args:
        case_id: Of which case.
        whose: Of whose work on it.
        by: Who is at the window: the annotator, or a second person.
        seconds: Time at work since the last note.
        mark: What a person has said that it is; None where nothing was said.
        has_mask: Whether the annotator's mask lies on disk.
        is_new: Whether that is another one than when the case was opened.
    """

    case_id: str
    whose: str
    by: str
    seconds: float
    mark: CaseState | None = None
    has_mask: bool = False
    is_new: bool = False


def noting(note: Note) -> Change:
    """The change of the file, whatever others have noted in it by then."""

    def change(record: ListRecord) -> ListRecord:
        old = record.of(note.case_id, note.whose)
        new = _marked(_timed(old, note), note)
        if (new.state, new.checked_by) != (old.state, old.checked_by):
            new = replace(new, changed=datetime.now().astimezone().isoformat(timespec="seconds"))
        return record.having(note.case_id, note.whose, new) if new != old else record

    return change


def _timed(record: WorkRecord, note: Note) -> WorkRecord:
    if note.by == note.whose:
        return replace(record, seconds=record.seconds + note.seconds)
    return replace(record, checking_seconds=record.checking_seconds + note.seconds)


def _marked(record: WorkRecord, note: Note) -> WorkRecord:
    """A mask that was changed after it was checked is no longer checked."""
    if note.mark is not None:
        checker = note.by if note.mark is CaseState.CHECKED else ""
        return replace(record, state=note.mark, checked_by=checker)
    if record.state is CaseState.TO_DO and note.has_mask:
        return replace(record, state=CaseState.IN_WORK)
    if record.state is CaseState.CHECKED and note.is_new:
        return replace(record, state=CaseState.DONE, checked_by="")
    return record
