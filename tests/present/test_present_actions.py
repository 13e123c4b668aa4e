from __future__ import annotations

import pytest
from scans import image_layer, mask_layer, volume

from medview.core.errors import InputRefused
from medview.core.layers import ImageDisplay
from medview.core.state import Layout, Planes, Tool
from medview.present.actions import Action, ActionTable
from medview.present.ports.slice_port import Pointer
from medview.session.commands import AddLayers
from medview.session.labels.table import add_label


def put(desk, *makers):
    layers = tuple(make(desk.session) for make in (makers or (image_layer,)))
    desk.session.do(AddLayers(title="Open", layers=layers))
    return layers


def ct(session):
    return image_layer(session, volume(name="CT", modality="CT", unit="HU"))


# why an action is off


@pytest.mark.parametrize(
    ("action_id", "reason"),
    [
        ("edit.undo", "Nothing has been done yet."),
        ("edit.redo", "Nothing has been undone."),
        ("file.save_mask", "There is no mask to save."),
        ("file.save_layer_as", "There is no layer to save."),
        ("view.reset", "Open a scan first."),
        ("view.slice_up", "Open a scan first."),
        ("window.auto", "Open a scan first."),
        ("window.ct_bone", "Open a scan first."),
        ("tools.brush", "Open a scan first."),
        ("tools.new_mask", "Open a scan first."),
        ("tools.toggle_mask", "There is no mask; make one with New mask (Ctrl+M)."),
        ("layer.remove", "Choose a layer in the list first."),
        ("layer.show_next", "Only one scan is open."),
        ("3d.from_left", "Open a scan first."),
    ],
)
def test_in_an_empty_program_an_action_says_why_it_is_off(desk, action_id, reason):
    assert desk.why_not(action_id) == reason


@pytest.mark.parametrize(
    ("action_id", "reason"),
    [
        ("window.ct_bone", "This window is for CT: its numbers are Hounsfield units."),
        ("3d.preset_ct_bone", "This preset is for CT: its numbers are Hounsfield units."),
        ("tools.brush", "Choose a mask in the layer list, or make one with New mask (Ctrl+M)."),
        ("layer.up", "This layer is already at the top."),
        ("layer.down", "This layer is already at the bottom."),
        ("window.auto", ""),
        ("view.zoom_in", ""),
    ],
)
def test_with_an_mr_scan_an_action_says_why_it_is_off(desk, action_id, reason):
    put(desk)
    assert desk.why_not(action_id) == reason


def test_every_reason_is_a_sentence_and_every_action_has_a_tip(desk):
    for rows in (desk.window.rows.values(), (put(desk), desk.window.rows.values())[1]):
        for row in rows:
            assert row.tip.endswith("."), row
            assert not row.why_not or row.why_not.endswith("."), row


def test_an_action_that_is_off_does_nothing(desk):
    put(desk)
    before = desk.session.state
    desk.run("window.ct_bone")
    desk.run("tools.brush")
    assert desk.session.state is before


def test_no_key_is_given_twice_and_no_single_key_removes_anything(desk):
    keys = [key for row in desk.window.rows.values() for key in row.shortcuts]
    assert len(keys) == len(set(keys))
    assert desk.window.rows["layer.remove"].shortcuts == ("Ctrl+Del",)


def test_a_table_refuses_a_key_that_is_taken():
    twice = [Action(action_id=f"a.{n}", title="A", run=lambda: None, shortcuts=("A",)) for n in (1, 2)]
    with pytest.raises(ValueError, match=r"a\.2"):
        ActionTable(twice, lambda *words: None, lambda action_id: None)


# failures


@pytest.mark.logs_warnings
def test_failures_are_told_not_thrown(caplog):
    told = []

    def refuse():
        raise InputRefused("Cannot do it", "it is closed", "Open it.")

    def slip():
        raise RuntimeError("oops")

    actions = [
        Action(action_id="a.refuse", title="Refuse", run=refuse),
        Action(action_id="a.slip", title="Slip…", run=slip),
    ]
    table = ActionTable(actions, lambda *words: told.append(words), lambda action_id: None)
    table.run("a.refuse")
    table.run("a.slip")
    assert told[0] == ("Cannot do it", "it is closed", "Open it.")
    assert told[1][0] == "Slip failed"
    assert "RuntimeError" in told[1][1]
    assert "oops" in caplog.text


# what actions do


def test_window_presets_set_width_and_level_of_a_ct(desk):
    put(desk, ct)
    for name, width, level in (
        ("ct_brain", 80, 40),
        ("ct_subdural", 200, 75),
        ("ct_bone", 2000, 300),
        ("ct_lung", 1600, -600),
        ("ct_abdomen", 350, 50),
        ("ct_mediastinum", 350, 25),
        ("ct_stroke", 40, 40),
    ):
        desk.run(f"window.{name}")
        display = desk.session.state.base.display
        assert (display.width, display.level) == (width, level)
    assert desk.window.rows["edit.undo"].title == "Undo Window of CT"


