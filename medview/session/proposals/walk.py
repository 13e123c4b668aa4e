"""Where the open proposal differs from its mask, kept up to date, and the way through the differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from psygnal import Signal

from medview.core.errors import Cancelled, InputRefused
from medview.core.state import SessionState
from medview.core.volume import AnyArray
from medview.edit.difference import Difference, difference
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.proposals.offer import NOTHING_PROPOSED, Offer, OfferKey, open_offer
from medview.session.session import Session


class DifferenceWalk:
    """Looks for the difference anew after every change, and leads from one piece of it to the next.

    Args:
        session: Whose layers.
        desk: Where the jobs are started.
        notices: Told which piece was gone to.
        lane: A lane of this process.

    Attributes:
        changed: Emitted when the difference is another one, or is being looked for.
    """

    changed = Signal()

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._found: Difference | None = None
        self._key: OfferKey | None = None
        self._tried: OfferKey | None = None
        self._is_looking = False
        self._at = -1
        self._wanted = 0
        session.changed.connect(self._refresh)
        session.undo_stack.changed.connect(self._refresh)

    @property
    def offer(self) -> Offer | None:
        """The proposal that is judged now."""
        return open_offer(self._session.state)

    @property
    def difference(self) -> Difference | None:
        """Where it differs; None where that is not known yet."""
        offer = self.offer
        return self._found if offer is not None and offer.key == self._key else None

    @property
    def latest(self) -> Difference | None:
        """The difference as it was known last, to be shown while it is looked for anew."""
        offer = self.offer
        is_same = offer is not None and self._key is not None and _same_layers(offer.key, self._key)
        return self._found if is_same else None

    def _refresh(self, *_states: SessionState) -> None:
        """Look for the difference anew where voxels have changed; between strokes only."""
        offer = self.offer
        if offer is None or self._is_looking or self._session.is_painting or offer.key == self._tried:
            return
        key = self._tried = offer.key
        payload = {"deed": difference, "arguments": (offer.mask.array, offer.labels.array)}
        job = Job(title=f"Comparing {offer.layer.name} with its mask", target=computed, payload=payload)

        def done(event: JobDone) -> None:
            now = self.offer
            # voxels that changed while they were read: what was found stands for nothing
            if now is not None and now.key == key:
                self._take_difference(event.value, key)

        def ended() -> None:
            self._is_looking = False
            self.changed.emit()
            self._refresh()
            wanted, self._wanted = self._wanted, 0
            if wanted:
                self.step(wanted)

        self._is_looking = True
        self._desk.start(self._lane, job, Reactions(done=done, ended=ended), is_shown=False)
        self.changed.emit()

    @property
    def at(self) -> int:
        """The piece that was gone to last, from 0; -1 before the first."""
        return self._at

    def step(self, steps: int) -> None:
        """Go to the next (1) or previous (-1) piece, the largest first, and round again.

        Raises:
            InputRefused: Nothing is proposed.
        """
        if self.offer is None:
            raise InputRefused("Cannot go to a difference", "nothing is proposed", NOTHING_PROPOSED)
        found = self.difference
        if found is None:
            self._wanted = steps
            self._refresh()
        elif len(found):
            start = max(self._at, -1 if steps > 0 else 0)
            self.go_to((start + steps) % len(found))

    def go_to(self, number: int) -> None:
        """Move the crosshair to a piece, from 0; the largest is the first."""
        found = self.difference
        if found is None or not 0 <= number < len(found):
            return
        self._at = number
        piece, count = found.piece(number), len(found)
        offer = self.offer
        assert offer is not None
        x, y, z = (float(mm) for mm in offer.layer.geometry.ras_of(piece.seed_ijk))
        self._session.set_view(cursor_ras=(x, y, z))
        self.changed.emit()
        self._notices.told.emit(f"Difference {number + 1} of {count}: {voxels_in_words(piece.voxels)}.")

    def _take_difference(self, found: Difference, key: OfferKey) -> None:
        """The walk goes on where it was: a piece that is settled is not skipped."""
        old = self._found if self._key is not None and _same_layers(self._key, key) else None
        self._found, self._key = found, key
        if old is None or self._at < 0:
            self._at = -1
            return
        seed = old.seeds[self._at]
        stays = np.flatnonzero((found.seeds == seed).all(axis=1))
        self._at = int(stays[0]) if stays.size else min(self._at, len(found)) - 1


def _same_layers(one: OfferKey, other: OfferKey) -> bool:
    return (one[0], one[2]) == (other[0], other[2])


def voxels_in_words(count: int) -> str:
    """Such as ``"12 voxels"``."""
    return "1 voxel" if count == 1 else f"{count} voxels"


def computed(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Any, Mapping[str, AnyArray]]:
    """Job target: what a function says of two label maps."""
    link.progress(0.1, "Comparing the proposal with its mask")

    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    return payload["deed"](*payload["arguments"], check), {}
