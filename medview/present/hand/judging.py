"""Judging a proposal by hand: a click for a connected difference, a brush for what it goes over."""

from __future__ import annotations

from medview.core.labels import Patch
from medview.core.state import Tool
from medview.edit.ball import ball
from medview.edit.brush import swept_disc
from medview.edit.difference import taking
from medview.edit.permission import Permission, permitted
from medview.edit.region import NOTHING, Region
from medview.present.hand.grip import Grip
from medview.present.ports.slice_port import Pointer
from medview.session.proposals.offer import open_offer
from medview.session.proposals.settling import Painted, Part, Verdict, title_of


def judge_here(grip: Grip, pointer: Pointer) -> None:
    """Accept the difference under the mouse; with Ctrl held, reject it."""
    grip.reach.proposing.judge_at(Verdict.REJECT if pointer.ctrl else Verdict.ACCEPT, pointer.position_ras)


class JudgeDrag:
    """A held left button: accepts or rejects all that it sweeps over; one undo step.

    While it is held the voxels change as in a stroke; on release that stroke is taken back and made again
    as a verdict, with which new labels come and a proposal without differences goes.
    """

    def __init__(self, grip: Grip, pointer: Pointer) -> None:
        offer = open_offer(grip.state)
        assert offer is not None
        view = grip.state.view
        accepts = (view.tool is Tool.ACCEPT) is not pointer.ctrl
        self._grip = grip
        self._offer = offer
        self._verdict = Verdict.ACCEPT if accepts else Verdict.REJECT
        self._permission = Permission(rule=view.overwrite)
        self._radius_mm, self._is_ball = view.brush_radius_mm, view.hand.is_ball
        self._last_ras = pointer.position_ras
        self._patches: list[Patch] = []
        self._held = NOTHING
        found = grip.reach.proposing.walk.difference
        self._before = found.total if found is not None else None
        changed = offer.target if accepts else offer.layer
        grip.strokes.begin(changed, title_of(self._verdict, Part(words="painted differences"), offer))
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Judge from the last position to this one."""
        if not self._grip.strokes.is_open:
            return
        patch = self._patch(self._swept(pointer))
        if patch is not None:
            self._grip.strokes.paint(patch)
            self._patches.append(patch)

    def finish(self) -> None:
        """One undo step."""
        if not self._grip.strokes.is_open:
            return
        self._grip.strokes.cancel()
        if self._patches or not self._held.is_empty:
            self._grip.reach.proposing.take_painted(
                Painted(
                    offer=self._offer,
                    verdict=self._verdict,
                    patches=tuple(self._patches),
                    held=self._held.count,
                    before=self._before,
                )
            )

    def cancel(self) -> None:
        """As if never painted."""
        self._grip.strokes.cancel()

    def _patch(self, region: Region) -> Patch | None:
        mask, proposal = self._offer.mask, self._offer.labels
        if region.is_empty:
            return None
        differs = Region.of(
            region.mask & (mask.array[region.box] != proposal.array[region.box]), region.offset_ijk
        )
        if differs.is_empty:
            return None
        if self._verdict is Verdict.REJECT:
            return taking(mask.array, differs.box, differs.mask)
        patch = permitted(mask, taking(proposal.array, differs.box, differs.mask), self._permission)
        changed = NOTHING if patch is None or patch.mask is None else Region(patch.offset_ijk, patch.mask)
        self._held = self._held | (differs - changed)
        return patch

    def _swept(self, pointer: Pointer) -> Region:
        start, self._last_ras = self._last_ras, pointer.position_ras
        geometry = self._offer.layer.geometry
        if self._is_ball:
            return ball(geometry, start, self._last_ras, self._radius_mm)
        return swept_disc(geometry, start, self._last_ras, self._grip.plan.toward_ras, self._radius_mm)
