"""A work list as it is open in one window: its cases, and one annotator's way through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from medview.session.worklist.cases import Case
from medview.session.worklist.place import ListPlace
from medview.session.worklist.record import CaseState, ListRecord, WorkRecord


@dataclass(frozen=True, kw_only=True)
class OpenList:
    """What is known of an open work list.

    Args:
        place: Where it lies.
        cases: In their order.
        record: What the file held when it was last read.
        annotator: The word of the person at this window.
        whose: Whose masks are on show: the person's own, or those that are to be checked.
        current: The case that is open; None for none.
    """

    place: ListPlace
    cases: tuple[Case, ...]
    record: ListRecord
    annotator: str
    whose: str
    current: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether the person works on masks of their own."""
        return self.whose == self.annotator

    def case(self, case_id: str | None) -> Case | None:
        """The case of this id, or None."""
        return next((case for case in self.cases if case.id == case_id), None)

    @property
    def open_case(self) -> Case | None:
        """The case that is open, or None."""
        return self.case(self.current)

    @property
    def annotators(self) -> tuple[str, ...]:
        """The person at this window, then all others of whom there is a mask or a record."""
        names = {name for case in self.cases for name in case.masks}
        names |= {name for rows in self.record.work.values() for name in rows}
        return (self.annotator, *sorted(names - {self.annotator}))

    def mask_path(self, case: Case, annotator: str) -> Path:
        """Where an annotator's mask of a case lies, or would."""
        return case.masks.get(annotator) or self.place.mask(case.id, annotator, case.kind)

    def state_of(self, case: Case, annotator: str | None = None) -> CaseState:
        """How far an annotator (the one on show) is with a case.

        What lies on disk decides: without its mask no case is done, and a mask that nobody has noted, since
        the program ended right after saving it, is in work.
        """
        name = annotator or self.whose
        work = self.record.of(case.id, name)
        if name not in case.masks:
            return CaseState.IN_WORK if work.state is not CaseState.TO_DO else CaseState.TO_DO
        if work.state is CaseState.TO_DO:
            is_ours = self.place.masks in case.masks[name].parents
            return CaseState.IN_WORK if is_ours else CaseState.DONE
        return work.state

    def work_on(self, case: Case) -> WorkRecord:
        """What is noted of the case, of the annotator on show."""
        return self.record.of(case.id, self.whose)

    def having(self, case: Case) -> OpenList:
        """The list with this case in place of the one of the same id."""
        cases = tuple(case if old.id == case.id else old for old in self.cases)
        return replace(self, cases=cases)


def next_open(work: OpenList, order: Sequence[str]) -> str | None:
    """The next case that is not finished, behind the open one and then from the beginning; None for none.

    Args:
        work: The list.
        order: Ids of the cases to choose from.
    """
    start = order.index(work.current) + 1 if work.current in order else 0
    turned = [*order[start:], *order[:start]]
    found = (case for case_id in turned if case_id != work.current and (case := work.case(case_id)))
    return next((case.id for case in found if not is_finished(work, case)), None)


def is_finished(work: OpenList, case: Case) -> bool:
    """Whether nothing is left to do in a case: for a checker, until its mask is done there is nothing."""
    state = work.state_of(case)
    return state.is_finished if work.is_own else state is not CaseState.DONE


def step(work: OpenList, order: Sequence[str], places: int) -> str | None:
    """The case so many places behind the open one; the first or last where none is open; None at the ends."""
    if not order:
        return None
    if work.current not in order:
        return order[0] if places > 0 else order[-1]
    place = order.index(work.current) + places
    return order[place] if 0 <= place < len(order) else None
