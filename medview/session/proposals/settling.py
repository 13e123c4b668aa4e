"""What accepting and rejecting change, worked out away from the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from medview.core.labels import LabelMap, Patch
from medview.core.overwrite import OverwriteRule
from medview.edit.difference import (
    Difference,
    Piece,
    changes_in,
    count_differing,
    difference,
    piece_region,
    taking,
)
from medview.edit.permission import Permission, permitted
from medview.edit.region import NOTHING, Mask, Region, Triple
from medview.session.patches import PackedPatch
from medview.session.proposals.offer import Offer

Check = Callable[[], None]

#: What a connected difference is called in the history.
A_PIECE = "a difference"


class Verdict(Enum):
    """What is done with a part of a proposal."""

    ACCEPT = "Accept"
    REJECT = "Reject"


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """A part of a proposal.

    Args:
        words: What people call it, for the undo step: ``"a piece"``; empty for all of it.
        value: Only voxels that have this label or are proposed to get it; None: of any label.
        piece: Only this piece.
        voxel_ijk: Only the piece that holds this voxel.
    """

    words: str = ""
    value: int | None = None
    piece: Piece | None = None
    voxel_ijk: Triple | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Settlement:
    """What a verdict on a part changes.

    Args:
        packed: Patches: of the mask where it was accepted, of the proposal where it was rejected.
        settled: How many voxels differ no more.
        held: How many a lock or the overwrite rule keeps as they are.
        left: How many differ still, the held ones included; None where that is not known.
        values: Labels that voxels of the mask get.
    """

    packed: list[PackedPatch]
    settled: int
    held: int
    left: int | None
    values: frozenset[int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Painted:
    """What a brush went over, as it was while the button was held.

    Args:
        offer: The proposal, and the mask as it was at the press.
        verdict: Accepted or rejected.
        patches: Made one after the other; no voxel twice.
        held: Voxels that differ and could not be changed.
        before: How many voxels differed at the press; None where that was not known.
    """

    offer: Offer
    verdict: Verdict
    patches: tuple[Patch, ...]
    held: int
    before: int | None

    def settlement(self) -> Settlement:
        """The same as what a verdict on a part changes."""
        counts = [patch.values.size if patch.mask is None else patch.mask.sum() for patch in self.patches]
        values = [np.unique(patch.values[_mask_of(patch)]) for patch in self.patches]
        settled = int(sum(counts))
        return Settlement(
            packed=[PackedPatch.pack(patch) for patch in self.patches],
            settled=settled,
            held=self.held,
            left=self.before - settled if self.before is not None else None,
            values=frozenset(int(value) for part in values for value in part if value),
        )


def title_of(verdict: Verdict, part: Part, offer: Offer) -> str:
    """Name of the undo step, such as ``"Accept a difference of Vessels for Mask"``."""
    return (
        f"{verdict.value} {part.words} of {offer.layer.name}"
        if part.words
        else (f"{verdict.value} {offer.layer.name}")
    )


def _mask_of(patch: Patch) -> Mask:
    return np.ones(patch.values.shape, bool) if patch.mask is None else patch.mask


def settle(
    mask: LabelMap,
    proposal: LabelMap,
    part: Part,
    verdict: Verdict,
    rule: OverwriteRule,
    known: Difference | None = None,
    check_cancelled: Check = lambda: None,
) -> Settlement:
    """Work out what accepting or rejecting a part changes; changes nothing.

    Accepting goes through the gate of all tools: locked labels and the overwrite rule hold. Rejecting
    changes the proposal alone, which takes what the mask holds there.

    Args:
        mask: The mask.
        proposal: What is proposed for it.
        part: What is judged.
        verdict: How.
        rule: What may be overwritten.
        known: Where the two differ, if that was found already: it need not be looked for again.
        check_cancelled: Called now and then; raises to stop.
    """
    region = _region(mask, proposal, part, known, check_cancelled)
    packed: list[PackedPatch] = []
    wanted, settled, values = 0, 0, set[int]()
    for box, where in changes_in(mask.array, proposal.array, part.value, region):
        check_cancelled()
        wanted += int(np.count_nonzero(where))
        if verdict is Verdict.REJECT:
            packed.append(PackedPatch.pack(taking(mask.array, box, where)))
            continue
        patch = permitted(mask, taking(proposal.array, box, where), Permission(rule=rule))
        if patch is not None:
            assert patch.mask is not None
            settled += int(np.count_nonzero(patch.mask))
            values.update(int(value) for value in np.unique(patch.values[patch.mask]))
            packed.append(PackedPatch.pack(patch))
    settled = wanted if verdict is Verdict.REJECT else settled
    total = known.total if known is not None else count_differing(mask.array, proposal.array)
    return Settlement(
        packed=packed,
        settled=settled,
        held=wanted - settled,
        left=total - settled,
        values=frozenset(values - {0}),
    )


def _region(
    mask: LabelMap, proposal: LabelMap, part: Part, known: Difference | None, check_cancelled: Check
) -> Region | None:
    if part.piece is not None:
        return piece_region(mask.array, proposal.array, part.piece.box, part.piece.seed_ijk)
    if part.voxel_ijk is not None:
        found = known or difference(mask.array, proposal.array, check_cancelled)
        return piece_at(mask, proposal, part.voxel_ijk, found)
    return None


def piece_at(mask: LabelMap, proposal: LabelMap, ijk: Triple, found: Difference) -> Region:
    """The piece of the difference that holds a voxel; nothing where the voxel does not differ."""
    if mask.array[ijk] == proposal.array[ijk]:
        return NOTHING
    for number in found.holding(ijk):
        piece = found.piece(number)
        region = piece_region(mask.array, proposal.array, piece.box, piece.seed_ijk)
        if region.in_box((*(slice(at, at + 1) for at in ijk),)).any():  # type: ignore[arg-type]
            return region
    return NOTHING
