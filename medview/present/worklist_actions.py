"""The Cases menu: from case to case of a work list, and what they become."""

from __future__ import annotations

from medview.present.actions import Action
from medview.present.annotator_actions import annotator_actions
from medview.present.case_queue import CaseQueue
from medview.present.desk import Desk
from medview.session.worklist.open_list import step
from medview.session.worklist.record import CaseState

NO_LIST = "Open a work list first (File menu)."
NO_CASE = "Open a case of the list first."
_MOVING = "A case is just being left or opened."
_OTHERS = "These are masks of {}: choose your own above the list to work on them."
_OWN = "A second person checks: choose above the list whose masks to check."
_REMOVED = "The mask of this case was removed: undo that, or open the case again."


def worklist_action(desk: Desk) -> Action:
    """Return the action of the File menu that opens a work list."""
    return Action(
        action_id="file.open_worklist",
        title="Open work list…",
        run=lambda: desk.open_work_list(None),
        tip="Open a folder or a BIDS data set as a queue of cases, with states, times and a mask for each.",
        group="open",
    )


def worklist_actions(desk: Desk, queue: CaseQueue) -> tuple[Action, ...]:
    """Return the actions of the Cases menu, in its order."""
    return (
        *_step_actions(desk, queue),
        *_mark_actions(desk, queue),
        *_list_actions(desk),
        *annotator_actions(desk, queue),
    )


def _step_actions(desk: Desk, queue: CaseQueue) -> tuple[Action, ...]:
    return (
        Action(
            action_id="cases.previous",
            title="Previous case",
            run=lambda: queue.step(-1),
            why_not=lambda: _why_not_step(desk, queue, -1),
            shortcuts=("Ctrl+PgUp",),
            tip="Save the mask of this case, and open the one above it in the list.",
            group="step",
        ),
        Action(
            action_id="cases.next",
            title="Next case",
            run=lambda: queue.step(1),
            why_not=lambda: _why_not_step(desk, queue, 1),
            shortcuts=("Ctrl+PgDown",),
            tip="Save the mask of this case, and open the one below it in the list.",
            group="step",
        ),
    )


def _mark_actions(desk: Desk, queue: CaseQueue) -> tuple[Action, ...]:
    return (
        Action(
            action_id="cases.done_next",
            title="Done and next",
            run=lambda: queue.finish(CaseState.DONE),
            why_not=lambda: _why_not_done(desk),
            shortcuts=("Ctrl+Return", "Ctrl+Enter"),
            tip="Save this mask, note that it is done, and open the next case that is not.",
            group="mark",
        ),
        Action(
            action_id="cases.checked_next",
            title="Checked and next",
            run=lambda: queue.finish(CaseState.CHECKED),
            why_not=lambda: _why_not_check(desk),
            shortcuts=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
            tip="Note that you have found this mask right, and open the next one that is done.",
            group="mark",
        ),
        Action(
            action_id="cases.in_work",
            title="Back to work",
            run=lambda: queue.mark(CaseState.IN_WORK),
            why_not=lambda: _why_not_back(desk),
            tip="Note that this mask is not done after all, be it your own or one that you check.",
            group="mark",
        ),
    )


def _list_actions(desk: Desk) -> tuple[Action, ...]:
    worklist = desk.workflows.worklist
    return (
        Action(
            action_id="cases.take_labels",
            title="Labels of this mask for every case",
            run=worklist.take_labels,
            why_not=lambda: _why_not_case(desk) or ("" if worklist.mask is not None else _REMOVED),
            tip="Every case that is opened from now on has the labels of this mask, with their colours.",
            group="list",
        ),
        Action(
            action_id="cases.close",
            title="Close work list",
            run=worklist.close,
            why_not=lambda: "" if worklist.list is not None else NO_LIST,
            tip="Save the mask of this case and put the list away; what is open stays open.",
            group="list",
        ),
    )


def _why_not_list(desk: Desk) -> str:
    worklist = desk.workflows.worklist
    if worklist.list is None:
        return NO_LIST
    return _MOVING if worklist.is_moving else ""


def _why_not_case(desk: Desk) -> str:
    work = desk.workflows.worklist.list
    return _why_not_list(desk) or ("" if work is not None and work.open_case is not None else NO_CASE)


def _why_not_step(desk: Desk, queue: CaseQueue, places: int) -> str:
    reason, work = _why_not_list(desk), queue.work
    if reason or work is None:
        return reason
    if step(work, queue.order, places) is not None:
        return ""
    return "This is the last case on show." if places > 0 else "This is the first case on show."


def _why_not_done(desk: Desk) -> str:
    worklist = desk.workflows.worklist
    reason, work = _why_not_case(desk), worklist.list
    if reason or work is None:
        return reason
    if not work.is_own:
        return _OTHERS.format(work.whose)
    return "" if worklist.mask is not None else _REMOVED


def _why_not_check(desk: Desk) -> str:
    reason, work = _why_not_case(desk), desk.workflows.worklist.list
    if reason or work is None or work.open_case is None:
        return reason
    if work.is_own:
        return _OWN
    return "" if work.state_of(work.open_case).is_finished else f"{work.whose} has not finished this mask."


def _why_not_back(desk: Desk) -> str:
    reason, work = _why_not_case(desk), desk.workflows.worklist.list
    if reason or work is None or work.open_case is None:
        return reason
    return "" if work.state_of(work.open_case).is_finished else "This mask is not done yet."
