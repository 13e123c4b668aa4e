"""The tools of the hand in a whole program with fake views: what presses and drags do to a mask."""

from __future__ import annotations

import numpy as np
import pytest
from scans import grid, image_layer, mask_layer, turned, volume

from medview.core.hand import WandRule
from medview.core.labels import LabelEntry
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.core.state import Orientation, Tool
from medview.present.plane_frame import vector_of
from medview.present.ports.slice_port import Pointer
from medview.session.commands import AddLayers

GRID = grid(spacing=(1.0, 1.0, 1.0), shape=(30, 30, 12))
LABELS = (
    LabelEntry(value=1, name="One", colour=(230, 40, 40)),
    LabelEntry(value=2, name="Two", colour=(0, 150, 0)),
)


def square_scan(session):
    """A bright square in the middle of every slice: voxels 10 to 19 along i and j."""
    data = np.zeros(GRID.shape, np.float32)
    data[10:20, 10:20] = 100
    return image_layer(session, volume(GRID, data=data))


@pytest.fixture
def hand(desk):
    """A program with the square, an empty mask, and slice 6 on show."""
    mask = mask_layer(desk.session, GRID, entries=LABELS)
    desk.session.do(AddLayers(title="Open", layers=(square_scan(desk.session), mask)))
    desk.session.set_view(cursor_ras=vector_of(GRID.ras_of((15, 15, 6))))
    return Hand(desk)


class Hand:
    """Presses and moves at voxels of slice 6."""

    def __init__(self, desk):
        self.desk = desk

    @property
    def mask(self):
        return self.desk.session.state.active.data.array

    def take(self, tool, **hand):
        state = self.desk.session.state
        self.desk.session.set_view(tool=tool, hand=type(state.view.hand)(**hand))

    def at(self, i, j, px=None, **more):
        px = px or (10.0 * i, 10.0 * j)
        return Pointer(position_ras=vector_of(GRID.ras_of((i, j, 6))), position_px=px, **more)

    def click(self, i, j, **more):
        self.desk.axial.pressed.emit(self.at(i, j, **more))
        self.desk.axial.released.emit(self.at(i, j, **more))

    def drag(self, *places, **more):
        self.desk.axial.pressed.emit(self.at(*places[0], **more))
        for place in places[1:]:
            self.desk.axial.moved.emit(self.at(*place, **more))
        self.desk.axial.released.emit(self.at(*places[-1], **more))

    def undo(self):
        self.desk.run("edit.undo")


SQUARE = ((4.5, 4.5), (14.5, 4.5), (14.5, 14.5), (4.5, 14.5))


