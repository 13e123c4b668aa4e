"""The review panel: what a proposal adds, removes and relabels, by label and by piece, and verdicts on it."""

from __future__ import annotations

from collections.abc import Iterable

from medview.core.layers import LayerId
from medview.core.state import SessionState
from medview.edit.difference import Change, Difference, Piece
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.hand.tool_table import JUDGING_TOOLS, HandTool
from medview.present.judge_actions import why_no_doubt
from medview.present.labels_presenter import volume_text
from medview.present.ports.edit_port import ToolRow
from medview.present.ports.proposal_port import (
    AmountRow,
    MatchRow,
    PieceRow,
    ProposalPlan,
    ProposalViewPort,
    ProposedLabelRow,
)
from medview.session.labels.table import entry_of
from medview.session.proposals.offer import Offer, open_offer, why_not_judge
from medview.session.proposals.settling import A_PIECE, Part, Verdict

#: Lines of the list: more are neither read nor clicked; the walk and clicks in slices reach every piece.
MOST_LINES = 200
_MERGED = "Two labels of the model became this one; undo that to part them."


def resolve_proposal(state: SessionState, found: Difference | None, at: int) -> ProposalPlan:
    """Return what the panel shows: pure.

    Args:
        state: The session.
        found: Where the open proposal differs; None while that is looked for.
        at: The piece that was gone to last.
    """
    offer = open_offer(state)
    reason = why_not_judge(state)
    tools = tuple(_tool_row(entry, reason) for entry in JUDGING_TOOLS)
    if offer is None:
        return ProposalPlan(tool=state.view.tool, tools=tools, why_not=reason)
    pieces = _piece_rows(offer, found) if found is not None else ()
    return ProposalPlan(
        title=offer.layer.name,
        summary=_summary(found),
        amounts=_amounts(offer, found.summed() if found is not None else ()),
        labels=_label_rows(offer, found) if found is not None else (),
        matches=_match_rows(offer),
        pieces=pieces,
        left_off=_cut_words(len(pieces), found),
        at=at if at < len(pieces) else -1,
        tool=state.view.tool,
        tools=tools,
        why_not=reason,
        why_no_doubt=why_no_doubt(state),
    )


def _cut_words(listed: int, found: Difference | None) -> str:
    return (
        f"The largest {listed} of {len(found)} are listed."
        if found is not None and len(found) > listed
        else ""
    )


def _tool_row(entry: HandTool, reason: str) -> ToolRow:
    tip = f"{entry.title} ({', '.join(entry.keys)}): {entry.tip}"
    return ToolRow(tool=entry.tool, tip=tip, why_not=reason)


def _summary(found: Difference | None) -> str:
    if found is None:
        return "Comparing the proposal with its mask…"
    if not len(found):
        return "Nothing differs: accept or reject the proposal to end it."
    return "1 difference" if len(found) == 1 else f"{len(found)} differences"


def _amounts(offer: Offer, changes: Iterable[Change]) -> AmountRow:
    """Volumes of what comes from the background, goes to it, and changes between labels."""
    sums = {"added": 0, "removed": 0, "relabelled": 0}
    for change in changes:
        kind = "added" if not change.before else "removed" if not change.after else "relabelled"
        sums[kind] += change.voxels
    texts = {kind: _volume(offer, voxels) for kind, voxels in sums.items()}
    return AmountRow(**texts)


def _volume(offer: Offer, voxels: int) -> str:
    text = volume_text(voxels * offer.layer.geometry.voxel_ml)
    return f"{text} mL" if text else ""


def _label_rows(offer: Offer, found: Difference) -> tuple[ProposedLabelRow, ...]:
    changes = found.summed()
    differing = {value for change in changes for value in (change.before, change.after) if value}
    order = [*offer.mask.table.values, *offer.labels.table.values, *sorted(differing)]
    return tuple(
        _label_row(offer, found, changes, value) for value in dict.fromkeys(order) if value in differing
    )


def _label_row(offer: Offer, found: Difference, changes: tuple[Change, ...], value: int) -> ProposedLabelRow:
    """To a label belongs what it gains and loses; what it exchanges with other labels is told apart."""
    entry = offer.mask.table.find(value) or entry_of(offer.labels, value)
    own = [change for change in changes if value in (change.before, change.after)]
    return ProposedLabelRow(
        value=value,
        name=entry.name,
        colour=entry.colour,
        amounts=_amounts(offer, own),
        pieces=found.pieces_with(value),
    )


