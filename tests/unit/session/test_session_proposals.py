"""Proposals: a model's labels over a mask, accepted and rejected part by part, undone and done again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from session_volumes import make_volume

from medview.core.codes import Code, Terminology
from medview.core.errors import InputRefused
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch
from medview.core.layers import LayerId
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.jobs.lanes import InlineLane
from medview.session.commands import ApplyPatches
from medview.session.files.layers_from import Content
from medview.session.journal.catalogue import orphans
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import replay
from medview.session.labels.table import add_label, change_labels
from medview.session.proposals.making import with_accepted
from medview.session.proposals.matching import matches_of
from medview.session.proposals.settling import Part, Verdict
from medview.session.session import Session
from medview.session.workflows import Workflows


def scan():
    """8 x 8 x 8 voxels; bright are two boxes: 8 voxels in a corner, and 27."""
    volume = make_volume(shape=(8, 8, 8))
    data = np.zeros((8, 8, 8), np.float32)
    data[0:2, 0:2, 0:2] = 1  # 8 voxels, apart from the mask
    data[4:7, 4:7, 4:7] = 1  # 27 voxels, 9 of them in the mask
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
    found = proposed.proposing.walk.difference
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
    assert proposed.proposing.walk.difference.voxels.tolist() == [8]
    judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(1, 7, 7)))
    assert list(maps(proposed)) == ["hand"] and maps(proposed)["hand"].sum() == 9 + 8
    assert proposed.session.undo_stack.titles[-3:] == (
        "Accept a difference of Bright for hand",
        "Reject a difference of Bright for hand",
        "Accept a difference of Bright for hand",
    )
    assert heard.told[-1].endswith("Nothing differs any more, so the proposal is gone.")


def test_locked_labels_and_the_overwrite_rule_hold_and_what_was_held_back_is_told(proposed, heard):
    session = proposed.session
    hand = session.state.layers[1]
    add_label(session, hand.id, "Other")
    session.do(ApplyPatches.of("Other", hand.id, [Patch((0, 0, 0), np.full((1, 1, 1), 2, np.uint8))]))
    change_labels(session, hand.id, (2,), locked=True)
    before = maps(proposed)["hand"].copy()
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    now = maps(proposed)["hand"]
    assert now[0, 0, 0] == 2 and now[1, 1, 1] == 1
    assert heard.told[-1] == (
        "Accept Bright for hand: 33 voxels changed. "
        "1 voxel is locked or protected by the overwrite rule and left as before."
    )
    assert list(maps(proposed)) == ["hand", "Bright for hand"], "what was held back still differs"
    session.undo()
    np.testing.assert_array_equal(maps(proposed)["hand"], before)
    session.set_view(overwrite=OverwriteRule(kind=Overwrite.BACKGROUND))
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    np.testing.assert_array_equal(maps(proposed)["hand"] == 0, (before == 0) & (scan().data == 0))


def test_a_part_that_is_wholly_locked_is_no_step_and_is_told(proposed, heard):
    session = proposed.session
    change_labels(session, session.state.layers[1].id, (1,), locked=True)
    steps = session.undo_stack.count
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    assert session.undo_stack.count == steps
    assert heard.told[-1] == (
        "Accept Bright for hand: 34 voxels are locked or protected by the overwrite rule."
    )


def test_the_mask_remembers_the_model_whose_labels_it_took(proposed):
    proposed.proposing.judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(0, 0, 0)))
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    (run,) = proposed.session.state.layers[1].provenance["accepted"]
    assert (run["model"], run["version"], run["output"]) == ("bright", "1.0", "bright")
    proposed.session.undo()
    proposed.session.undo()
    assert proposed.session.state.layers[1].provenance is None


def test_synthesized_labels_leave_their_mark_on_the_mask_that_takes_them():
    layer = SimpleNamespace(name="x", provenance={"model": "m", "output": "o", "synthesized": True})
    facts = with_accepted({"study": "s"}, layer)
    assert facts == {"study": "s", "synthesized": True, "accepted": [{"model": "m", "output": "o"}]}
    assert with_accepted(facts, layer) == facts


def test_a_result_whose_mask_is_gone_becomes_a_mask_of_its_own(workflows):
    session, volume = workflows.session, scan()
    workflows.opening.add("Open", (Content(name="T2", data=volume, source=volume.source),))
    image = session.state.layers[0]
    workflows.models.run("bright", {"t2": image.id}, {"level": 0.5}, "auto", LayerId(99))
    made = session.state.layers[-1]
    assert made.name == "Bright" and made.proposal is None and session.state.active is made


def test_a_label_comes_to_stand_for_another_one_as_one_step(proposed):
    session = proposed.session
    hand, offer = session.state.layers[1:]
    (match,) = offer.proposal.matches
    found = maps(proposed)["Bright for hand"].copy()
    proposed.proposing.rematch(match, None)
    changed = session.state.layers[-1]
    (new,) = changed.proposal.matches
    assert (new.name, new.value, new.is_new) == ("Bright thing", 2, True)
    np.testing.assert_array_equal(maps(proposed)["Bright for hand"], 2 * found)
    assert session.undo_stack.undo_title == "Bright thing stands for a new label"
    assert [e.value for e in changed.data.table.entries] == [1, 2]
    assert proposed.proposing.rematch(new, None) == "", "it is a new one already"
    proposed.proposing.rematch(new, 1)
    assert [e.value for e in changed.data.table.entries] == [1], "a new label that nothing stands for goes"
    session.undo()
    proposed.proposing.judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(0, 0, 0)))
    assert [(e.value, e.name) for e in hand.data.table.entries] == [(1, "Bright thing"), (2, "Bright thing")]
    assert not session.state.layers[-1].proposal.matches[0].is_new
    session.undo()
    assert [e.value for e in hand.data.table.entries] == [1]
    session.undo()
    assert session.state.layers[-1].proposal.matches == (match,)
    np.testing.assert_array_equal(maps(proposed)["Bright for hand"], found)


def test_a_new_label_whose_number_was_given_away_meanwhile_is_refused_in_a_sentence(proposed, heard):
    session = proposed.session
    hand, offer = session.state.layers[1:]
    proposed.proposing.rematch(offer.proposal.matches[0], None)
    add_label(session, hand.id, "Taken")
    before = maps(proposed)["hand"].copy()
    proposed.proposing.judge(Verdict.ACCEPT, Part())
    title, detail, hint = heard.failed[-1]
    assert title == "Cannot add Bright thing" and detail == "its number 2 was given to Taken meanwhile"
    assert "Review" in hint
    np.testing.assert_array_equal(maps(proposed)["hand"], before)


def test_labels_match_by_code_then_by_name_and_never_by_number():
    def entry(value, name, code="", side=""):
        terms = Terminology.of_type(code)
        modifier = Code(side) if side else None
        return LabelEntry(
            value=value, name=name, colour=(1, 2, 3), terms=replace(terms, type_modifier=modifier)
        )

    mask = LabelTable(
        (entry(1, "liver"), entry(4, "Niere", "64033007", "7771000"), entry(5, "Kidney", "64033007"))
    )
    found = LabelTable((entry(1, "Spleen"), entry(2, "Kidney left", "64033007"), entry(3, "LIVER")))
    matches = matches_of(found, mask, 255)
    assert [(m.name, m.value, m.is_new) for m in matches] == [
        ("Spleen", 2, True),
        ("Kidney left", 5, False),
        ("LIVER", 1, False),
    ]
    with pytest.raises(InputRefused, match="no number left"):
        matches_of(found, LabelTable(tuple(entry(v, str(v)) for v in range(1, 6))), 5)


def test_the_only_label_of_a_new_mask_is_what_the_only_label_of_a_result_is_about():
    def table(name, value=1):
        return LabelTable((LabelEntry(value=value, name=name, colour=(1, 2, 3)),))

    for name in ("Mask", "Label 1"):
        assert matches_of(table("Vessel"), table(name), 255)[0].value == 1
    assert matches_of(table("Vessel"), table("Tumour"), 255)[0].is_new


def test_a_walk_goes_from_the_largest_on_and_stays_in_place_where_one_is_settled(proposed, heard):
    walk, judge_at = proposed.proposing.walk, proposed.proposing.judge_at
    session = proposed.session
    geometry = session.state.layers[0].geometry

    def here():
        return geometry.voxel_at(session.state.view.cursor_ras)

    walk.step(1)
    assert walk.at == 0 and scan().data[here()] == 1 and min(here()) >= 4
    assert heard.told[-1] == "Difference 1 of 3: 18 voxels."
    judge_at(Verdict.ACCEPT, session.state.view.cursor_ras)
    assert walk.difference.voxels.tolist() == [8, 8]
    walk.step(1)
    assert walk.at == 0, "the next one has moved up into its place"
    walk.step(1)
    walk.step(1)
    assert walk.at == 0, "round again"
    walk.step(-1)
    assert walk.at == 1
    judge_at(Verdict.ACCEPT, tuple(geometry.ras_of((3, 3, 3))))
    assert heard.told[-1].startswith("Nothing differs here")


def test_a_proposal_and_what_was_judged_of_it_come_back_from_the_journal(proposed, tmp_path):
    session = Session()
    recorder = Recorder(session, tmp_path / "journals", lambda work: work(), print)
    lane = InlineLane()
    work = Workflows(session, files_lane=lane, models_lane=lane, post=lambda call: call(), surface_maker="")
    source = proposed.session.state.layers[1].data
    mask = Content(name="hand", data=LabelMap(source.array.copy("K"), source.geometry, source.table))
    volume = scan()
    work.opening.add("Open", (Content(name="T2", data=volume, source=volume.source), mask))
    image, hand = session.state.layers
    work.models.run("bright", {"t2": image.id}, {"level": 0.5}, "auto", hand.id)
    work.proposing.rematch(session.state.layers[-1].proposal.matches[0], None)
    work.proposing.judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(0, 0, 0)))
    work.proposing.judge(Verdict.REJECT, Part(words="a difference", voxel_ijk=(5, 5, 5)))
    session.undo()
    assert recorder.settle()
    recorder.leave()
    (folder,) = orphans(tmp_path / "journals")
    found = replay(folder)
    assert found.notes == ()
    for one, other in zip(found.session.state.layers, session.state.layers, strict=True):
        assert (one.name, one.proposal, one.provenance) == (other.name, other.proposal, other.provenance)
        if one.is_labels:
            np.testing.assert_array_equal(one.data.array, other.data.array)
            assert one.data.table == other.data.table
    assert found.session.undo_stack.titles == session.undo_stack.titles
    assert found.session.redo() == session.redo() == "Reject a difference of Bright for hand"
    np.testing.assert_array_equal(
        found.session.state.layers[-1].data.array, session.state.layers[-1].data.array
    )
    folder.release()


def test_an_accepted_label_says_which_model_made_it_and_is_to_be_reviewed_again(proposed):
    session = proposed.session
    hand = session.state.layers[1]
    change_labels(session, hand.id, (1,), is_reviewed=True)
    proposed.proposing.judge(Verdict.REJECT, Part(words="a difference", voxel_ijk=(6, 6, 6)))
    assert hand.data.table.find(1).is_reviewed and not hand.data.table.find(1).origin.models
    proposed.proposing.judge(Verdict.ACCEPT, Part(words="a difference", voxel_ijk=(0, 0, 0)))
    entry = hand.data.table.find(1)
    assert [maker.name for maker in entry.origin.models] == ["bright"] and not entry.is_reviewed
    session.undo()
    assert hand.data.table.find(1).is_reviewed and not hand.data.table.find(1).origin.models
