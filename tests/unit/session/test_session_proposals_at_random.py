"""Random verdicts, strokes, undos and redos on a proposal: what always holds, what a journal brings back."""

from __future__ import annotations

import numpy as np
import pytest
from session_volumes import make_volume

from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch
from medview.core.layers import Match, Proposal
from medview.edit.difference import difference
from medview.jobs.lanes import InlineLane
from medview.session.files.layers_from import Content
from medview.session.journal.catalogue import orphans
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import replay
from medview.session.labels.table import change_labels
from medview.session.proposals.settling import Part, Verdict
from medview.session.session import Session
from medview.session.workflows import Workflows

SHAPE = (9, 8, 7)


def table(count):
    return LabelTable(tuple(LabelEntry(value=v, name=f"L{v}", colour=(v, v, v)) for v in range(1, count + 1)))


def random_map(rng, geometry, count, filled):
    array = rng.integers(1, count + 1, SHAPE) * (rng.random(SHAPE) < filled)
    return LabelMap(np.asarray(array, np.uint8, order="F"), geometry, table(count))


class Judge:
    """Does what a person may do with a proposal, at random."""

    def __init__(self, rng, root):
        self.rng = rng
        self.session = Session()
        self.recorder = Recorder(self.session, root, lambda work: work(), pytest.fail)
        lane = InlineLane()
        self.work = Workflows(
            self.session, files_lane=lane, models_lane=lane, post=lambda call: call(), surface_maker=""
        )
        volume = make_volume(shape=SHAPE)
        mask = Content(name="hand", data=random_map(rng, volume.geometry, 2, 0.2))
        self.work.opening.add("Open", (Content(name="T2", data=volume, source=volume.source), mask))
        self.hand = self.session.state.layers[1]
        matches = tuple(Match(name=f"m{v}", value=v, is_new=v == 3) for v in (1, 2, 3))
        found = Content(
            name="offer",
            data=random_map(rng, volume.geometry, 3, 0.2),
            proposal=Proposal(target_id=self.hand.id, matches=matches),
        )
        self.work.opening.add("Run", (found,))
        self.deeds = (self.judge_piece, self.judge_piece, self.judge_label, self.paint, self.lock,
                      self.undo, self.redo, self.rematch)  # fmt: skip

    def verdict(self):
        return Verdict.ACCEPT if self.rng.random() < 0.5 else Verdict.REJECT

    def judge_piece(self):
        found = self.work.proposing.walk.difference
        if found is not None and len(found):
            place = found.seeds[self.rng.integers(len(found))]
            part = Part(words="a difference", voxel_ijk=tuple(int(n) for n in place))
            self.work.proposing.judge(self.verdict(), part)

    def judge_label(self):
        value = int(self.rng.integers(1, 4))
        self.work.proposing.judge(self.verdict(), Part(words=f"L{value}", value=value))

    def paint(self):
        if self.hand.data.table.locked_values:
            return
        corner = tuple(int(self.rng.integers(0, n - 2)) for n in SHAPE)
        with self.session.stroke(self.hand.id, "Paint") as stroke:
            stroke.apply(Patch(corner, np.full((2, 2, 2), self.rng.integers(0, 3), np.uint8)))

    def lock(self):
        value = int(self.rng.integers(1, 3))
        entry = self.hand.data.table.find(value)
        change_labels(self.session, self.hand.id, (value,), locked=not entry.locked)

    def undo(self):
        if self.session.undo_stack.position > 2:
            self.session.undo()

    def redo(self):
        self.session.redo()

    def rematch(self):
        offer = self.work.proposing.walk.offer
        if offer is not None and self.rng.random() < 0.3:
            match = offer.layer.proposal.matches[int(self.rng.integers(3))]
            self.work.proposing.rematch(match, (1, 2, None)[int(self.rng.integers(3))])

    def check(self):
        offer = self.work.proposing.walk.offer
        if offer is not None:
            expected = difference(offer.mask.array, offer.labels.array)
            np.testing.assert_array_equal(self.work.proposing.walk.difference.voxels, expected.voxels)
        known = {0, *self.hand.data.table.values}
        assert set(np.unique(self.hand.data.array)) <= known, "every voxel of the mask has a label it knows"


@pytest.mark.parametrize("seed", range(6))
def test_random_judging_keeps_the_mask_whole_and_comes_back_from_the_journal(tmp_path, seed):
    judge = Judge(np.random.default_rng(seed), tmp_path / "journals")
    for _ in range(60):
        locked = {v: judge.hand.data.array == v for v in judge.hand.data.table.locked_values}
        # a proposal that has come to its end is brought back
        is_open = judge.work.proposing.walk.offer is not None
        deed = judge.deeds[judge.rng.integers(len(judge.deeds))] if is_open else judge.undo
        deed()
        judge.check()
        if deed not in (judge.undo, judge.redo, judge.lock):
            for value, before in locked.items():
                np.testing.assert_array_equal(judge.hand.data.array == value, before)
    session = judge.session
    assert judge.recorder.settle()
    judge.recorder.leave()
    (folder,) = orphans(tmp_path / "journals")
    found = replay(folder)
    assert found.notes == () and found.session.undo_stack.titles == session.undo_stack.titles
    for position in (session.undo_stack.position, 2, session.undo_stack.count):
        found.session.go_to(position)
        session.go_to(position)
        for one, other in zip(found.session.state.layers, session.state.layers, strict=True):
            assert (one.name, one.proposal, one.provenance) == (other.name, other.proposal, other.provenance)
            if one.is_labels:
                np.testing.assert_array_equal(one.data.array, other.data.array)
                assert one.data.table == other.data.table
    folder.release()