def test_automatic_and_full_range_windows(desk):
    put(desk)
    values = desk.session.state.base.data.values
    desk.run("window.full")
    assert desk.session.state.base.display == ImageDisplay(low=values.minimum, high=values.maximum)
    desk.run("window.auto")
    assert desk.session.state.base.display == ImageDisplay(low=values.low, high=values.high)


def test_a_new_mask_takes_up_the_brush_and_undo_names_it(desk):
    put(desk)
    desk.run("tools.new_mask")
    assert desk.session.state.active.is_labels
    assert desk.session.state.view.tool is Tool.BRUSH
    assert desk.why_not("tools.brush") == ""
    assert desk.window.rows["edit.undo"].title == "Undo New mask"
    assert desk.views.edit.plan.why_not == ""


def test_switches_tools_and_layouts_show_their_state(desk):
    put(desk, image_layer, mask_layer)
    for action_id in ("view.crosshair", "view.overlays", "view.interpolate", "3d.visible"):
        assert desk.window.rows[action_id].checked
        desk.run(action_id)
        assert not desk.window.rows[action_id].checked
    desk.run("tools.eraser")
    checked = [tool for tool in Tool if desk.window.rows[f"tools.{tool.value}"].checked]
    assert checked == [Tool.ERASER]
    desk.run("view.planes_scan")
    assert desk.session.state.view.planes is Planes.SCAN
    desk.run("view.maximise")
    assert desk.session.state.view.layout is Layout.AXIAL


def test_masks_are_hidden_faded_and_their_labels_turned_by_keys(desk):
    _, mask = put(desk, image_layer, mask_layer)
    desk.run("tools.toggle_mask")
    assert not desk.session.state.layer(mask.id).visible
    assert desk.why_not("tools.brush") == "vessels is hidden; show it with S before painting."
    desk.run("tools.toggle_mask")
    desk.run("tools.fainter")
    assert desk.session.state.layer(mask.id).opacity == 0.9
    value = add_label(desk.workflows.session, mask.id, "Lesion")
    desk.run("tools.label_next")
    assert desk.session.state.view.label_value == 1
    desk.run("tools.label_previous")
    assert desk.session.state.view.label_value == value


def test_show_next_scan_is_one_step(desk):
    _, second = put(desk, image_layer, lambda s: image_layer(s, volume(name="T1"), visible=False))
    desk.run("layer.show_next")
    assert [layer.visible for layer in desk.session.state.layers] == [False, True]
    assert desk.session.state.active_id == second.id
    assert desk.window.rows["edit.undo"].title == "Undo Show T1"
    desk.run("edit.undo")
    assert [layer.visible for layer in desk.session.state.layers] == [True, False]


def test_escape_takes_a_stroke_back_and_then_returns_to_navigating(desk):
    put(desk, image_layer, mask_layer)
    desk.run("tools.brush")
    pointer = Pointer(position_ras=(0.5, 0.75, 0.0), position_px=(0, 0))
    desk.axial.pressed.emit(pointer)
    assert desk.session.state.active.data.array.any()
    desk.run("edit.cancel")
    assert not desk.session.state.active.data.array.any()
    assert desk.session.state.view.tool is Tool.BRUSH
    desk.run("edit.cancel")
    assert desk.session.state.view.tool is Tool.NAVIGATE


def test_undo_during_a_stroke_takes_back_what_was_painted(desk):
    put(desk, image_layer, mask_layer)
    desk.run("tools.brush")
    desk.axial.pressed.emit(Pointer(position_ras=(0.5, 0.75, 0.0), position_px=(0, 0)))
    desk.run("edit.undo")
    assert not desk.session.state.active.data.array.any()
    assert desk.window.rows["edit.redo"].title == "Redo Brush in vessels"
    desk.axial.released.emit(Pointer(position_ras=(0.5, 0.75, 0.0), position_px=(0, 0)))
    assert desk.window.rows["edit.redo"].title == "Redo Brush in vessels"


def test_renaming_asks_and_is_undoable(desk):
    put(desk)
    desk.window.answers["text"] = "Head"
    desk.run("layer.rename")
    assert desk.session.state.base.name == "Head"
    assert desk.window.rows["edit.undo"].title == "Undo Rename T2"


def test_the_list_of_keys_and_the_about_text(desk):
    desk.run("help.keys")
    title, text = desk.window.texts[0]
    assert title == "Keys and mouse"
    assert "Ctrl+O: Open" in text
    assert "Shift+wheel: brush size" in text
    desk.run("help.about")
    assert "Not a medical device" in desk.window.about
