from __future__ import annotations

import json

import numpy as np
import pytest
from scans import grid, image_layer, mask_layer, opened, turned, volume

from medview.core.mesh import LabelSurfaces
from medview.core.places import resource
from medview.core.plans import VolumePlan
from medview.core.state import Layout, Tool
from medview.present.layer_details import layer_details
from medview.present.volume_plan import preset_of, resolve_volume
from medview.session.commands import AddLayers


def put(desk, *makers):
    layers = tuple(make(desk.session) for make in (makers or (image_layer,)))
    desk.session.do(AddLayers(title="Open", layers=layers))
    return layers


# layers


def test_rows_come_top_layer_first_and_the_active_one_is_named(desk):
    scan, mask = put(desk, image_layer, mask_layer)
    assert [row.layer_id for row in desk.views.layers.rows] == [mask.id, scan.id]
    assert desk.views.layers.active_id == mask.id
    assert desk.views.layers.rows[0].colour == (230, 40, 40)
    assert desk.views.layers.rows[0].is_unsaved
    assert desk.views.layers.colormaps == ("gray", "hot")


@pytest.mark.parametrize(
    ("field", "value", "title"),
    [
        ("visible", False, "Show or hide T2"),
        ("opacity", 0.5, "Opacity of T2"),
        ("colormap", "hot", "Colour map of T2"),
        ("name", "  Head  ", "Rename T2"),
    ],
)
def test_a_change_of_a_row_is_one_named_step(desk, field, value, title):
    (scan,) = put(desk)
    desk.views.layers.changed.emit(scan.id, field, value)
    assert desk.window.rows["edit.undo"].title == f"Undo {title}"
    shown = desk.views.layers.rows[0]
    assert getattr(shown, field) == (value.strip() if field == "name" else value)


def test_fields_of_masks_change_too(desk):
    _, mask = put(desk, image_layer, mask_layer)
    desk.views.layers.changed.emit(mask.id, "outline", True)
    desk.views.layers.changed.emit(mask.id, "smoothing_mm", 1.5)
    assert (desk.views.layers.rows[0].outline, desk.views.layers.rows[0].smoothing_mm) == (True, 1.5)


def test_an_empty_name_is_not_taken_and_the_old_one_is_shown_again(desk):
    (scan,) = put(desk)
    shows = desk.views.layers.shows
    desk.views.layers.changed.emit(scan.id, "name", "   ")
    assert desk.session.state.base.name == "T2"
    assert desk.views.layers.shows == shows + 1


def test_a_slider_drag_is_one_step_and_no_change_is_none(desk):
    (scan,) = put(desk)
    for opacity in (0.9, 0.7, 0.5):
        desk.views.layers.changed.emit(scan.id, "opacity", opacity)
    desk.views.layers.changed.emit(scan.id, "visible", True)
    desk.run("edit.undo")
    assert desk.session.state.base.opacity == 1.0


def test_window_bounds_in_the_wrong_order_are_turned_round(desk):
    (scan,) = put(desk)
    desk.views.layers.window_changed.emit(scan.id, 500.0, 100.0)
    assert (desk.views.layers.rows[0].low, desk.views.layers.rows[0].high) == (100.0, 500.0)


def test_layers_move_and_stop_at_the_ends(desk):
    scan, mask = put(desk, image_layer, mask_layer)
    desk.views.layers.moved.emit(scan.id, 5)
    assert [layer.id for layer in desk.session.state.layers] == [mask.id, scan.id]
    title = desk.window.rows["edit.undo"].title
    desk.views.layers.moved.emit(scan.id, 1)
    assert desk.window.rows["edit.undo"].title == title == "Undo Reorder layers"


def test_details_tell_grid_values_warnings_and_provenance():
    scan = volume(grid(turn=turned(12)), unit="HU", modality="CT", warnings=("The qform was used.",))
    session = opened(lambda s: image_layer(s, scan, provenance={"model": "t2-vessels", "seed": 3}))
    text = layer_details(session.state.base)
    for part in (
        "Grid: 10 x 12 x 14 voxels, axes RAS",
        "Spacing: 1 x 1.5 x 2 mm",
        "Oblique: 12.0°",
        "Modality: CT",
        "Values: 0 to 1679 HU",
        "Note: The qform was used.",
        "Model: t2-vessels",
        "Seed: 3",
        "Not saved as it is now",
    ):
        assert part in text, part


# 3-D


def test_presets_of_every_modality_exist_among_the_resources():
    names = {json.loads(path.read_text("utf-8"))["name"] for path in resource("presets").glob("*.json")}
    for modality in ("CT", "CTA", "T2", "MRA", "PET", ""):
        session = opened(lambda s, m=modality: image_layer(s, volume(modality=m)))
        assert preset_of(session.state) in names


def test_the_3d_plan_of_an_empty_session_says_how_to_open_a_scan():
    assert resolve_volume(opened(lambda s: image_layer(s)).state).message == ""
    from medview.core.state import SessionState

    assert resolve_volume(SessionState()) == VolumePlan(message="Drop a scan here, or press Ctrl+O")


