"""A proposal as the panel, the panes, the keys and the mouse know it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scans import grid, volume

from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.layers import Match, Proposal
from medview.core.plans import ADDED, REMOVED, DifferencePlan
from medview.core.state import Tool
from medview.present.ports.proposal_port import AmountRow, PieceRow
from medview.present.ports.slice_port import Pointer
from medview.session.files.layers_from import Content
from medview.session.proposals.offer import NOTHING_PROPOSED

TABLE = LabelTable(
    (
        LabelEntry(value=1, name="Artery", colour=(230, 40, 40)),
        LabelEntry(value=2, name="Vein", colour=(40, 40, 230)),
    )
)
VOXEL_ML = 1.0 * 1.5 * 2.0 / 1000


def labels(*boxes):
    array = np.zeros(grid().shape, np.uint8, order="F")
    for box, value in boxes:
        array[box] = value
    return LabelMap(array, grid(), TABLE)


ADDED_BOX, REMOVED_BOX, OTHER_BOX = np.s_[1:4, 1:4, 7:9], np.s_[6:8, 6:8, 7:9], np.s_[6:9, 9, 2]


@pytest.fixture
def offered(desk):
    """A mask and a proposal for it: 18 voxels more of Artery, 8 fewer, and 3 that become Vein."""
    mask = Content(name="hand", data=labels((REMOVED_BOX, 1), (OTHER_BOX, 1)))
    scan = volume()
    desk.workflows.opening.add("Open", (Content(name="T2", data=scan, source=scan.source), mask))
    hand = desk.session.state.layers[-1]
    desk.session.set_active(hand.id)
    matches = (Match(name="artery", value=1), Match(name="vein", value=2))
    offer = Content(
        name="model for hand",
        data=labels((ADDED_BOX, 1), (OTHER_BOX, 2)),
        provenance={"model": "m"},
        proposal=Proposal(target_id=hand.id, matches=matches),
    )
    desk.workflows.opening.add("Run model", (offer,))
    desk.session.set_active(hand.id)
    return desk


def arrays(desk):
    return {layer.name: layer.data.array for layer in desk.session.state.layers if layer.is_labels}


def ras(ijk):
    x, y, z = grid().ras_of(ijk)
    return float(x), float(y), float(z)


def press(desk, ijk, ctrl=False):
    at = Pointer(position_ras=ras(ijk), position_px=(50.0, 50.0), ctrl=ctrl)
    desk.axial.pressed.emit(at)
    desk.axial.released.emit(at)


def test_without_a_proposal_the_panel_and_the_actions_say_what_is_needed(desk):
    plan = desk.views.proposal.plan
    assert plan.title == "" and plan.why_not == NOTHING_PROPOSED
    assert all(row.why_not == NOTHING_PROPOSED for row in plan.tools)
    for name in ("difference_next", "accept_difference", "reject_all", "judge", "accept", "reject"):
        assert desk.why_not(f"tools.{name}") == NOTHING_PROPOSED


def test_the_panel_tells_volumes_by_kind_by_label_and_by_piece(offered):
    plan = offered.views.proposal.plan
    assert (plan.title, plan.summary) == ("model for hand", "3 differences")
    assert plan.amounts == AmountRow(added="0.0540 mL", removed="0.0240 mL", relabelled="0.00900 mL")
    rows = [(row.value, row.name, row.pieces, row.amounts) for row in plan.labels]
    assert rows == [
        (1, "Artery", 3, plan.amounts),
        (2, "Vein", 1, AmountRow(added="", removed="", relabelled="0.00900 mL")),
    ]
    assert plan.pieces == (
        PieceRow(volume="0.0540 mL", words="Artery added"),
        PieceRow(volume="0.0240 mL", words="Artery removed"),
        PieceRow(volume="0.00900 mL", words="Artery to Vein"),
    )
    assert [(m.name, m.value, m.why_not) for m in plan.matches] == [("artery", 1, ""), ("vein", 2, "")]
    assert offered.views.proposal.revealed == 1


def test_slices_show_the_difference_and_3d_no_second_surface(offered):
    plan = offered.axial.plan.layers[-1]
    hand, offer = offered.session.state.layers[1:]
    assert isinstance(plan, DifferencePlan)
    assert plan.present.array is hand.data.array and plan.proposed.array is offer.data.array
    before = plan.revisions
    offered.views.proposal.judged.emit(True, 2)
    assert offered.axial.plan.layers[-1].revisions[1] != before[1]


def test_a_proposal_cannot_be_painted_and_says_where_to_paint(offered):
    offered.session.set_active(offered.session.state.layers[-1].id)
    reason = "model for hand is a proposal; choose hand in the layer list to paint."
    assert offered.why_not("tools.brush") == reason


def test_a_label_is_accepted_or_kept_from_its_line(offered):
    offered.views.proposal.judged.emit(True, 2)
    assert (arrays(offered)["hand"][OTHER_BOX] == 2).all() and not arrays(offered)["hand"][ADDED_BOX].any()
    assert offered.session.undo_stack.undo_title == "Accept Vein of model for hand"
    offered.views.proposal.judged.emit(False, 1)
    assert "model for hand" not in arrays(offered), "nothing was left"
    assert (arrays(offered)["hand"][REMOVED_BOX] == 1).all()
    assert offered.session.undo_stack.undo_title == "Reject Artery of model for hand"
    assert offered.views.proposal.plan.title == ""


def test_lines_of_the_list_are_gone_to_and_judged(offered):
    offered.views.proposal.piece_chosen.emit(1)
    assert grid().voxel_at(offered.session.state.view.cursor_ras) in {
        (i, j, k) for i in (6, 7) for j in (6, 7) for k in (7, 8)
    }
    assert offered.views.proposal.plan.at == 1
    offered.views.proposal.piece_judged.emit(True, 1)
    assert not arrays(offered)["hand"][REMOVED_BOX].any()
    assert len(offered.views.proposal.plan.pieces) == 2


def test_keys_walk_and_judge_at_the_crosshair(offered):
    offered.run("tools.difference_next")
    offered.run("tools.accept_difference")
    assert (arrays(offered)["hand"][ADDED_BOX] == 1).all()
    offered.run("tools.difference_next")
    offered.run("tools.reject_difference")
    assert (arrays(offered)["model for hand"][REMOVED_BOX] == 1).all()
    offered.run("tools.difference_previous")
    offered.run("tools.accept_difference")
    assert "model for hand" not in arrays(offered)
    assert not offered.window.errors


def test_a_click_accepts_a_difference_and_with_ctrl_rejects_it(offered):
    offered.run("tools.judge")
    offered.session.set_view(cursor_ras=ras((2, 2, 7)))
    press(offered, (2, 2, 7))
    assert (arrays(offered)["hand"][ADDED_BOX] == 1).all()
    press(offered, (6, 6, 7), ctrl=True)
    assert (arrays(offered)["hand"][REMOVED_BOX] == 1).all()
    assert (arrays(offered)["model for hand"][REMOVED_BOX] == 1).all()
    press(offered, (0, 0, 7))
    assert "Nothing differs here" in offered.window.hints[-1]


@pytest.mark.parametrize(("tool", "ctrl"), [(Tool.ACCEPT, False), (Tool.REJECT, True)])
def test_a_brush_takes_the_proposal_over_where_it_goes(offered, tool, ctrl):
    offered.run(f"tools.{tool.value}")
    offered.session.set_view(cursor_ras=ras((2, 2, 7)), brush_radius_mm=0.8)
    press(offered, (2, 2, 7), ctrl=ctrl)
    hand = arrays(offered)["hand"]
    assert hand[2, 2, 7] == 1 and hand[ADDED_BOX].sum() < 18
    assert offered.session.undo_stack.undo_title == "Accept painted differences of model for hand"
    assert offered.session.undo() == "Accept painted differences of model for hand"
    assert not arrays(offered)["hand"][ADDED_BOX].any()


@pytest.mark.parametrize(("tool", "ctrl"), [(Tool.REJECT, False), (Tool.ACCEPT, True)])
def test_a_brush_keeps_the_mask_where_it_goes_and_the_last_difference_ends_it(offered, tool, ctrl):
    offered.views.proposal.judged.emit(True, 2)
    offered.session.undo()
    for line in (2, 0):
        offered.views.proposal.piece_judged.emit(False, line)
    offered.run(f"tools.{tool.value}")
    offered.session.set_view(cursor_ras=ras((6, 6, 7)), brush_radius_mm=20.0)
    offered.session.set_view(hand=replace(offered.session.state.view.hand, is_ball=True))
    before = arrays(offered)["hand"].copy()
    press(offered, (6, 6, 7), ctrl=ctrl)
    assert list(arrays(offered)) == ["hand"]
    np.testing.assert_array_equal(arrays(offered)["hand"], before)
    offered.session.undo()
    assert (arrays(offered)["model for hand"][REMOVED_BOX] == 0).all()


def test_escape_takes_a_judging_stroke_back(offered):
    offered.run("tools.accept")
    steps = offered.session.undo_stack.titles
    at = Pointer(position_ras=ras((2, 2, 7)), position_px=(50.0, 50.0))
    offered.session.set_view(cursor_ras=at.position_ras)
    offered.axial.pressed.emit(at)
    assert arrays(offered)["hand"][2, 2, 7] == 1
    offered.run("edit.cancel")
    assert arrays(offered)["hand"][2, 2, 7] == 0 and offered.session.undo_stack.titles == steps


def test_the_brush_circle_has_the_colour_of_the_verdict(offered):
    at = Pointer(position_ras=ras((2, 2, 7)), position_px=(50.0, 50.0), button="")
    offered.axial.moved.emit(at)
    for tool, colour in (("accept", ADDED), ("reject", REMOVED)):
        offered.run(f"tools.{tool}")
        assert offered.axial.plan.brush.colour == colour


def test_a_match_is_changed_from_its_line_and_two_that_became_one_are_not_parted(offered):
    offered.views.proposal.match_chosen.emit(1, 1)
    rows = offered.views.proposal.plan.matches
    assert [row.value for row in rows] == [1, 1] and all("undo that" in row.why_not for row in rows)
    assert offered.views.proposal.plan.amounts.relabelled == ""
    offered.session.undo()
    assert [row.value for row in offered.views.proposal.plan.matches] == [1, 2]


def test_a_hidden_proposal_is_not_judged(offered):
    offered.views.layers.changed.emit(offered.session.state.layers[-1].id, "visible", False)
    assert offered.why_not("tools.accept_all") == "model for hand is hidden; show it before judging it."


def test_doubtful_places_that_differ_come_first_and_those_of_the_same_run_before_others(offered):
    def doubt(name, facts, *boxes):
        values = np.zeros(grid().shape, np.float32)
        for box, value in boxes:
            values[box] = value
        scan = replace(volume(), data=values)
        return Content(name=name, data=scan, provenance={"output": name, **facts})

    agreed = np.s_[0:5, 8:12, 10:13]
    own = doubt("spread", {"model": "m"}, (agreed, 0.9), (ADDED_BOX, 0.6))
    other = doubt("entropy", {"model": "another"}, (agreed, 0.9))
    offered.workflows.opening.add("Open", (own, other))
    offered.session.set_active(offered.session.state.layers[1].id)
    assert offered.views.proposal.plan.why_no_doubt == ""
    offered.views.proposal.doubt_asked.emit()
    assert arrays(offered)["model for hand"][grid().voxel_at(offered.session.state.view.cursor_ras)] == 1
    assert offered.window.hints[-1] == (
        "Doubtful place 1 of 2: spread 0.60, mean 0.60 over 18 voxels, where the proposal differs."
    )
    offered.run("tools.accept_difference")
    offered.run("tools.doubt_next")
    assert offered.window.hints[-1] == "Doubtful place 1 of 2: spread 0.90, mean 0.90 over 60 voxels."


def test_the_form_offers_masks_on_the_grid_and_takes_the_one_being_drawn(shipped_models, offered):
    form = offered.views.tools.form
    hand = offered.session.state.layers[1]
    assert form.masks == ((hand.id, "hand"),) and form.target == hand.id
    offered.views.tools.target_chosen.emit(None)
    assert offered.views.tools.form.target is None
    offered.session.set_active(offered.session.state.layers[0].id)
    offered.views.tools.model_chosen.emit(form.model_id)
    assert offered.views.tools.form.target is None, "the mask is not the one being worked on"
