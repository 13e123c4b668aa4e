"""Smart click in a whole program with fake views: the instant engine, inline."""

from __future__ import annotations

import numpy as np
import pytest
from scans import grid, image_layer, mask_layer, volume

from medview.core.hand import ClickEngine, HandOptions
from medview.core.labels import LabelEntry
from medview.core.state import Tool
from medview.present.plane_frame import vector_of
from medview.present.ports.slice_port import Pointer
from medview.session.commands import AddLayers

GRID = grid(spacing=(1.0, 1.0, 1.0), shape=(60, 60, 20))
LABELS = (
    LabelEntry(value=1, name="Lesion", colour=(230, 40, 40)),
    LabelEntry(value=2, name="Organ", colour=(0, 150, 0), locked=True),
)


@pytest.fixture
def hand(desk):
    """Two bright blocks, an empty mask, slice 10 on show, the instant engine in the hand."""
    data = np.random.default_rng(0).normal(0, 3, GRID.shape).astype(np.float32)
    data[10:26, 20:40, 4:16] += 100
    data[34:50, 20:40, 4:16] += 80
    mask = mask_layer(desk.session, GRID, entries=LABELS)
    scan = image_layer(desk.session, volume(GRID, data=data))
    desk.session.do(AddLayers(title="Open", layers=(scan, mask)))
    desk.session.set_view(
        cursor_ras=vector_of(GRID.ras_of((30, 30, 10))),
        tool=Tool.CLICK,
        hand=HandOptions(click_engine=ClickEngine.INSTANT),
    )
    return Hand(desk)


class Hand:
    def __init__(self, desk):
        self.desk = desk

    @property
    def session(self):
        return self.desk.session

    @property
    def mask(self):
        return self.session.state.active.data.array

    @property
    def drawn(self):
        clicks = self.desk.axial.plan.clicks
        return (0, 0) if clicks is None else (len(clicks.include_ras), len(clicks.exclude_ras))

    def at(self, i, j, **more):
        return Pointer(
            position_ras=vector_of(GRID.ras_of((i, j, 10))), position_px=(10.0 * i, 10.0 * j), **more
        )

    def click(self, i, j, **more):
        self.drag((i, j), **more)

    def drag(self, *places, **more):
        self.desk.axial.pressed.emit(self.at(*places[0], **more))
        for place in places[1:]:
            self.desk.axial.moved.emit(self.at(*place, **more))
        self.desk.axial.released.emit(self.at(*places[-1], **more))

    def undo(self):
        self.desk.run("edit.undo")

    def redo(self):
        self.desk.run("edit.redo")


def test_a_click_paints_the_object_of_the_slice_in_one_named_step(hand):
    hand.click(18, 30)
    assert hand.session.undo_stack.undo_title == "Smart click 1 on Lesion"
    assert hand.mask[10:26, 20:40, 10].mean() > 0.95
    assert hand.mask.sum() == hand.mask[:, :, 10].sum() < 1.1 * 16 * 20
    assert hand.drawn == (1, 0)
    hand.undo()
    assert not hand.mask.any() and hand.drawn == (0, 0)


def test_each_click_is_undone_and_redone_alone_with_what_was_said(hand):
    states = []
    for place, more in (((18, 30), {}), ((42, 30), {}), ((42, 36), {"button": "right"})):
        hand.click(*place, **more)
        states.append((hand.mask.copy(), hand.drawn))
    assert [drawn for _, drawn in states] == [(1, 0), (2, 0), (2, 1)]
    assert hand.session.undo_stack.undo_title == "Smart click 3 on Lesion"
    for mask, drawn in states[1::-1]:
        hand.undo()
        np.testing.assert_array_equal(hand.mask, mask)
        assert hand.drawn == drawn
    for mask, drawn in states[1:]:
        hand.redo()
        np.testing.assert_array_equal(hand.mask, mask)
        assert hand.drawn == drawn
    hand.undo()
    hand.click(42, 36, button="right")
    np.testing.assert_array_equal(hand.mask, states[2][0])


def test_ctrl_excludes_a_drag_scribbles_and_a_right_drag_zooms(hand):
    hand.drag((14, 25), (18, 30), (22, 35))
    assert hand.drawn == (3, 0)
    hand.click(42, 30, ctrl=True)
    assert hand.drawn == (3, 1)
    before = hand.mask.copy()
    zoom = hand.session.state.view.panes
    hand.drag((30, 30), (30, 20), button="right")
    assert hand.session.state.view.panes != zoom
    np.testing.assert_array_equal(hand.mask, before)