def test_only_surfaces_of_visible_masks_are_drawn(desk):
    _, mask = put(desk, image_layer, mask_layer)
    desk.session.set_surfaces(mask.id, LabelSurfaces(revision=0, smoothing_mm=0.8, meshes={}))
    assert len(desk.views.volume.plans[-1].surfaces) == 1
    desk.run("tools.toggle_mask")
    assert desk.views.volume.plans[-1].surfaces == ()
    desk.run("tools.toggle_mask")
    desk.views.layers.changed.emit(mask.id, "surface", False)
    assert desk.views.volume.plans[-1].surfaces == ()


def test_a_hidden_scan_is_not_drawn_and_the_pane_says_so(desk):
    put(desk)
    desk.run("3d.visible")
    plan = desk.views.volume.plans[-1]
    assert plan.volume is None
    assert plan.message == "The scan is hidden in 3-D."


def test_scrolling_redraws_nothing_in_3d_until_it_rests_and_then_moves_the_crosshair_only(desk):
    put(desk)
    desk.pass_time()
    shown, before = len(desk.views.volume.plans), desk.views.volume.plans[-1]
    for _ in range(3):
        desk.axial.scrolled.emit(1, False, False)
        assert len(desk.timers) == 1
    desk.pass_time()
    assert len(desk.views.volume.plans) == shown
    desk.pass_time()
    assert len(desk.views.volume.plans) == shown + 1
    assert desk.timers == []
    after = desk.views.volume.plans[-1]
    assert after.volume == before.volume
    assert after.crosshair_ras != before.crosshair_ras


def test_a_pick_carries_the_crosshair_there(desk):
    put(desk)
    desk.views.volume.picked.emit((1.0, 2.0, 3.0))
    assert desk.axial.plan.crosshair_ras == (1.0, 2.0, 3.0)
    assert desk.views.volume.plans[-1].crosshair_ras == (1.0, 2.0, 3.0)
    desk.views.volume.maximise_asked.emit()
    assert desk.session.state.view.layout is Layout.VOLUME


# editing tools


def test_the_edit_panel_follows_the_active_mask_and_says_why_it_is_off(desk):
    put(desk)
    assert desk.views.edit.plan.why_not.startswith("Choose a mask")
    desk.views.edit.mask_asked.emit()
    assert desk.views.edit.plan.tool is Tool.BRUSH
    desk.views.edit.radius_changed.emit(7.5)
    assert desk.views.edit.plan.radius_mm == 7.5


def test_choosing_a_tool_that_is_off_shows_the_old_one_again(desk):
    put(desk)
    shown = len(desk.views.edit.plans)
    desk.views.edit.tool_chosen.emit(Tool.BRUSH)
    assert desk.session.state.view.tool is Tool.NAVIGATE
    assert len(desk.views.edit.plans) == shown + 1


def test_an_active_mask_with_other_labels_offers_one_of_its_own(desk):
    from medview.core.labels import LabelEntry

    entries = (LabelEntry(value=7, name="Heart", colour=(1, 2, 3)),)
    put(desk, image_layer, lambda s: mask_layer(s, entries=entries))
    assert desk.session.state.view.label_value == 7


# models


def test_models_are_listed_with_the_reason_why_they_cannot_run(desk):
    (row,) = [row for row in desk.views.tools.models if row.model_id == "t2-vessels"]
    assert row.reason == desk.workflows.models.problem("t2-vessels")
    assert desk.program.desk.model_id == desk.views.tools.chosen


def test_the_form_offers_open_scans_for_roles_and_follows_them(desk):
    assert desk.views.tools.form.problem
    (scan,) = put(desk)
    form = desk.views.tools.form
    (role,) = [role for role in form.roles if role.required]
    assert role.candidates == ((scan.id, "T2"),)
    assert role.chosen == scan.id


def test_painting_does_not_make_the_form_again(desk):
    _, mask = put(desk, image_layer, mask_layer)
    forms = desk.views.tools.forms
    from medview.core.labels import Patch

    with desk.session.stroke(mask.id, "Brush") as edit:
        edit.apply(Patch((0, 0, 0), np.ones((2, 2, 2), np.uint8)))
    assert desk.views.tools.forms == forms


def test_values_set_in_a_form_stay_with_their_model(desk):
    spec = desk.workflows.models.specs()[0]
    param = next(param for param in spec.params if isinstance(param.default, float | int))
    value = param.default
    desk.views.tools.value_changed.emit(param.name, value)
    desk.views.tools.model_chosen.emit(spec.id)
    assert desk.views.tools.form.values[param.name] == value


def test_run_without_what_it_needs_says_what_is_missing(desk):
    desk.views.tools.run_asked.emit()
    text, is_error = desk.views.tools.outcome
    assert text == desk.views.tools.form.problem
    assert is_error