def _match_rows(offer: Offer) -> tuple[MatchRow, ...]:
    assert offer.layer.proposal is not None
    matches = offer.layer.proposal.matches
    values = [match.value for match in matches]
    choices = tuple((entry.value, entry.name) for entry in offer.mask.table.entries)
    return tuple(
        MatchRow(
            name=match.name,
            value=None if match.is_new else match.value,
            choices=choices,
            why_not=_MERGED if values.count(match.value) > 1 else "",
        )
        for match in matches
    )


def _piece_rows(offer: Offer, found: Difference) -> tuple[PieceRow, ...]:
    pieces = (found.piece(number) for number in range(min(len(found), MOST_LINES)))
    return tuple(PieceRow(volume=_volume(offer, p.voxels), words=_piece_words(offer, p)) for p in pieces)


def _piece_words(offer: Offer, piece: Piece) -> str:
    """Such as ``"Vessel added"``, or ``"Vessel removed, 2 more changes"``."""
    most, others = piece.changes[0], len(piece.changes) - 1
    words = _change_words(offer, most)
    return f"{words} and {others} more change{'s' if others > 1 else ''}" if others else words


def _change_words(offer: Offer, change: Change) -> str:
    def name(value: int) -> str:
        return (offer.mask.table.find(value) or entry_of(offer.labels, value)).name

    if not change.before:
        return f"{name(change.after)} added"
    if not change.after:
        return f"{name(change.before)} removed"
    return f"{name(change.before)} to {name(change.after)}"


class ProposalPresenter:
    """Presents the open proposal.

    Args:
        desk: The session and the use cases.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, view: ProposalViewPort, actions: ActionTable) -> None:
        self._desk = desk
        self._work = desk.workflows.proposing
        self._view = view
        self._actions = actions
        self._plan: ProposalPlan | None = None
        self._shown: LayerId | None = None
        view.judged.connect(self._on_judged)
        view.piece_judged.connect(self._on_piece_judged)
        view.piece_chosen.connect(self._work.walk.go_to)
        view.stepped.connect(self._on_stepped)
        view.doubt_asked.connect(lambda: actions.run("tools.doubt_next"))
        view.match_chosen.connect(self._on_match)
        view.tool_chosen.connect(lambda tool: actions.run(f"tools.{tool.value}"))
        self._work.walk.changed.connect(self.refresh)
        desk.session.changed.connect(self._on_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the proposal if anything about it is new."""
        plan = resolve_proposal(self._desk.state, self._work.walk.latest, self._work.walk.at)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        facts_before, facts_now = ((s.layers, s.active_id, s.view.tool) for s in (old, new))
        if facts_before != facts_now and not self._desk.session.is_painting:
            self.refresh()
        offer = open_offer(new)
        shown = offer.layer.id if offer is not None else None
        if shown != self._shown and shown is not None and all(layer.id != shown for layer in old.layers):
            self._view.reveal()
        self._shown = shown

    def _on_judged(self, accepts: bool, value: int | None) -> None:
        offer = self._work.walk.offer
        if offer is None:
            return
        entry = None if value is None else offer.mask.table.find(value) or entry_of(offer.labels, value)
        self._judge(accepts, Part(words=entry.name if entry is not None else "", value=value))

    def _on_piece_judged(self, accepts: bool, line: int) -> None:
        found = self._work.walk.difference
        if found is not None and 0 <= line < len(found):
            self._judge(accepts, Part(words=A_PIECE, piece=found.piece(line)))

    def _judge(self, accepts: bool, part: Part) -> None:
        verdict = Verdict.ACCEPT if accepts else Verdict.REJECT
        self._actions.guarded(verdict.value, lambda: self._work.judge(verdict, part))

    def _on_stepped(self, steps: int) -> None:
        self._actions.run("tools.difference_next" if steps > 0 else "tools.difference_previous")

    def _on_match(self, line: int, value: int | None) -> None:
        offer = self._work.walk.offer
        if offer is None or offer.layer.proposal is None:
            return
        match = offer.layer.proposal.matches[line]
        self._actions.guarded("Match labels", lambda: self._work.rematch(match, value))
        self._plan = None
        self.refresh()
