"""Judging a result: the next doubtful place, and where two results differ."""

from __future__ import annotations

from medview.core.state import SessionState
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.session.judging.comparison import comparable
from medview.session.judging.doubts import NO_DOUBT_LAYER, doubt_layer


def judge_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions for judging results, in the order of the Tools menu."""
    return (
        Action(
            action_id="tools.doubt_next",
            title="Next doubtful place",
            run=lambda: desk.workflows.judging.doubts.step(1),
            why_not=lambda: why_no_doubt(desk.state),
            shortcuts=("J",),
            tip="Move the crosshair to where the model is least sure, the largest such region first.",
            icon="warning",
            group="judge",
        ),
        Action(
            action_id="tools.doubt_previous",
            title="Previous doubtful place",
            run=lambda: desk.workflows.judging.doubts.step(-1),
            why_not=lambda: why_no_doubt(desk.state),
            shortcuts=("Shift+J",),
            tip="Move the crosshair back to the doubtful place before.",
            group="judge",
        ),
        Action(
            action_id="tools.compare_results",
            title="Compare two results",
            run=lambda: desk.workflows.judging.compare(
                lambda text: desk.window.show_text("Two results", text)
            ),
            why_not=lambda: "" if comparable(desk.state) else "There are no two masks on one grid.",
            tip="Show where the active mask and the next one below differ, with Dice, HD95 and volumes.",
            group="judge",
        ),
    )


def why_no_doubt(state: SessionState) -> str:
    """Why there is no doubtful place to go to; empty where there may be one."""
    return "" if doubt_layer(state) is not None else NO_DOUBT_LAYER