def test_a_box_keeps_the_mask_inside(hand):
    hand.drag((32, 18), (52, 42), shift=True)
    assert hand.desk.axial.plan.clicks.box_ras
    assert hand.mask[34:50, 20:40, 10].mean() > 0.9 and not hand.mask[:32].any()


def test_backspace_takes_the_last_click_back_also_one_that_changed_nothing(hand):
    hand.click(18, 30)
    painted = hand.mask.copy()
    hand.click(18, 31)
    hand.click(18, 31)
    assert hand.drawn == (3, 0)
    for left in (2, 1):
        hand.desk.run("edit.drop_corner")
        assert hand.drawn == (left, 0)
    np.testing.assert_array_equal(hand.mask, painted)
    hand.desk.run("edit.drop_corner")
    assert not hand.mask.any()
    hand.desk.run("edit.drop_corner")
    assert hand.desk.window.hints[-1] == "There is no smart click to take back."


def test_locked_labels_stay_and_a_locked_label_takes_no_click(hand):
    layer = hand.session.state.active
    labels = layer.data
    from dataclasses import replace

    from medview.core.labels import Patch
    from medview.session.commands import ApplyPatches
    from medview.session.labels.table import set_table

    table = labels.table
    set_table(hand.session, layer.id, table.with_entry(replace(table.find(2), locked=False)), "Unlock")
    organ = Patch((10, 20, 10), np.full((16, 6, 1), 2, labels.array.dtype))
    hand.session.do(ApplyPatches.of("Paint", layer.id, [organ]))
    set_table(hand.session, layer.id, table, "Lock")
    hand.click(18, 32)
    assert (hand.mask[10:26, 20:26, 10] == 2).all() and (hand.mask == 1).sum() > 200
    hand.session.set_view(label_value=2)
    before = hand.mask.copy()
    hand.click(18, 23)
    hand.click(18, 23, button="right")
    np.testing.assert_array_equal(hand.mask, before)
    assert "locked" in hand.desk.window.hints[-1]


def test_a_region_reaches_through_the_slices(hand):
    hand.session.set_view(hand=HandOptions(click_engine=ClickEngine.INSTANT, click_in_3d=True))
    hand.click(18, 30)
    assert hand.mask[10:26, 20:40, 4:16].mean() > 0.9 and hand.mask.sum() < 1.15 * 16 * 20 * 12


def test_an_existing_mask_is_corrected(hand):
    hand.click(18, 30)
    one = hand.mask.copy()
    hand.session.set_view(tool=Tool.BRUSH, brush_radius_mm=2.0)
    hand.drag((45, 50), (46, 50))
    hand.session.set_view(tool=Tool.CLICK)
    assert hand.drawn == (0, 0)
    hand.click(42, 30)
    assert hand.mask[one == 1].all() and hand.mask[34:50, 20:40, 10].mean() > 0.9
    assert hand.mask[45, 50, 10] == 1


def test_a_box_changes_nothing_outside_it_and_ends_with_a_click_beside_it(hand):
    hand.click(18, 30)
    one = hand.mask.copy()
    hand.drag((32, 18), (52, 42), shift=True)
    assert hand.mask[one == 1].all() and hand.mask[34:50, 20:40, 10].mean() > 0.9
    hand.click(14, 36, button="right")
    assert not hand.mask[14, 36, 10] and hand.mask[18, 30, 10]


def test_of_two_clicks_at_one_place_the_newest_counts(hand):
    hand.click(18, 30)
    hand.click(18, 30, button="right")
    assert not hand.mask[18, 30, 10]
    hand.click(18, 30)
    assert hand.mask[10:26, 20:40, 10].mean() > 0.95


def test_what_was_found_in_a_slice_is_followed_through_the_volume(hand):
    hand.click(18, 30)
    options = HandOptions(click_engine=ClickEngine.INSTANT, click_in_3d=True)
    hand.session.set_view(hand=options)
    hand.click(18, 30)
    assert hand.mask[10:26, 20:40, 4:16].mean() > 0.9
    assert hand.session.undo_stack.undo_title == "Smart click 1 on Lesion"
