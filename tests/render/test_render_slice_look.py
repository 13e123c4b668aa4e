"""What is drawn: window and level, labels, order, annotations, speed of nothing changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.plans import BrushPlan, ClicksPlan
from medview.core.state import Orientation
from medview.render.annotations import length_text, scale_bar_mm
from medview.render.offscreen import offscreen_window, slice_picture
from medview.render.slice_scene import SliceScene

SIZE = (240, 240)
MIDDLE = (120, 120)


@pytest.fixture
def cube() -> Geometry:
    return Geometry.from_spacing((40, 40, 40), 1.0)


def test_window_and_level_set_black_and_white(plans, theme, cube):
    voxels = np.zeros(cube.shape, np.float32)
    voxels[:10], voxels[10:20], voxels[20:30], voxels[30:] = -500, 0, 50, 900
    image = plans.image(voxels, cube, low=0.0, high=100.0, interpolate=False)
    row = slice_picture(plans.slice(Orientation.AXIAL, [image]), SIZE, theme)[120, :, 0]
    # Radiological: the high voxel numbers, at the patient's right, are at the left.
    assert row[60] == 255
    assert abs(int(row[100]) - 128) <= 1
    assert row[140] == row[180] == 0


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_all_number_types_look_the_same(plans, theme, cube, dtype):
    voxels = np.full(cube.shape, 25, dtype)
    picture = slice_picture(plans.slice(Orientation.CORONAL, [plans.image(voxels, cube)]), SIZE, theme)
    assert abs(int(picture[MIDDLE][0]) - 64) <= 1


def test_not_a_number_is_seen_through(plans, theme, cube):
    below = plans.image(np.full(cube.shape, 100, np.int16), cube)
    above = np.zeros(cube.shape, np.float32)
    above[:20] = np.nan
    layers = [below, plans.image(above, cube, layer_id=LayerId(5))]
    row = slice_picture(plans.slice(Orientation.AXIAL, layers), SIZE, theme)[120, :, 0]
    assert row[170] == 255
    assert row[70] == 0


def test_values_at_the_lower_bound_of_a_map_are_not_drawn(plans, theme, cube):
    below = plans.image(np.full(cube.shape, 100, np.int16), cube)
    above = np.zeros(cube.shape, np.int16)
    above[20:] = 100
    over = plans.image(above, cube, layer_id=LayerId(5), colormap="red", transparent_below=True)
    row = slice_picture(plans.slice(Orientation.AXIAL, [below, over]), SIZE, theme)[120]
    assert tuple(row[170]) == (255, 255, 255)
    assert row[70][0] == 255
    assert row[70][1] < 60


def test_colour_volumes_keep_their_colours(plans, theme, cube):
    voxels = np.zeros((*cube.shape, 3), np.uint8)
    voxels[...] = (10, 120, 240)
    picture = slice_picture(plans.slice(Orientation.SAGITTAL, [plans.image(voxels, cube)]), SIZE, theme)
    assert tuple(picture[MIDDLE]) == (10, 120, 240)


def test_labels_have_their_colours_and_lie_over_the_scan_at_their_opacity(plans, theme, cube):
    scan = plans.image(np.full(cube.shape, 100, np.int16), cube)
    numbers = np.ones(cube.shape, np.uint8)
    numbers[20:] = 2
    full = plans.slice(Orientation.AXIAL, [scan, plans.labels(numbers, cube)])
    row = slice_picture(full, SIZE, theme)[120]
    assert tuple(row[170]) == (230, 40, 40)
    assert tuple(row[70]) == (0, 158, 115)
    half = plans.slice(Orientation.AXIAL, [scan, plans.labels(numbers, cube, opacity=0.5)])
    assert np.abs(slice_picture(half, SIZE, theme)[120, 170].astype(int) - (243, 148, 148)).max() <= 2


def test_an_outline_leaves_the_inside_free(plans, theme, cube):
    numbers = np.zeros(cube.shape, np.uint16)
    numbers[10:30, 10:30, 10:30] = 1
    plan = plans.slice(Orientation.AXIAL, [plans.labels(numbers, cube, outline=True)])
    picture = slice_picture(plan, SIZE, theme)
    assert picture[MIDDLE].max() == 0
    row = np.flatnonzero(picture[120, :, 0])
    assert row.size == 4
    assert row[[0, -1]] == pytest.approx([80, 159], abs=1)


def test_the_later_layer_lies_on_top_also_after_a_change_of_order(plans, theme, cube):
    white = plans.image(np.full(cube.shape, 100, np.int16), cube, layer_id=LayerId(7))
    black = plans.image(np.zeros(cube.shape, np.int16), cube, layer_id=LayerId(8))
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    scene.apply(plans.slice(Orientation.AXIAL, [white, black]))
    assert scene.image()[MIDDLE][0] == 0
    scene.apply(plans.slice(Orientation.AXIAL, [black, white]))
    assert scene.image()[MIDDLE][0] == 255
    scene.apply(plans.slice(Orientation.AXIAL, [black]))
    assert scene.image()[MIDDLE][0] == 0
    scene.close()
    window.Finalize()


def test_a_new_revision_of_the_same_label_array_is_seen(plans, theme, cube):
    numbers = np.zeros(cube.shape, np.uint8)
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    scene.apply(plans.slice(Orientation.AXIAL, [plans.labels(numbers, cube)]))
    assert scene.image().max() == 0
    numbers[15:25, 15:25, 19:22] = 1
    scene.apply(plans.slice(Orientation.AXIAL, [plans.labels(numbers, cube, revision=1)]))
    assert tuple(scene.image()[MIDDLE]) == (230, 40, 40)
    scene.close()
    window.Finalize()


def test_letters_stand_at_the_middle_of_the_edges_they_name(plans, theme):
    names = ("R", "L", "A", "P")
    edges = {0: (slice(100, 140), slice(0, 40)), 1: (slice(100, 140), slice(200, 240))}
    edges |= {2: (slice(0, 40), slice(100, 140)), 3: (slice(200, 240), slice(100, 140))}
    for place, name in enumerate(names):
        letters = tuple(name if n == place else "" for n in range(4))
        picture = slice_picture(plans.slice(Orientation.AXIAL, letters=letters), SIZE, theme)[2:-2, 2:-2, 1]
        lit = picture > 150
        assert lit[edges[place]].sum() > 10
        assert lit[edges[place]].sum() == lit.sum()


def test_letters_are_legible_on_white(plans, theme, cube):
    white = plans.image(np.full(cube.shape, 100, np.int16), cube)
    plan = plans.slice(Orientation.AXIAL, [white], zoom=3.0, letters=("R", "L", "A", "P"))
    picture = slice_picture(plan, SIZE, theme)[..., 1]
    assert picture[105:135, 2:40].min() < 100


def test_corner_texts_do_not_overlap_in_a_narrow_pane(plans, theme):
    long = "A very long name of a scan that would never fit here.nii.gz"
    plan = plans.slice(Orientation.AXIAL, corner_texts=("", long, long, long))
    lit = slice_picture(plan, SIZE, theme).max(axis=2)[:, 3:-3] > 60
    assert not lit[225:, 110:130].any()
    assert lit[:30, 130:].any()
    assert not lit[:30, :110].any()


def test_the_crosshair_has_the_colours_of_the_other_planes_and_a_gap(plans, theme):
    plan = plans.slice(Orientation.AXIAL, crosshair_ras=(0.0, 0.0, 0.0))
    picture = slice_picture(plan, SIZE, theme)
    row, column = (
        (int(np.argmax(picture[60:180, :, 0].sum(axis=1))) + 60),
        int(np.argmax(picture[..., 0].sum(axis=0))),
    )
    assert abs(row - 119) <= 1
    assert abs(column - 120) <= 1
    coronal, sagittal = theme.accents[Orientation.CORONAL], theme.accents[Orientation.SAGITTAL]
    assert picture[row, 60] / 255 == pytest.approx(coronal, abs=0.12)
    assert picture[60, column] / 255 == pytest.approx(sagittal, abs=0.12)
    assert picture[112:128, 112:128].max() == 0


def test_the_brush_circle_has_its_radius_in_millimetres(plans, theme):
    brush = BrushPlan(center_ras=(0.0, 0.0, 0.0), radius_mm=15.0, colour=(230, 40, 40), erases=False)
    red = slice_picture(plans.slice(Orientation.AXIAL, brush=brush), SIZE, theme)[..., 0] > 110
    rows, columns = np.nonzero(red)
    assert (columns.max() - columns.min() + 1) / 2 == pytest.approx(60, abs=1.5)
    assert (rows.max() - rows.min() + 1) / 2 == pytest.approx(60, abs=1.5)


def test_an_empty_pane_shows_its_message_in_the_middle(plans, theme):
    picture = slice_picture(plans.slice(Orientation.AXIAL, message="Drop a scan here"), SIZE, theme)
    rows, columns = np.nonzero(picture[..., 0] > 100)
    assert abs(rows.mean() - 120) < 6
    assert abs(columns.mean() - 120) < 6


def test_scale_bars_are_1_2_5_and_named_in_fitting_units():
    assert scale_bar_mm(0.5, 100) == 50
    assert scale_bar_mm(0.5, 79) == 20
    assert scale_bar_mm(0.03, 100) == 2
    assert [length_text(n) for n in (50, 5, 0.02, 2000)] == ["5 cm", "5 mm", "20 µm", "2 m"]


def test_text_grows_with_the_screen_s_scale(plans, theme):
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    scene.apply(plans.slice(Orientation.AXIAL, letters=("R", "", "", "")))
    small = (scene.image() > 150).sum()
    scene.set_device_scale(2.0)
    assert (scene.image() > 150).sum() > 2.5 * small
    scene.close()
    window.Finalize()


def test_a_moved_crosshair_makes_no_picture_anew(plans, theme, cube):
    layers = [
        plans.image(np.full(cube.shape, 50, np.int16), cube),
        plans.labels(np.ones(cube.shape, np.uint8), cube),
    ]
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    scene.apply(plans.slice(Orientation.AXIAL, layers, crosshair_ras=(0.0, 0.0, 0.0)))
    scene.render()
    before = [id(drawing._sprite._pixels) for drawing in scene._drawings.values()]
    scene.apply(plans.slice(Orientation.AXIAL, layers, crosshair_ras=(5.0, 3.0, 0.0)))
    scene.render()
    assert [id(drawing._sprite._pixels) for drawing in scene._drawings.values()] == before
    scene.apply(plans.slice(Orientation.AXIAL, layers, center=(0.0, 0.0, 5.0)))
    scene.render()
    assert [id(drawing._sprite._pixels) for drawing in scene._drawings.values()] != before
    scene.close()
    window.Finalize()


def test_clicks_are_told_apart_by_shape_and_colour(plans, theme, cube):
    dark = plans.image(np.zeros(cube.shape, np.int16), cube)
    clicks = ClicksPlan(include_ras=((10.0, 3.0, 0.5),), exclude_ras=((-10.0, 3.0, 0.5),))
    plan = replace(plans.slice(Orientation.AXIAL, [dark]), clicks=clicks)
    bare = slice_picture(replace(plan, clicks=None), SIZE, theme).astype(int)
    picture = slice_picture(plan, SIZE, theme).astype(int)
    drawn = np.abs(picture - bare).sum(axis=2) > 60
    left, right = drawn[:, :120], drawn[:, 120:]
    green, red = picture[:, :120][left], picture[:, 120:][right]
    assert (green[:, 1] > green[:, 0]).sum() > 40 and not (green[:, 0] > green[:, 1] + 60).any()
    assert (red[:, 0] > red[:, 1]).sum() > 40 and not (red[:, 1] > red[:, 0] + 60).any()
    # a plus is as high as wide, a minus is not
    assert _white_box(picture[:, :120]) == pytest.approx(1.0, abs=0.3)
    assert _white_box(picture[:, 120:]) < 0.6


def _white_box(picture):
    """Height by width of what is white."""
    rows, columns = np.nonzero((picture > 220).all(axis=2))
    return np.ptp(rows) / np.ptp(columns)


def test_a_band_of_values_is_tinted_and_the_rest_is_seen_through(plans, theme, cube):
    below = plans.image(np.full(cube.shape, 100, np.int16), cube)
    values = np.zeros(cube.shape, np.float32)
    values[20:] = 50
    band = replace(
        plans.image(values, cube, layer_id=LayerId(5), low=40.0, high=60.0, interpolate=False),
        tint=(200, 30, 30),
    )
    row = slice_picture(plans.slice(Orientation.AXIAL, [below, band]), SIZE, theme)[120]
    assert tuple(row[170]) == (255, 255, 255)
    assert tuple(row[70]) == (200, 30, 30)
