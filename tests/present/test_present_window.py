from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scans import grid, image_layer, mask_layer, volume

from medview.core.labels import Patch
from medview.core.state import Convention, Layout, Orientation, Tool
from medview.present.ports.slice_port import Pointer
from medview.session.commands import AddLayers


def write_scan(path: Path, shape=(8, 9, 10), spacing=(1.0, 2.0, 3.0), dtype=np.int16) -> Path:
    data = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    nib.save(nib.Nifti1Image(data, np.diag([*spacing, 1.0])), path)
    return path


def put(desk, *makers):
    layers = tuple(make(desk.session) for make in (makers or (image_layer,)))
    desk.session.do(AddLayers(title="Open", layers=layers))
    return layers


def paint(desk, layer, value=1):
    with desk.session.stroke(layer.id, "Brush") as edit:
        edit.apply(Patch((1, 1, 1), np.full((2, 2, 2), value, np.uint8)))


# opening


def test_a_dropped_scan_is_shown_from_its_middle_voxel_and_can_be_undone(desk, tmp_path):
    desk.window.dropped.emit((write_scan(tmp_path / "brain.nii.gz"),))
    assert desk.window.errors == []
    assert desk.window.title == ("brain", False)
    base = desk.session.state.base
    assert np.allclose(base.geometry.ijk_of(desk.session.state.view.cursor_ras) % 1, 0)
    assert desk.axial.plan.corner_texts[2] == "slice 6 / 10"
    assert desk.window.rows["edit.undo"].title == "Undo Open brain.nii.gz"
    assert desk.views.volume.calls
    desk.run("edit.undo")
    assert desk.axial.plan.message
    assert desk.window.rows["edit.redo"].title == "Redo Open brain.nii.gz"


def test_a_second_scan_leaves_crosshair_and_zoom_alone(desk, tmp_path):
    desk.window.dropped.emit((write_scan(tmp_path / "one.nii"),))
    desk.session.set_view(cursor_ras=(1.0, 2.0, 3.0))
    desk.window.dropped.emit((write_scan(tmp_path / "two.nii"),))
    assert desk.session.state.view.cursor_ras == (1.0, 2.0, 3.0)
    assert desk.window.title[0] == "one and 1 more"


def test_opening_by_dialog_and_by_the_recent_list(desk, tmp_path):
    path = write_scan(tmp_path / "brain.nii")
    desk.window.answers["paths"] = (path,)
    desk.run("file.open")
    assert [row.name for row in desk.window.recent] == ["brain.nii"]
    desk.window.recent_chosen.emit(path)
    assert len(desk.session.state.layers) == 2


def test_a_cancelled_dialog_opens_nothing(desk):
    desk.run("file.open")
    desk.run("file.open_folder")
    assert desk.session.state.layers == ()
    assert desk.window.errors == []


def test_a_file_that_is_no_scan_is_told_and_nothing_changes(desk, tmp_path):
    bad = tmp_path / "notes.txt"
    bad.write_text("not a scan")
    desk.window.dropped.emit((bad,))
    title, detail, _hint = desk.window.errors[0]
    assert "notes.txt" in title
    assert detail
    assert desk.session.state.layers == ()


# readout


def test_the_readout_tells_patient_millimetres_voxel_from_zero_and_every_value(desk):
    scan = volume(name="CT", unit="HU", data=np.full((10, 12, 14), -700, np.int16))
    _, mask = put(desk, lambda s: image_layer(s, scan), mask_layer)
    paint(desk, mask)
    geometry = scan.geometry
    x, y, z = (float(n) for n in geometry.ras_of((1, 2, 2)))
    desk.axial.moved.emit(Pointer(position_ras=(x, y, z), position_px=(0, 0), button=""))
    assert desk.window.readout == (
        f"L {-x:.1f}  P {-y:.1f}  I {-z:.1f} mm   voxel (1, 2, 2) from 0",
        "vessels: 1 Vessel",
        "CT: -700 HU",
    )
    desk.axial.left.emit()
    assert desk.window.readout == ()


