from __future__ import annotations

import numpy as np
import pytest
from scans import all_orientations, grid, image_layer, mask_layer, opened, turned, volume

from medview.core.geometry import Geometry
from medview.core.layers import LayerKind
from medview.core.plans import ImagePlan, LabelsPlan
from medview.core.state import Convention, Orientation, Planes, Preview, SessionState, Tool
from medview.present.plane_frame import direction_letters
from medview.present.slice_plan import PREVIEW_ID, resolve_slice
from medview.session.session import Session

LETTERS = {
    (Convention.RADIOLOGICAL, Orientation.AXIAL): ("R", "L", "A", "P"),
    (Convention.RADIOLOGICAL, Orientation.CORONAL): ("R", "L", "S", "I"),
    (Convention.RADIOLOGICAL, Orientation.SAGITTAL): ("A", "P", "S", "I"),
    (Convention.NEUROLOGICAL, Orientation.AXIAL): ("L", "R", "A", "P"),
    (Convention.NEUROLOGICAL, Orientation.CORONAL): ("L", "R", "S", "I"),
    (Convention.NEUROLOGICAL, Orientation.SAGITTAL): ("A", "P", "S", "I"),
}


@pytest.mark.parametrize("planes", Planes)
@pytest.mark.parametrize(("convention", "orientation"), LETTERS)
def test_letters_and_vectors_are_right_for_all_48_ways_a_grid_can_lie(planes, convention, orientation):
    for axes, signs in all_orientations():
        scan = volume(grid(axes, signs))
        session = opened(lambda s, scan=scan: image_layer(s, scan), convention=convention, planes=planes)
        plan = resolve_slice(session.state, orientation)
        assert plan.letters == LETTERS[convention, orientation], (axes, signs)
        named = [direction_letters(v) for v in (-np.array(plan.right_ras), plan.right_ras, plan.up_ras)]
        assert tuple(named) == plan.letters[:3]
        assert np.allclose(np.cross(plan.right_ras, plan.up_ras), plan.toward_ras)


def test_an_axial_radiological_pane_is_seen_from_the_feet():
    plan = resolve_slice(opened().state, Orientation.AXIAL)
    assert plan.right_ras == (-1.0, 0.0, 0.0)
    assert plan.toward_ras == (0.0, 0.0, -1.0)


@pytest.mark.parametrize("degrees", [10, -25])
def test_scan_planes_follow_an_oblique_grid_and_say_so(degrees):
    tilted = grid(turn=turned(degrees, about=0))
    session = opened(lambda s: image_layer(s, volume(tilted)), planes=Planes.SCAN)
    plan = resolve_slice(session.state, Orientation.AXIAL)
    normal = tilted.ras_from_ijk[:3, 2] / 2
    assert np.allclose(np.abs(np.dot(plan.toward_ras, normal)), 1)
    assert f"Axial, tilted {abs(degrees)}°" in plan.corner_texts[0]
    session.set_view(planes=Planes.PATIENT)
    straight = resolve_slice(session.state, Orientation.AXIAL)
    assert straight.toward_ras == (0.0, 0.0, -1.0)
    assert "tilted" not in straight.corner_texts[0]


def test_letters_of_an_oblique_plane_name_the_second_direction_too():
    session = opened(lambda s: image_layer(s, volume(grid(turn=turned(30, about=2)))), planes=Planes.SCAN)
    assert resolve_slice(session.state, Orientation.AXIAL).letters == ("RA", "LP", "AL", "PR")


def test_planes_of_a_sheared_grid_stay_in_its_slices_with_upright_axes():
    matrix = np.diag([1.0, 1.0, 3.0, 1.0])
    matrix[1, 2] = 0.9
    sheared = Geometry((10, 12, 14), matrix)
    session = opened(lambda s: image_layer(s, volume(sheared)), planes=Planes.SCAN)
    for orientation in Orientation:
        plan = resolve_slice(session.state, orientation)
        basis = np.array([plan.right_ras, plan.up_ras, plan.toward_ras])
        assert np.allclose(basis @ basis.T, np.eye(3))
    axial = resolve_slice(session.state, Orientation.AXIAL)
    in_plane = sheared.ras_from_ijk[:3, :2].T
    assert np.allclose(in_plane @ axial.toward_ras, 0)
    coronal = resolve_slice(session.state, Orientation.CORONAL)
    assert np.allclose(sheared.ras_from_ijk[:3, [0, 2]].T @ coronal.toward_ras, 0)


def test_a_scan_just_fits_with_its_outer_edges_and_lies_in_the_middle():
    plan = resolve_slice(opened().state, Orientation.AXIAL)
    assert plan.fit_mm == (10.0, 18.0)
    assert plan.center_ras == (0.0, 0.0, 0.0)
    assert resolve_slice(opened().state, Orientation.SAGITTAL).fit_mm == (18.0, 28.0)


def test_an_empty_pane_says_how_to_open_a_scan():
    plan = resolve_slice(SessionState(), Orientation.CORONAL)
    assert plan.message == "Drop a scan here, or press Ctrl+O"
    assert plan.layers == ()
    assert plan.letters == ("", "", "", "")


