"""Judging a result: the next doubtful place, and where two results differ."""

from __future__ import annotations

from medview.core.layers import Layer
from medview.core.state import SessionState
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.ports.window_port import PairRow
from medview.session.judging.comparison import beside, comparable
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
            run=lambda: _compare(desk),
            why_not=lambda: "" if comparable(desk.state) else "There are no two masks on one grid.",
            tip="Show where two masks differ, with Dice, HD95 and volumes; of more than two it asks which.",
            group="judge",
        ),
    )


def why_no_doubt(state: SessionState) -> str:
    """Why there is no doubtful place to go to; empty where there may be one."""
    return "" if doubt_layer(state) is not None else NO_DOUBT_LAYER


def _compare(desk: Desk) -> None:
    """Compare the only two masks there are, else those that the person chooses."""
    masks = comparable(desk.state)
    second = beside(masks[0], masks)[0]
    pair: tuple[int, int] | None = (masks.index(second), 0)
    if len(masks) > 2:
        pair = desk.window.ask_pair(pair_rows(masks), (masks.index(second), 0))
    if pair is not None:
        first, other = (masks[place] for place in pair)
        desk.workflows.judging.compare(first, other, lambda text: desk.window.show_text("Two results", text))


def pair_rows(masks: tuple[Layer, ...]) -> tuple[PairRow, ...]:
    """Masks to choose from; a grid is numbered by the first mask that lies on it."""
    grids = [mask.geometry for mask in masks]
    numbers = (next(n for n, grid in enumerate(grids) if grid.matches(mask.geometry)) for mask in masks)
    return tuple(PairRow(name=mask.name, grid=n) for mask, n in zip(masks, numbers, strict=True))
