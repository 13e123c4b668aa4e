"""Judging a proposal: from difference to difference, accepting and rejecting."""

from __future__ import annotations

from collections.abc import Callable

from medview.present.actions import Action
from medview.present.desk import Desk
from medview.present.tool_actions import judging_tools
from medview.session.proposals.offer import why_not_judge
from medview.session.proposals.settling import Part, Verdict


def proposal_actions(desk: Desk) -> tuple[Action, ...]:
    """Return the actions for judging a proposal, in the order of the Tools menu."""

    def action(name: str, title: str, key: str, tip: str, run: Callable[[], object]) -> Action:
        return Action(
            action_id=f"tools.{name}",
            title=title,
            run=run,
            why_not=lambda: why_not_judge(desk.state),
            shortcuts=(key,) if key else (),
            tip=tip,
            group="proposal",
        )

    work = desk.workflows.proposing
    return (
        *judging_tools(desk),
        action("difference_next", "Next difference", "K",
               "Move the crosshair to where the proposal differs from its mask, the largest place first.",
               lambda: work.walk.step(1)),
        action("difference_previous", "Previous difference", "Shift+K",
               "Move the crosshair back to the difference before.", lambda: work.walk.step(-1)),
        action("accept_difference", "Accept the difference here", "Y",
               "Take the connected difference under the crosshair over into the mask.",
               lambda: work.judge_at(Verdict.ACCEPT, desk.state.view.cursor_ras)),
        action("reject_difference", "Reject the difference here", "U",
               "Keep the mask as it is at the connected difference under the crosshair.",
               lambda: work.judge_at(Verdict.REJECT, desk.state.view.cursor_ras)),
        action("accept_all", "Accept the whole proposal", "",
               "Take all differences over into the mask, as far as locks and the overwrite rule allow.",
               lambda: work.judge(Verdict.ACCEPT, Part())),
        action("reject_all", "Reject the whole proposal", "",
               "Keep the mask as it is; the proposal goes.",
               lambda: work.judge(Verdict.REJECT, Part())),
    )  # fmt: skip
