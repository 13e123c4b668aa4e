"""What the panel of cases shows: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medview.present.ports.worklist_port import CaseRow, RaterRow, WorklistPlan
from medview.present.time_words import about_words, time_words
from medview.session.worklist.cases import Case
from medview.session.worklist.open_list import OpenList
from medview.session.worklist.progress import Progress, progress_of
from medview.session.worklist.record import CaseState


@dataclass(frozen=True, kw_only=True)
class Here:
    """What of a case is not noted yet: time at work, and whether its mask has been changed."""

    seconds: float = 0.0
    is_changed: bool = False


_READ_ONLY = "To be checked; changes are not saved by themselves"
_APART = "The folder cannot be written: masks and states are kept in {}."


def resolve_worklist(
    work: OpenList,
    shown: str,
    search: str,
    left_out: tuple[str, ...],
    here: Here,
    why_not: Mapping[str, str],
) -> WorklistPlan:
    """Return what the panel shows of an open list.

    Args:
        work: The list.
        shown: State that the rows are limited to; empty for all.
        search: Words that the rows are limited to.
        left_out: Annotators that are not to be compared.
        here: What of the open case is not noted yet.
        why_not: By action, why it is off.
    """
    progress = progress_of(work)
    rows = tuple(
        _row(work, case, here if case.id == work.current else Here()) for case in fitting(work, shown, search)
    )
    return WorklistPlan(
        title=work.place.root.name,
        tip=f"{work.place.root}\nYour masks: {work.place.rule(work.annotator)}\nStates: {work.place.state}",
        notes=(_APART.format(work.place.masks),) if work.place.is_apart else (),
        rule=f"Saved to {work.place.rule(work.annotator)}" if work.is_own else _READ_ONLY,
        progress=_progress_words(progress),
        part=progress.done / progress.total if progress.total else 0.0,
        pace=pace_words(progress),
        annotators=work.annotators,
        whose=work.whose,
        is_own=work.is_own,
        shown=shown,
        search=search,
        rows=rows,
        nothing="" if rows else "No case fits. Choose another state, or clear the search.",
        current=work.current or "",
        raters=_raters(work, left_out),
        why_not=why_not,
    )


def fitting(work: OpenList, shown: str, search: str) -> tuple[Case, ...]:
    """The cases of a state whose names hold all these words, in their order."""
    words = search.lower().split()
    return tuple(
        case
        for case in work.cases
        if (not shown or work.state_of(case).value == shown)
        and all(word in case.id.lower() for word in words)
    )


def pace_words(progress: Progress) -> str:
    """Mean time of a case, and what the rest will take."""
    if progress.mean_s is None or progress.left_s is None:
        return "No finished case has been timed yet"
    mean = f"{time_words(progress.mean_s)} a case"
    left = about_words(progress.left_s)
    return f"{mean}, about {left} to go" if progress.done < progress.total else f"{mean} on average"


def _progress_words(progress: Progress) -> str:
    done = f"{progress.done} of {progress.total} done"
    return f"{done}, {progress.checked} checked" if progress.checked else done


def _row(work: OpenList, case: Case, here: Here) -> CaseRow:
    record, state = work.work_on(case), work.state_of(case)
    if state is CaseState.TO_DO and here.is_changed:
        state = CaseState.IN_WORK
    own, checking = (record.seconds + here.seconds, record.checking_seconds)
    if not work.is_own:
        own, checking = record.seconds, record.checking_seconds + here.seconds
    lines = [f"{case.id}: {state.value}"]
    if state is CaseState.CHECKED:
        lines[0] += f" by {record.checked_by}"
    if own >= 1:
        lines.append(f"{time_words(own)} at work")
    if checking >= 1:
        lines.append(f"{time_words(checking)} of checking")
    scans = ", ".join(path.name for path in case.scans)
    lines.append(f"Scans: {scans}")
    if case.masks:
        lines.append(f"Masks of: {', '.join(sorted(case.masks))}")
    return CaseRow(
        case_id=case.id, state=state.value, time=time_words(own) if own >= 1 else "", tip="\n".join(lines)
    )


def _raters(work: OpenList, left_out: tuple[str, ...]) -> tuple[RaterRow, ...]:
    case = work.open_case
    if case is None:
        return ()
    return tuple(
        RaterRow(name=name, state=work.state_of(case, name).value, is_picked=name not in left_out)
        for name in work.annotators
        if name in case.masks
    )
