"""The journey of a proposal: where it differs from its mask, and its parts accepted or rejected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from medview.core.errors import InputRefused
from medview.core.labels import LabelEntry, LabelTable, Patch
from medview.core.layers import Match
from medview.core.origin import SOMEBODY, Maker, model_maker
from medview.core.plans import Vector
from medview.edit.relabel import relabelled
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.commands import ApplyPatches, ChangeLayer, RemoveLayer
from medview.session.job_desk import JobDesk, Reactions
from medview.session.labels.mask_jobs import MaskJobs
from medview.session.labels.table import entry_of, label_map, set_table
from medview.session.notices import Notices
from medview.session.proposals.making import with_accepted
from medview.session.proposals.matching import rematched_entry
from medview.session.proposals.offer import Offer
from medview.session.proposals.settling import (
    A_PIECE,
    Painted,
    Part,
    Settlement,
    Verdict,
    settle,
    title_of,
)
from medview.session.proposals.walk import DifferenceWalk, computed, voxels_in_words
from medview.session.session import Session

_Deed = Callable[..., Any]


class Proposing:
    """Settles parts of the open proposal.

    Args:
        session: Whose layers.
        desk: Where the jobs are started.
        notices: Told what was accepted or held back.
        lane: A lane of this process.

    Attributes:
        walk: Where the proposal differs, and the way from difference to difference.
    """

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._mask_jobs = MaskJobs(session, desk, lane)
        self.walk = DifferenceWalk(session, desk, notices, lane)

    def judge(self, verdict: Verdict, part: Part) -> str:
        """Accept or reject a part of the open proposal as one undo step; returns the job's id.

        Where nothing differs any more the proposal goes in the same step. Done again where voxels change
        meanwhile.
        """
        offer = self.walk.offer
        if offer is None:
            return ""
        title = title_of(verdict, part, offer)
        rule = self._session.state.view.overwrite
        return self._compute(
            title,
            settle,
            lambda: (offer.mask, offer.labels, part, verdict, rule, self.walk.difference),
            offer,
            lambda found: self._take(offer, title, verdict, found),
        )

    def judge_at(self, verdict: Verdict, ras: Vector) -> str:
        """Accept or reject the piece at a patient position; told where nothing differs there."""
        offer = self.walk.offer
        ijk = offer.layer.geometry.voxel_at(ras) if offer is not None else None
        if offer is None or ijk is None or offer.mask.array[ijk] == offer.labels.array[ijk]:
            self._notices.told.emit("Nothing differs here; K goes to the next difference.")
            return ""
        return self.judge(verdict, Part(words=A_PIECE, voxel_ijk=ijk))

    def take_painted(self, painted: Painted) -> None:
        """Make what a brush went over one undo step, as a verdict on it; told and ended as every verdict."""
        part = Part(words="painted differences")
        title = title_of(painted.verdict, part, painted.offer)
        self._take(painted.offer, title, painted.verdict, painted.settlement())

    def rematch(self, match: Match, value: int | None) -> str:
        """Let a label of the proposal stand for another one of the mask, or (None) for a new one.

        One undo step; returns the job's id, empty where nothing is asked for.

        Raises:
            InputRefused: The mask has no number left for a new label.
        """
        offer = self.walk.offer
        if offer is None or value == (None if match.is_new else match.value):
            return ""
        entry = rematched_entry(offer, match, value)
        title = f"{match.name} stands for {entry.name if value is not None else 'a new label'}"
        layer_id = offer.layer.id

        def take(patches: tuple[Patch, ...]) -> None:
            layer = self._session.state.layer(layer_id)
            if layer is None or layer.proposal is None or match not in layer.proposal.matches:
                return
            changed = replace(match, value=entry.value, is_new=value is None)
            matches = tuple(changed if known == match else known for known in layer.proposal.matches)
            before = label_map(self._session, layer_id).table
            table = before if before.find(entry.value) is not None else before.with_entry(entry)
            if match.is_new and all(other.value != match.value for other in matches):
                table = table.without((match.value,))
            with self._session.macro(title):
                if table != before:
                    set_table(self._session, layer_id, table, title)
                if patches:
                    self._session.do(ApplyPatches.of(title, layer_id, patches, by=None))
                changes = {"proposal": replace(layer.proposal, matches=matches)}
                self._session.do(ChangeLayer(layer_id=layer_id, changes=changes, title=title))

        new_of = {match.value: entry.value}
        return self._mask_jobs.compute(layer_id, title, relabelled, (new_of,), take)

    def _compute(
        self,
        title: str,
        deed: _Deed,
        arguments: Callable[[], tuple[Any, ...]],
        offer: Offer,
        take: Callable[[Any], None],
    ) -> str:
        """Compute with the voxels of both maps; again where they change, given up where a layer goes."""
        self._session.close_stroke()
        key = offer.key
        payload = {"deed": deed, "arguments": arguments()}
        job = Job(title=title, target=computed, payload=payload)

        def done(event: JobDone) -> None:
            layer = self._session.state.layer(offer.layer.id)
            if layer is None or self._session.state.target_of(layer) is None:
                return
            if offer.key != key:
                self._compute(title, deed, arguments, offer, take)
            else:
                take(event.value)

        return self._desk.start(self._lane, job, Reactions(done=done))

    def _take(self, offer: Offer, title: str, verdict: Verdict, found: Settlement) -> None:
        if found.packed or found.left == 0:
            accepts = verdict is Verdict.ACCEPT
            with self._session.macro(title):
                if accepts:
                    self._add_labels(offer, found)
                    self._note_maker(offer, title)
                if found.packed:
                    changed, by = (offer.target, maker_of(offer)) if accepts else (offer.layer, None)
                    step = ApplyPatches(title=title, layer_id=changed.id, _packed=found.packed, by=by)
                    self._session.do(step)
                if found.left == 0:
                    self._session.do(RemoveLayer(layer_id=offer.layer.id))
        self._notices.told.emit(_sentence(title, verdict, found))

    def _add_labels(self, offer: Offer, found: Settlement) -> None:
        """Give the mask the labels that it gets voxels of and does not know.

        Raises:
            InputRefused: The number of a new label was given to another one meanwhile.
        """
        layer = self._session.state.layer(offer.layer.id)
        assert layer is not None and layer.proposal is not None
        table = label_map(self._session, offer.target.id).table
        new = [match for match in layer.proposal.matches if match.is_new and match.value in found.values]
        for match in new:
            taken = table.find(match.value)
            if taken is not None:
                detail = f"its number {match.value} was given to {taken.name} meanwhile"
                raise InputRefused(
                    f"Cannot add {match.name}", detail, "Choose in Review what it stands for, then accept it."
                )
        unknown = [value for value in sorted(found.values) if table.find(value) is None]
        if unknown:
            entries = [entry_of(offer.labels, value) for value in unknown]
            table = LabelTable((*table.entries, *entries))
            set_table(self._session, offer.target.id, table, _added(entries))
        if new:
            known = tuple(replace(m, is_new=False) if m in new else m for m in layer.proposal.matches)
            changes = {"proposal": replace(layer.proposal, matches=known)}
            title = _added([entry_of(offer.labels, match.value) for match in new])
            self._session.do(ChangeLayer(layer_id=layer.id, changes=changes, title=title))

    def _note_maker(self, offer: Offer, title: str) -> None:
        """Let the mask know from now on what else it holds, and whether that was ever imaged."""
        target = self._session.state.layer(offer.target.id)
        assert target is not None
        facts = with_accepted(target.provenance, offer.layer)
        if facts != target.provenance:
            changes = {"provenance": facts}
            self._session.do(ChangeLayer(layer_id=target.id, changes=changes, title=title))


def maker_of(offer: Offer) -> Maker:
    """Who made what a proposal proposes: the model, not the hand that accepts."""
    return model_maker(offer.layer.provenance or {}) or SOMEBODY


def _added(entries: Sequence[LabelEntry]) -> str:
    return f"Add {', '.join(entry.name for entry in entries)}"


def _sentence(title: str, verdict: Verdict, found: Settlement) -> str:
    are = "is" if found.held == 1 else "are"
    held = (
        f"{voxels_in_words(found.held)} {are} locked or protected by the overwrite rule" if found.held else ""
    )
    if not found.packed and found.left != 0:
        return f"{title}: {held or 'nothing differs here'}."
    done = f"{title}: {voxels_in_words(found.settled)} {'changed' if verdict is Verdict.ACCEPT else 'kept'}."
    left = "" if found.left != 0 else "Nothing differs any more, so the proposal is gone."
    return " ".join(filter(None, [done, f"{held} and left as before." if held else "", left]))
