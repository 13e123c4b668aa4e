"""Proposals: a model's labels over a mask, accepted and rejected part by part, undone and done again."""

from __future__ import annotations

import numpy as np
import pytest
from session_volumes import make_volume

from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.session.files.layers_from import Content
from medview.session.proposals.settling import Part, Verdict


def scan():
    """8 x 8 x 8 voxels; bright are two boxes: 8 voxels in a corner, and 27."""
    volume = make_volume(shape=(8, 8, 8))
    data = np.zeros((8, 8, 8), np.float32)
    data[0:2, 0:2, 0:2] = 1  # 8 voxels, apart from the mask
    data[4:7, 4:7, 4:7] = 1  # 27 voxels, 9 of them in the mask
    from dataclasses import replace

    return replace(volume, data=data)


@pytest.fixture
def proposed(workflows):
    """A mask and what the model says about it: one piece to add, one to change, one to remove."""
    session, volume = workflows.session, scan()
    array = np.zeros(volume.geometry.shape, np.uint8, order="F")
    array[4, 4:7, 4:7] = 1  # agreed
    array[0:2, 6:8, 6:8] = 1  # 8 voxels that the model does not find
    table = LabelTable((LabelEntry(value=1, name="Bright thing", colour=(200, 0, 0)),))
    mask = Content(name="hand", data=LabelMap(array, volume.geometry, table))
    workflows.opening.add("Open", (Content(name="T2", data=volume, source=volume.source), mask))
    image, hand = session.state.layers
    session.set_active(hand.id)
    workflows.models.run("bright", {"t2": image.id}, {"level": 0.5}, "auto", hand.id)
    return workflows


def maps(workflows):
    return {layer.name: layer.data.array for layer in workflows.session.state.layers if layer.is_labels}


def test_the_result_is_a_proposal_and_the_mask_stays_in_hand(proposed, heard):
    state = proposed.session.state
    hand, offer = state.layers[1:]
    assert offer.name == "Bright for hand" and state.active is hand
    assert state.target_of(offer) is hand
    assert [(m.name, m.value, m.is_new) for m in offer.proposal.matches] == [("Bright thing", 1, False)]
    assert offer.provenance["output"] == "bright"
    found = proposed.proposing.difference
    assert found.voxels.tolist() == [18, 8, 8]


def test_accepting_all_makes_the_mask_what_the_model_says_and_the_proposal_goes(proposed):
    before = maps(proposed)["hand"].copy()
    wanted = maps(proposed)["Bright for hand"].copy()
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    assert list(maps(proposed)) == ["hand"]
    np.testing.assert_array_equal(maps(proposed)["hand"], wanted)
    assert proposed.session.undo() == "Accept Bright for hand"
    np.testing.assert_array_equal(maps(proposed)["hand"], before)
    np.testing.assert_array_equal(maps(proposed)["Bright for hand"], wanted)
    proposed.session.redo()
    assert list(maps(proposed)) == ["hand"]


def test_rejecting_all_leaves_the_mask_alone(proposed):
    before = maps(proposed)["hand"].copy()
    proposed.proposing.judge(Verdict.REJECT, Part())
    assert list(maps(proposed)) == ["hand"]
    np.testing.assert_array_equal(maps(proposed)["hand"], before)
    assert proposed.session.undo() == "Reject Bright for hand"
    assert list(maps(proposed)) == ["hand", "Bright for hand"]


def test_pieces_are_judged_one_by_one_and_the_last_verdict_ends_it(proposed, heard):
    judge = proposed.proposing.judge
    judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(0, 0, 0)))
    assert maps(proposed)["hand"].sum() == 9 + 8 + 8
    judge(Verdict.REJECT, Part(words="a difference", voxel_ijk=(6, 6, 6)))
    assert maps(proposed)["hand"].sum() == 9 + 8 + 8
    assert proposed.proposing.difference.voxels.tolist() == [8]
    judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(1, 7, 7)))
    assert list(maps(proposed)) == ["hand"] and maps(proposed)["hand"].sum() == 9 + 8
    assert proposed.session.undo_stack.titles[-3:] == (
        "Accept a difference of Bright for hand",
        "Reject a difference of Bright for hand",
        "Accept a difference of Bright for hand",
    )
    assert heard.told[-1].endswith("Nothing differs any more, so the proposal is gone.")