def test_the_readout_says_when_the_mouse_is_outside_the_scan(desk):
    put(desk)
    desk.axial.moved.emit(Pointer(position_ras=(17.6, -35.3, 12.1), position_px=(0, 0), button=""))
    assert desk.window.readout == ("R 17.6  P 35.3  S 12.1 mm   outside the scan", "T2: –")


def test_the_readout_follows_what_is_painted_under_a_resting_mouse(desk):
    _, mask = put(desk, image_layer, mask_layer)
    x, y, z = (float(n) for n in mask.geometry.ras_of((1, 1, 1)))
    desk.axial.moved.emit(Pointer(position_ras=(x, y, z), position_px=(0, 0), button=""))
    assert desk.window.readout[1] == "vessels: 0 (nothing marked)"
    paint(desk, mask)
    assert desk.window.readout[1] == "vessels: 1 Vessel"


# unsaved work


def test_closing_without_unsaved_work_asks_nothing(desk):
    put(desk)
    desk.window.close_asked.emit()
    assert desk.window.closed
    assert desk.window.asked_unsaved == []


@pytest.mark.parametrize(("answer", "closes"), [("cancel", False), ("discard", True)])
def test_closing_with_an_unsaved_mask_asks_first(desk, answer, closes):
    put(desk, image_layer, mask_layer)
    desk.window.answers["unsaved"] = answer
    desk.window.close_asked.emit()
    assert desk.window.asked_unsaved == [(("vessels",), "closing")]
    assert desk.window.closed is closes


def test_saving_at_the_close_writes_the_mask_and_then_closes(desk, tmp_path):
    _, mask = put(desk, image_layer, mask_layer)
    paint(desk, mask)
    path = tmp_path / "vessels.nii.gz"
    desk.window.answers |= {"unsaved": "save", "save": path}
    desk.window.close_asked.emit()
    assert desk.window.closed
    assert np.asarray(nib.load(path).dataobj).sum() == 8


def test_cancelling_the_save_dialog_keeps_the_program_open(desk):
    put(desk, image_layer, mask_layer)
    desk.window.answers |= {"unsaved": "save", "save": None}
    desk.window.close_asked.emit()
    assert not desk.window.closed


def test_a_save_that_fails_keeps_the_program_open(desk, tmp_path):
    put(desk, image_layer, mask_layer)
    desk.window.answers |= {"unsaved": "save", "save": tmp_path / "missing" / "folder" / "mask.nii.gz"}
    desk.window.close_asked.emit()
    assert not desk.window.closed
    assert desk.window.errors


def test_removing_an_unsaved_mask_asks_and_undo_brings_it_back(desk):
    _, mask = put(desk, image_layer, mask_layer)
    desk.views.layers.removed.emit(mask.id)
    assert desk.session.state.layer(mask.id) is not None
    desk.window.answers["unsaved"] = "discard"
    desk.run("layer.remove")
    assert desk.session.state.layer(mask.id) is None
    assert desk.window.rows["edit.undo"].title == "Undo Remove vessels"
    desk.run("edit.undo")
    assert desk.session.state.layer(mask.id) is not None


def test_a_mask_is_asked_about_at_its_first_save_and_not_at_the_second(desk, tmp_path):
    _, mask = put(desk, image_layer, mask_layer)
    path = tmp_path / "mask.nii.gz"
    desk.window.answers["save"] = path
    paint(desk, mask)
    desk.run("file.save_mask")
    assert desk.window.title[1] is False
    assert desk.window.hints[-1] == "Saved mask.nii.gz."
    desk.window.suggested = None
    paint(desk, mask, value=0)
    assert desk.window.title[1] is True
    desk.run("file.save_mask")
    assert desk.window.suggested is None
    assert np.asarray(nib.load(path).dataobj).sum() == 0


def test_an_opened_mask_file_is_never_overwritten_without_asking(desk, tmp_path):
    scan = write_scan(tmp_path / "brain.nii.gz")
    original = tmp_path / "vessels_seg.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((8, 9, 10), np.uint8), np.diag([1.0, 2.0, 3.0, 1.0])), original)
    desk.window.dropped.emit((scan, original))
    before = original.read_bytes()
    mask = desk.session.state.layers[-1]
    assert mask.is_labels
    desk.session.set_active(mask.id)
    paint(desk, mask, value=0)
    desk.window.answers["save"] = None
    desk.run("file.save_mask")
    assert desk.window.suggested is not None
    assert original.read_bytes() == before