def test_a_lasso_paints_what_it_goes_around_in_one_step(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    assert hand.mask.sum() == 100 and (hand.mask[5:15, 5:15, 6] == 1).all()
    hand.undo()
    assert not hand.mask.any()


def test_a_lasso_with_ctrl_erases(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    hand.drag((4.5, 4.5), (9.5, 4.5), (9.5, 14.5), (4.5, 14.5), ctrl=True)
    assert hand.mask.sum() == 50 and not hand.mask[5:10].any()


def test_escape_drops_a_lasso(hand):
    hand.take(Tool.LASSO)
    hand.desk.axial.pressed.emit(hand.at(4.5, 4.5))
    hand.desk.axial.moved.emit(hand.at(14.5, 4.5))
    hand.desk.axial.moved.emit(hand.at(14.5, 14.5))
    hand.desk.run("edit.cancel")
    hand.desk.axial.released.emit(hand.at(14.5, 14.5))
    assert not hand.mask.any() and hand.desk.axial.plan.outline is None


def test_a_polygon_is_clicked_shown_and_closed_by_enter(hand):
    hand.take(Tool.POLYGON)
    for corner in SQUARE:
        hand.click(*corner)
    hand.desk.axial.moved.emit(hand.at(8, 8, button=""))
    outline = hand.desk.axial.plan.outline
    assert len(outline.corners_ras) == 4 and len(outline.points_ras) == 5
    assert hand.desk.views.slices[Orientation.CORONAL].plan.outline is None
    hand.desk.run("edit.close_outline")
    assert hand.mask.sum() == 100
    assert hand.desk.axial.plan.outline is None


def test_a_click_on_the_first_corner_closes_a_polygon(hand):
    hand.take(Tool.POLYGON)
    for corner in (*SQUARE, (4.6, 4.5)):
        hand.click(*corner)
    assert hand.mask.sum() == 100


def test_backspace_takes_corners_back_until_there_is_no_outline(hand):
    hand.take(Tool.POLYGON)
    hand.click(*SQUARE[0])
    hand.click(*SQUARE[1])
    assert hand.desk.why_not("edit.close_outline") == ""
    hand.desk.run("edit.drop_corner")
    assert len(hand.desk.axial.plan.outline.corners_ras) == 1
    hand.desk.run("edit.drop_corner")
    assert hand.desk.axial.plan.outline is None
    assert hand.desk.why_not("edit.close_outline") == "No outline is being drawn."


def test_an_outline_keeps_its_slice_and_goes_with_its_tool(hand):
    hand.take(Tool.POLYGON)
    hand.click(*SQUARE[0])
    before = hand.desk.session.state.view.cursor_ras
    hand.desk.axial.scrolled.emit(1, False, False)
    assert hand.desk.session.state.view.cursor_ras == before
    assert "Close the outline" in hand.desk.window.hints[-1]
    hand.take(Tool.BRUSH)
    assert hand.desk.axial.plan.outline is None


def test_a_livewire_snaps_to_the_edge_between_two_clicks(hand):
    hand.take(Tool.LIVEWIRE)
    for corner in ((10, 10), (19, 10), (19, 19), (10, 19)):
        hand.click(*corner)
    hand.desk.run("edit.close_outline")
    found = hand.mask[..., 6] > 0
    truth = np.zeros_like(found)
    truth[10:20, 10:20] = True
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.85


def test_a_wand_takes_the_square_and_a_drag_to_the_right_the_room_too(hand):
    hand.take(Tool.WAND, wand_tolerance=0.1)
    hand.click(15, 15)
    assert (hand.mask[10:20, 10:20, 6] == 1).all() and hand.mask.sum() == 100
    hand.undo()
    hand.desk.axial.pressed.emit(hand.at(15, 15, px=(100.0, 0.0)))
    hand.desk.axial.moved.emit(hand.at(15, 15, px=(300.0, 0.0)))
    hand.desk.axial.released.emit(hand.at(15, 15, px=(300.0, 0.0)))
    assert hand.mask.sum() == 900
    hand.undo()
    assert not hand.mask.any()


@pytest.mark.parametrize("options", [{"wand_in_3d": True}, {"wand": WandRule.CONFIDENCE}])
def test_a_wand_in_space_takes_the_bright_column(hand, options):
    hand.take(Tool.WAND, **options)
    hand.click(15, 15)
    found = hand.mask > 0
    assert found[10:20, 10:20].all() and found.sum() == 100 * GRID.shape[2]
    hand.undo()
    assert not hand.mask.any()


def test_a_bucket_gives_the_label_to_one_area(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    hand.desk.session.set_view(label_value=2)
    hand.take(Tool.BUCKET)
    hand.click(8, 8)
    assert (hand.mask[5:15, 5:15, 6] == 2).all() and hand.mask.sum() == 200
    hand.click(8, 8, ctrl=True)
    assert not hand.mask.any()


def test_a_bucket_in_space_fills_the_whole_background(hand):
    hand.take(Tool.BUCKET, wand_in_3d=True)
    hand.click(8, 8)
    assert (hand.mask == 1).all()


def test_a_ball_paints_neighbouring_slices_too(hand):
    hand.take(Tool.BRUSH, is_ball=True)
    hand.desk.session.set_view(brush_radius_mm=2.0)
    hand.click(15, 15)
    assert sorted(set(np.argwhere(hand.mask)[:, 2])) == [4, 5, 6, 7, 8]


def test_painting_can_be_limited_to_a_range_of_values(hand):
    hand.take(Tool.BRUSH, range_on=True, range_low=50, range_high=1000)
    hand.desk.session.set_view(brush_radius_mm=6.0)
    hand.click(10, 15)
    assert hand.mask.any() and not hand.mask[:10].any()


def test_every_tool_keeps_to_the_rule_and_to_locks(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    hand.desk.session.set_view(label_value=2, overwrite=OverwriteRule(kind=Overwrite.BACKGROUND))
    hand.drag((9.5, 4.5), (20.5, 4.5), (20.5, 14.5), (9.5, 14.5))
    assert (hand.mask[5:15, 5:15, 6] == 1).all() and (hand.mask[15:21, 5:15, 6] == 2).all()


def test_tools_say_why_they_cannot_work(hand):
    hand.desk.session.set_active(hand.desk.session.state.layers[0].id)
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    assert "Choose a mask" in hand.desk.window.hints[-1]


def test_a_wand_on_an_oblique_scan_stays_in_the_slice_on_show(desk):
    tilted = grid(spacing=(1.0, 1.0, 1.0), shape=(30, 30, 30), turn=turned(20))
    data = np.zeros(tilted.shape, np.float32)
    data[8:22, 8:22, 8:22] = 100
    layers = (
        image_layer(desk.session, volume(tilted, data=data)),
        mask_layer(desk.session, tilted, entries=LABELS),
    )
    desk.session.do(AddLayers(title="Open", layers=layers))
    desk.session.set_view(tool=Tool.WAND, cursor_ras=vector_of(tilted.center_ras))
    pointer = Pointer(position_ras=vector_of(tilted.center_ras), position_px=(0.0, 0.0))
    desk.axial.pressed.emit(pointer)
    desk.axial.released.emit(pointer)
    voxels = np.argwhere(desk.session.state.active.data.array)
    heights = tilted.ras_of(voxels)[:, 2] - tilted.center_ras[2]
    assert len(voxels) > 150 and np.abs(heights).max() <= 0.5


# operations on the whole label


def refine(hand, name, **values):
    view = hand.desk.views.refine
    view.chosen.emit(name)
    for key, value in values.items():
        view.value_changed.emit(key, value)
    view.apply_asked.emit()


def test_the_refine_panel_smooths_grows_and_can_be_undone(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    assert hand.desk.views.refine.plan.target == "One in vessels"
    refine(hand, "margin", margin_mm=1.0)
    assert hand.mask[4, 8, 6] == 1 and hand.mask[8, 8, 5] == 1
    hand.undo()
    assert hand.mask.sum() == 100


def test_a_threshold_begins_with_the_upper_half_of_the_window(hand):
    refine(hand, "threshold")
    assert hand.desk.views.refine.plan.values["high"] == 100
    assert (hand.mask[10:20, 10:20] == 1).all() and hand.mask.sum() == 100 * GRID.shape[2]


def test_refining_keeps_to_locked_labels_and_says_why_it_is_off(hand):
    hand.desk.session.set_active(hand.desk.session.state.layers[0].id)
    assert "Choose a mask" in hand.desk.views.refine.plan.why_not
    refine(hand, "margin")
    assert not hand.desk.session.state.layers[1].data.array.any()


def test_combining_asks_for_another_mask(hand):
    hand.desk.views.refine.chosen.emit("combine")
    assert hand.desk.views.refine.plan.why_not == "Open or make a second mask first."


def test_an_operation_that_finds_nothing_says_so(hand):
    refine(hand, "smooth")
    assert hand.desk.window.errors[-1][1] == "the label has no voxels yet"


def test_switching_the_range_on_begins_with_the_window(hand):
    options = type(hand.desk.session.state.view.hand)(range_on=True)
    hand.desk.views.edit.hand_changed.emit(options)
    found = hand.desk.session.state.view.hand
    display = hand.desk.session.state.active_image.display
    assert (found.range_low, found.range_high) == (display.low, display.high)


# copying


def test_a_label_is_carried_from_slice_to_slice(hand):
    hand.take(Tool.LASSO)
    hand.drag(*SQUARE)
    hand.desk.run("tools.copy_up")
    hand.desk.run("tools.copy_up")
    assert [int(hand.mask[..., k].sum()) for k in (5, 6, 7, 8, 9)] == [0, 100, 100, 100, 0]
    assert GRID.ijk_of(hand.desk.session.state.view.cursor_ras)[2] == pytest.approx(8)
    hand.undo()
    assert not hand.mask[..., 8].any() and hand.mask[..., 7].any()
    hand.desk.run("tools.copy_down")
    assert "could be copied" in hand.desk.window.hints[-1]


def test_nothing_is_copied_beyond_the_grid(hand):
    hand.desk.session.set_view(cursor_ras=vector_of(GRID.ras_of((15, 15, 11))))
    hand.take(Tool.LASSO)
    pointers = [
        Pointer(position_ras=vector_of(GRID.ras_of((*place, 11))), position_px=(10 * place[0], 10 * place[1]))
        for place in SQUARE
    ]
    hand.desk.axial.pressed.emit(pointers[0])
    for pointer in pointers[1:]:
        hand.desk.axial.moved.emit(pointer)
    hand.desk.axial.released.emit(pointers[-1])
    before = hand.mask.copy()
    hand.desk.run("tools.copy_up")
    assert np.array_equal(hand.mask, before)


# scissors


def along_z():
    """A camera that looks along the patient's axis: 15 mm from the middle fill the picture."""
    return np.diag([1 / 15, 1 / 15, 0.01, 1.0])


@pytest.mark.parametrize("keeps_inside", [False, True])
def test_scissors_cut_the_label_through_all_slices(hand, keeps_inside):
    hand.take(Tool.BUCKET, wand_in_3d=True)
    hand.click(8, 8)
    view = hand.desk.views.volume
    hand.take(Tool.SCISSORS)
    assert view.has_scissors
    outline = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
    view.cut.emit(outline, along_z(), keeps_inside)
    inside = 16 * 16 * GRID.shape[2]
    assert hand.mask.sum() == (
        inside if keeps_inside else GRID.shape[0] * GRID.shape[1] * GRID.shape[2] - inside
    )
    hand.undo()
    assert hand.mask.all()
    hand.take(Tool.NAVIGATE)
    assert not view.has_scissors


def test_scissors_in_a_slice_say_where_they_cut(hand):
    hand.take(Tool.SCISSORS)
    hand.click(8, 8)
    assert "3-D pane" in hand.desk.window.hints[-1]


def test_limits_of_the_threshold_are_seen_before_anything_is_painted(hand):
    refine = hand.desk.views.refine
    refine.chosen.emit("threshold")
    refine.value_changed.emit("low", 50.0)
    band = hand.desk.axial.plan.layers[-1]
    assert band.tint == LABELS[0].colour and band.low == 50 and not hand.mask.any()
    refine.value_changed.emit("low", 70.0)
    assert hand.desk.axial.plan.layers[-1].low == 70
    hand.desk.run("edit.cancel")
    assert len(hand.desk.axial.plan.layers) == 2
    refine.value_changed.emit("high", 200.0)
    assert hand.desk.axial.plan.layers[-1].tint
    refine.apply_asked.emit()
    assert len(hand.desk.axial.plan.layers) == 2 and hand.mask.sum() == 10 * 10 * 12
    refine.value_changed.emit("inside_only", True)
    assert len(hand.desk.axial.plan.layers) == 2
