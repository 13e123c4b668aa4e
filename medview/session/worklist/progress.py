"""How far a work list is, how long a case takes, and how long the rest will."""

from __future__ import annotations

from dataclasses import dataclass

from medview.session.worklist.open_list import OpenList


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Of the annotator on show.

    Args:
        done: Cases that are done or checked.
        checked: Those of them that are checked.
        total: All cases.
        mean_s: Time at work of a finished case; None where none was timed.
        left_s: What the rest will take at that pace; None where that is unknown.
    """

    done: int
    checked: int
    total: int
    mean_s: float | None
    left_s: float | None


def progress_of(work: OpenList) -> Progress:
    """Count the cases of a list."""
    states = [(work.state_of(case), work.work_on(case)) for case in work.cases]
    finished = [record for state, record in states if state.is_finished]
    timed = [record.seconds for record in finished if record.seconds > 0]
    mean_s = sum(timed) / len(timed) if timed else None
    begun = [record.seconds for state, record in states if not state.is_finished]
    left_s = sum(max(mean_s - seconds, 0.0) for seconds in begun) if mean_s is not None else None
    return Progress(
        done=len(finished),
        checked=sum(state.value == "checked" for state, _ in states),
        total=len(work.cases),
        mean_s=mean_s,
        left_s=left_s,
    )
