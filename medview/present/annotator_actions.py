"""Several annotators of a work list: where they differ, their consensus, and the table of a whole list."""

from __future__ import annotations

from medview.core.errors import InputRefused
from medview.present.actions import Action
from medview.present.case_queue import CaseQueue
from medview.present.desk import Desk
from medview.session.worklist.open_list import OpenList

_TABLE = "agreement.csv"


def annotator_actions(desk: Desk, queue: CaseQueue) -> tuple[Action, ...]:
    """Return the actions of the Cases menu that need several annotators."""

    def told(text: str) -> None:
        desk.window.show_text("Annotators", text)

    def consensus(method: str) -> None:
        desk.workflows.annotators.consensus(method, raters(queue), told)

    return (
        Action(
            action_id="cases.compare",
            title="Compare annotators",
            run=lambda: desk.workflows.annotators.compare(raters(queue), told),
            why_not=lambda: _why_not_compare(queue),
            tip="Show where the marked annotators of this case differ, with Dice, HD95 and volumes.",
            group="annotators",
        ),
        Action(
            action_id="cases.majority",
            title="Consensus by majority",
            run=lambda: consensus("majority"),
            why_not=lambda: _why_not_compare(queue),
            tip="A new mask of what more than half of the marked annotators have given.",
            group="annotators",
        ),
        Action(
            action_id="cases.staple",
            title="Consensus by STAPLE",
            run=lambda: consensus("STAPLE"),
            why_not=lambda: _why_not_compare(queue),
            tip="A new mask of what is most probable, with sensitivity and specificity of each annotator.",
            group="annotators",
        ),
        Action(
            action_id="cases.table",
            title="Agreement of all cases…",
            run=lambda: _write_table(desk, queue),
            why_not=lambda: _why_not_table(queue),
            tip="Write Dice, HD95 and volumes of every case, pair of annotators and label as a CSV table.",
            group="annotators",
        ),
    )


def raters(queue: CaseQueue) -> tuple[str, ...]:
    """The marked annotators of the open case."""
    work = queue.work
    case = work.open_case if work is not None else None
    if work is None or case is None:
        return ()
    return tuple(name for name in _marked(queue, work) if name in case.masks)


def _why_not_compare(queue: CaseQueue) -> str:
    if queue.work is None or queue.work.open_case is None:
        return "Open a case of a work list first."
    return "" if len(raters(queue)) > 1 else "Fewer than two marked annotators have a mask of this case."


def _why_not_table(queue: CaseQueue) -> str:
    if queue.work is None:
        return "Open a work list first (File menu)."
    has_pairs = any(len(case.masks) > 1 for case in queue.work.cases)
    return "" if has_pairs else "No case has masks of two annotators."


def _write_table(desk: Desk, queue: CaseQueue) -> None:
    work = queue.work
    if work is None:
        raise InputRefused("Cannot compare", "no work list is open")
    path = desk.window.ask_export_path("Agreement of the annotators", work.place.root / _TABLE)
    if path is not None:
        desk.workflows.annotators.table(_marked(queue, work), path)


def _marked(queue: CaseQueue, work: OpenList) -> tuple[str, ...]:
    return tuple(name for name in work.annotators if name not in queue.left_out)