def test_corner_texts_name_pane_position_scan_slice_side_and_window():
    session = opened(
        lambda s: image_layer(s, volume(name="CT", modality="CT", unit="HU")), cursor_ras=(0.0, 0.0, -3.0)
    )
    corners = resolve_slice(session.state, Orientation.AXIAL).corner_texts
    left_top, right_top, left_bottom, right_bottom = corners
    assert left_top == "Axial  I 3.0 mm"
    assert right_top == "CT"
    assert left_bottom == "slice 6 / 14"
    assert right_bottom.splitlines()[1:] == ["Radiological:", "patient's left is on the right"]
    assert right_bottom.startswith("W ") and right_bottom.splitlines()[0].endswith(" HU")


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        (Convention.RADIOLOGICAL, "Radiological:\npatient's left is on the right"),
        (Convention.NEUROLOGICAL, "Neurological:\npatient's left is on the left"),
    ],
)
def test_the_side_of_the_patients_left_is_stated_even_without_overlays(convention, expected):
    session = opened(convention=convention, overlays=False)
    plan = resolve_slice(session.state, Orientation.CORONAL)
    assert plan.corner_texts == ("", "", "", expected)
    assert plan.letters == ("", "", "", "")


def test_synthesized_layers_are_marked_even_without_overlays_but_not_when_hidden():
    session = opened(image_layer, lambda s: image_layer(s, kind=LayerKind.SYNTHESIZED), overlays=False)
    plan = resolve_slice(session.state, Orientation.AXIAL)
    assert "SYNTHESIZED – not measured" in plan.corner_texts[1]
    hidden = opened(image_layer, lambda s: image_layer(s, kind=LayerKind.SYNTHESIZED, visible=False))
    assert "SYNTHESIZED" not in resolve_slice(hidden.state, Orientation.AXIAL).corner_texts[1]


def test_a_phantom_is_called_a_synthetic_study():
    session = opened(lambda s: image_layer(s, volume(format_="synthetic")))
    assert "Synthetic study" in resolve_slice(session.state, Orientation.SAGITTAL).corner_texts[1]


def test_overlays_in_colour_let_the_scan_below_show_but_the_base_itself_does_not():
    session = opened(
        lambda s: image_layer(s, colormap="hot"),
        lambda s: image_layer(s, colormap="hot"),
        image_layer,
        mask_layer,
    )
    base, hot, grey, mask = resolve_slice(session.state, Orientation.AXIAL).layers
    assert (base.transparent_below, hot.transparent_below, grey.transparent_below) == (False, True, False)
    assert isinstance(grey, ImagePlan)
    assert isinstance(mask, LabelsPlan)
    assert mask.colours == ((1, 230, 40, 40),)


def test_the_same_state_gives_equal_plans_also_for_scans_with_frames(rng):
    moving = volume(data=rng.normal(size=(10, 12, 14, 3)).astype(np.float32))
    session = opened(lambda s: image_layer(s, moving), frame=1)
    first, second = (resolve_slice(session.state, Orientation.AXIAL) for _ in range(2))
    assert first == second
    assert np.array_equal(first.layers[0].voxels.array, moving.data[..., 1])
    assert "frame 2 / 3" in first.corner_texts[2]
    session.set_view(frame=2)
    assert resolve_slice(session.state, Orientation.AXIAL) != first


def test_the_brush_circle_shows_what_a_press_would_paint():
    session = opened(image_layer, mask_layer, tool=Tool.BRUSH, brush_radius_mm=4.0)
    brush = resolve_slice(session.state, Orientation.AXIAL, (1.0, 2.0, 0.0)).brush
    assert (brush.center_ras, brush.radius_mm, brush.colour) == ((1.0, 2.0, 0.0), 4.0, (230, 40, 40))
    session.set_view(tool=Tool.ERASER)
    assert resolve_slice(session.state, Orientation.AXIAL, (1.0, 2.0, 0.0)).brush.erases
    session.set_view(tool=Tool.NAVIGATE)
    assert resolve_slice(session.state, Orientation.AXIAL, (1.0, 2.0, 0.0)).brush is None


def test_there_is_no_brush_circle_where_no_mask_is_active():
    session = opened(tool=Tool.BRUSH)
    assert resolve_slice(session.state, Orientation.AXIAL, (0.0, 0.0, 0.0)).brush is None


def test_an_empty_session_resolves_every_pane():
    for orientation in Orientation:
        assert resolve_slice(Session().state, orientation).message


def test_a_running_models_preview_lies_on_top_and_is_named():
    session = opened(image_layer, mask_layer)
    labels = mask_layer(session).data
    session.set_preview(Preview(title="t2-vessels: 43 %", labels=labels, revision=3))
    plan = resolve_slice(session.state, Orientation.AXIAL)
    assert plan.layers[-1].layer_id == PREVIEW_ID
    assert plan.layers[-1].revision == 3
    assert "t2-vessels: 43 %, preview" in plan.corner_texts[1]
    session.set_preview(None)
    assert "preview" not in resolve_slice(session.state, Orientation.AXIAL).corner_texts[1]
