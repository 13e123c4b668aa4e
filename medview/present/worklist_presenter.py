"""The panel of cases: what it shows, what a person does in it, and the clock of working time."""

from __future__ import annotations

import time
from pathlib import Path

from medview.present.actions import ActionTable
from medview.present.case_queue import CaseQueue
from medview.present.desk import Desk
from medview.present.ports.worklist_port import WorklistPlan, WorklistViewPort
from medview.present.volume_presenter import Later
from medview.present.worklist_plan import Here, resolve_worklist

_TICK_S = 1.0
_MENU = "cases."


class WorklistPresenter:
    """Presents the work list.

    Args:
        desk: What the actions work with.
        queue: The cases on show, and the way through them.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
        later: Calls a function once after so many seconds, on the window's thread.
    """

    def __init__(
        self, desk: Desk, queue: CaseQueue, view: WorklistViewPort, actions: ActionTable, later: Later
    ) -> None:
        self._desk = desk
        self._queue = queue
        self._view = view
        self._actions = actions
        self._later = later
        self._worklist = desk.workflows.worklist
        self._plan: WorklistPlan | None = None
        self._seen: tuple[object, object] = (None, None)
        self._is_ticking = False
        self._timed = ""
        desk.open_work_list = self._open
        queue.leaving = lambda: self._look(is_work=True)
        view.triggered.connect(actions.run)
        view.case_chosen.connect(lambda case_id: actions.guarded("Open case", lambda: queue.go(case_id)))
        view.whose_chosen.connect(self._on_whose)
        view.filtered.connect(queue.limit)
        view.left_out.connect(queue.leave_out)
        self._worklist.changed.connect(self._on_changed)
        desk.settings.changed.connect(self._on_setting)
        self.refresh()

    def refresh(self) -> None:
        """Show the list as it is now."""
        work, queue = self._worklist.list, self._queue
        own = (action for name, action in self._actions.actions.items() if name.startswith(_MENU))
        reasons = {action.action_id: reason for action in own if (reason := action.why_not())}
        plan = (
            WorklistPlan(why_not=reasons)
            if work is None
            else resolve_worklist(work, queue.shown, queue.search, queue.left_out, self._here(), reasons)
        )
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _here(self) -> Here:
        mask = self._worklist.mask
        is_changed = mask is not None and mask.is_unsaved
        return Here(seconds=self._worklist.seconds_here, is_changed=is_changed)

    def _open(self, folder: Path | None) -> None:
        chosen = folder or self._view.ask_folder()
        if chosen is not None:
            self._actions.guarded("Open work list", lambda: self._queue.open_folder(chosen))

    def _on_whose(self, name: str) -> None:
        self._actions.guarded("Choose an annotator", lambda: self._worklist.look_at(name))

    def _on_changed(self) -> None:
        was_open = self._plan is not None and bool(self._plan.title)
        self.refresh()
        if self._worklist.list is not None and not was_open:
            self._view.reveal()
        current = self._plan.current if self._plan is not None else ""
        if current != self._timed:
            # the time of a case begins when it opens
            self._timed = current
            self._look(is_work=True)
        self._tick_on()

    def _on_setting(self, name: str, value: object) -> None:
        work = self._worklist.list
        if name == "annotator" and work is not None and str(value).strip():
            self._actions.guarded(
                "Change the annotator", lambda: self._worklist.open_folder(work.place.root, str(value))
            )

    # the clock

    def _tick_on(self) -> None:
        """Look at what the person does once a second, as long as a case is open."""
        if not self._is_ticking and self._is_timing():
            self._is_ticking = True
            self._look(is_work=False)
            self._later(_TICK_S, self._tick)

    def _tick(self) -> None:
        self._is_ticking = False
        if self._is_timing():
            self.refresh()
            self._tick_on()

    def _is_timing(self) -> bool:
        work = self._worklist.list
        return work is not None and work.open_case is not None

    def _look(self, *, is_work: bool) -> None:
        """Tell the clock what the person does; to open and to leave a case is work in any case."""
        place = self._view.presence()
        seen = (place, self._desk.state)
        has_worked = is_work or seen[0] != self._seen[0] or seen[1] is not self._seen[1]
        self._seen = seen
        self._worklist.look(time.monotonic(), is_active=place is not None, has_worked=has_worked)