# the rest of the window


def test_the_hint_says_what_the_mouse_does(desk):
    assert "Ctrl+O" in desk.window.hints[-1]
    put(desk, image_layer, mask_layer)
    for tool, word in ((Tool.WINDOW, "brightens"), (Tool.BRUSH, "paints"), (Tool.ERASER, "erases")):
        desk.session.set_view(tool=tool)
        assert word in desk.window.hints[-1]


def test_frames_are_shown_and_chosen(desk):
    moving = volume(data=np.zeros((10, 12, 14, 4), np.float32))
    put(desk, lambda s: image_layer(s, moving))
    assert desk.window.frames == (0, 4, "frame 1 / 4")
    desk.window.frame_chosen.emit(2)
    assert desk.window.frames == (2, 4, "frame 3 / 4")


def test_a_layout_by_key_and_the_pane_that_keys_act_on(desk):
    put(desk)
    desk.run("view.layout_coronal")
    assert desk.window.layout is Layout.CORONAL
    before = desk.session.state.view.cursor_ras
    desk.run("view.slice_up")
    assert desk.session.state.view.cursor_ras[1] > before[1]
    desk.run("view.layout_four_up")
    sagittal = desk.views.slices[Orientation.SAGITTAL]
    sagittal.moved.emit(Pointer(position_ras=(0.0, 0.0, 0.0), position_px=(0, 0), button=""))
    desk.run("view.slice_last")
    assert desk.session.state.view.cursor_ras[0] == pytest.approx(4.5)


def test_sides_and_theme_are_remembered_for_the_next_start(desk, remade):
    desk.run("view.neurological")
    desk.run("view.theme")
    assert desk.window.themes == ["dark", "light"]
    assert desk.window.rows["view.theme"].checked
    again = remade()
    assert again.session.state.view.convention is Convention.NEUROLOGICAL
    assert again.window.themes == ["light"]


def test_scrolling_leaves_menus_title_and_hints_alone(desk):
    put(desk)
    shown = desk.window.action_shows, len(desk.window.hints), desk.views.layers.shows
    desk.axial.scrolled.emit(1, False, False)
    assert (desk.window.action_shows, len(desk.window.hints), desk.views.layers.shows) == shown


def test_the_title_marks_unsaved_work(desk):
    put(desk, lambda s: image_layer(s, volume(grid(), name="T2")), mask_layer)
    assert desk.window.title == ("T2 and 1 more", True)


def test_a_sample_scan_is_saved_under_a_name_and_its_details_tell_that_it_was_made_up(desk, tmp_path):
    desk.workflows.opening.open_sample("head-mr", seed=2, spacing_mm=6)
    path = tmp_path / "t2.nii.gz"
    desk.window.answers["save"] = path
    desk.run("file.save_layer_as")
    assert desk.window.suggested.name == "synthetic_head_t2.nii.gz"
    assert desk.window.hints[-1] == "Saved t2.nii.gz."
    desk.window.dropped.emit((path,))
    details = desk.views.layers.rows[0].details
    assert "Kind: synthesized image" in details
    assert "Sample study: head-mr" in details
    assert "Synthesized: yes" in details


def test_a_stroke_under_way_refreshes_no_menu_and_its_end_tells_all(desk):
    _scan, mask = put(desk, image_layer, mask_layer)
    desk.session.set_active(mask.id)
    shown = []
    show = desk.window.show_actions
    desk.window.show_actions = lambda rows: (shown.append(rows), show(rows))
    stroke = desk.session.begin_stroke(mask.id, "Brush")
    for i in range(3):
        stroke.apply(Patch((i, 1, 1), np.ones((1, 1, 1), np.uint8)))
    assert shown == []
    stroke.finish()
    assert desk.window.rows["edit.undo"].title == "Undo Brush" and shown
    desk.session.begin_stroke(mask.id, "Brush").apply(Patch((5, 1, 1), np.ones((1, 1, 1), np.uint8)))
    desk.session.close_stroke()
    desk.run("edit.undo")
    desk.run("edit.undo")
    assert desk.window.rows["edit.redo"].title == "Redo Brush"
