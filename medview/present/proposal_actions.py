"""Judging a proposal: from difference to difference, accepting and rejecting."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.state import SessionState
from medview.edit.region import Triple
from medview.present.actions import Action
from medview.present.desk import Desk
from medview.session.journeys.proposing import NOTHING_PROPOSED, Offer, open_offer
from medview.session.proposals.settling import Part, Verdict

A_PIECE = "a difference"


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

    step = desk.workflows.proposing.step
    return (
        action("difference_next", "Next difference", "K",
               "Move the crosshair to where the proposal differs from its mask, the largest place first.",
               lambda: step(1)),
        action("difference_previous", "Previous difference", "Shift+K",
               "Move the crosshair back to the difference before.", lambda: step(-1)),
        action("accept_difference", "Accept the difference here", "Y",
               "Take the connected difference under the crosshair over into the mask.",
               lambda: judge_at(desk, Verdict.ACCEPT)),
        action("reject_difference", "Reject the difference here", "U",
               "Keep the mask as it is at the connected difference under the crosshair.",
               lambda: judge_at(desk, Verdict.REJECT)),
        action("accept_all", "Accept the whole proposal", "",
               "Take all differences over into the mask, as far as locks and the overwrite rule allow.",
               lambda: desk.workflows.proposing.judge(Verdict.ACCEPT, Part())),
        action("reject_all", "Reject the whole proposal", "",
               "Keep the mask as it is; the proposal goes.",
               lambda: desk.workflows.proposing.judge(Verdict.REJECT, Part())),
    )  # fmt: skip


def why_not_judge(state: SessionState) -> str:
    """Why there is nothing to accept or reject; empty where there is."""
    return "" if open_offer(state) is not None else NOTHING_PROPOSED


def judge_at(desk: Desk, verdict: Verdict, ras: tuple[float, float, float] | None = None) -> None:
    """Accept or reject the piece at a patient position (the crosshair's where None)."""
    offer = open_offer(desk.state)
    assert offer is not None
    ijk = _voxel_of(offer, ras if ras is not None else desk.state.view.cursor_ras)
    if ijk is None or offer.mask.array[ijk] == offer.labels.array[ijk]:
        desk.window.show_hint("Nothing differs here. K goes to the next difference.")
        return
    desk.workflows.proposing.judge(verdict, Part(words=A_PIECE, voxel_ijk=ijk))


def _voxel_of(offer: Offer, ras: tuple[float, float, float]) -> Triple | None:
    return offer.layer.geometry.voxel_at(ras)
