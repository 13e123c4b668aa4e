"""The journey of several annotators: how well they agree on a case or a whole list, and their consensus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone, Target
from medview.jobs.lanes import Lane
from medview.session.job_desk import Reactions
from medview.session.journeys.opening import Opening
from medview.session.journeys.worklist import WorkList
from medview.session.worklist.comparing import Finding, compare_annotators, make_consensus
from medview.session.worklist.open_work import OpenWork

_TABLE = "medview.session.worklist.agreement_table:write_agreement"
_TOO_FEW = "fewer than two of the chosen annotators have a mask of {}"


class Annotators:
    """Compares masks as they lie on disk; what is open is saved before.

    Args:
        work: The open list.
        worklist: Saves the open case.
        opening: Adds the layers that are made.
        models_lane: Where the table of a whole list is made: it takes long, and must hold up nobody's saves.
    """

    def __init__(self, work: OpenWork, worklist: WorkList, opening: Opening, models_lane: Lane) -> None:
        self._work = work
        self._worklist = worklist
        self._opening = opening
        self._models_lane = models_lane

    def compare(self, names: Sequence[str], told: Callable[[str], None]) -> None:
        """Add a layer with where the annotators of the open case differ; `told` gets the numbers.

        Raises:
            InputRefused: Fewer than two of them have a mask of it.
        """
        self._start("Comparing the annotators of", names, compare_annotators, {}, told)

    def consensus(self, method: str, names: Sequence[str], told: Callable[[str], None]) -> None:
        """Add a layer with what the annotators of the open case agree on; `told` gets the numbers.

        Args:
            method: ``"majority"`` or ``"STAPLE"``.
            names: Whose masks.
            told: Called with some lines.

        Raises:
            InputRefused: Fewer than two of them have a mask of it.
        """
        self._start(f"Consensus by {method} of", names, make_consensus, {"method": method}, told)

    def table(self, names: Sequence[str], path: Path) -> None:
        """Write the agreement of annotators on every case that two of them have a mask of.

        Raises:
            InputRefused: There is no such case.
        """
        work = self._work.list
        chosen = [
            (case.id, {name: str(case.masks[name]) for name in names if name in case.masks})
            for case in (work.cases if work is not None else ())
        ]
        cases = [(case_id, masks) for case_id, masks in chosen if len(masks) > 1]
        if not cases:
            raise InputRefused("Cannot compare", _TOO_FEW.format("the same case"), "Choose others.")
        payload = {"cases": cases, "path": str(path)}
        job = Job(title="Agreement of the annotators", target=_TABLE, payload=payload)
        self._work.apart.add(job.id)

        def done(event: JobDone) -> None:
            lines = f"{event.value['lines']} lines of {event.value['cases']} cases"
            self._work.notices.told.emit(f"Saved {lines} to {path.name}.")

        self._work.desk.start(self._models_lane, job, Reactions(done=done))

    def _start(
        self,
        title: str,
        names: Sequence[str],
        target: Callable[[Any, Any, Link], Any],
        facts: dict[str, Any],
        told: Callable[[str], None],
    ) -> None:
        case = self._work.case
        if case is None:
            raise InputRefused("Cannot compare", "no case of the list is open", "Open one first.")
        self._worklist.save(lambda: self._compare(f"{title} {case.id}", case.id, names, target, facts, told))

    def _compare(
        self,
        title: str,
        case_id: str,
        names: Sequence[str],
        target: Target,
        facts: dict[str, Any],
        told: Callable[[str], None],
    ) -> None:
        case = self._work.case
        masks = {name: case.masks[name] for name in names if name in case.masks} if case is not None else {}
        if len(masks) < 2:
            raise InputRefused("Cannot compare", _TOO_FEW.format(case_id), "Choose at least two.")
        payload = {"masks": masks, "case_id": case_id, **facts}

        def done(event: JobDone) -> None:
            finding: Finding = event.value
            mask = self._work.mask
            if self._work.case is None or self._work.case.id != case_id:
                return
            scan = next((layer for layer in self._work.session.state.layers if not layer.is_labels), None)
            source = scan.source if scan is not None else None
            self._opening.add(title, (replace(finding.content, source=source),))
            # the person goes on painting where they were
            self._work.session.set_active(mask.id if mask is not None else None)
            told(finding.text)

        job = Job(title=title, target=target, payload=payload)
        self._work.desk.start(self._work.lane, job, Reactions(done=done))
