"""The 3-D pane: pictures, picking, honest resolution, surfaces, end."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.plans import RenderedVolumePlan, Shared, SurfacePlan, Theme, VolumePlan
from medview.core.state import Orientation
from medview.render.brick import factors_for, make_brick
from medview.render.offscreen import offscreen_window, slice_picture, volume_picture
from medview.render.slice_scene import SliceScene
from medview.render.surface import enclosed_mm3, label_surfaces
from medview.render.transfer import colormap, colormap_names, preset, preset_names
from medview.render.volume_drawing import VolumeDrawing
from medview.render.volume_scene import VolumeScene

SIZE = (240, 200)


def ball(geometry, radius_mm, center=(0.0, 0.0, 0.0)):
    indices = np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1)
    return np.linalg.norm(geometry.ras_of(indices) - center, axis=-1) <= radius_mm


def bounds(geometry):
    low, high = geometry.bounds_ras
    return tuple(low), tuple(high)


def ball_plan(preset_name="MR head", center=(0.0, 0.0, 0.0)):
    geometry = Geometry.from_spacing((40, 40, 40), 2.0)
    voxels = (ball(geometry, 20, center) * 100).astype(np.int16)
    volume = RenderedVolumePlan(
        layer_id=LayerId(1), voxels=Shared(voxels), geometry=geometry, preset=preset_name, low=0.0, high=100.0
    )
    return VolumePlan(volume=volume, bounds_ras=bounds(geometry))


@pytest.fixture
def scene(theme):
    window = offscreen_window(SIZE)
    scene = VolumeScene(window, theme)
    yield scene
    scene.close()
    window.Finalize()


@pytest.mark.parametrize("name", ["MR head", "MIP", "MR angiography (MIP)"])
def test_a_ball_is_drawn_in_the_middle_and_can_be_picked(scene, name):
    scene.apply(ball_plan(name))
    scene.view_from("anterior")
    picture = scene.image().astype(int)
    scene.apply(VolumePlan(bounds_ras=ball_plan().bounds_ras))
    difference = np.abs(picture - scene.image()).sum(axis=2) > 30
    rows, columns = np.nonzero(difference)
    assert difference.sum() > 1500
    assert abs(rows.mean() - 100) < 4
    assert abs(columns.mean() - 120) < 4
    scene.apply(ball_plan(name))
    scene.render()
    hit = scene.pick(120, 100)
    assert abs(hit[0]) < 1
    assert abs(hit[2]) < 1
    assert hit[1] == pytest.approx(20, abs=3)
    assert scene.pick(3, 3) is None


def test_each_side_shows_what_lies_there(scene):
    """A ball at the patient's right is at the left seen from the front, and at the right from behind."""
    columns = {}
    for side in ("anterior", "posterior"):
        scene.apply(ball_plan(center=(18.0, 0.0, 0.0)))
        scene.view_from(side)
        with_ball = scene.image().astype(int)
        scene.apply(VolumePlan(bounds_ras=ball_plan().bounds_ras))
        columns[side] = np.nonzero(np.abs(with_ball - scene.image()).sum(axis=2) > 30)[1].mean()
    assert columns["anterior"] < 105
    assert columns["posterior"] > 135


def test_a_moved_view_is_coarse_and_a_resting_one_full(scene):
    scene.apply(ball_plan())
    scene.image()
    scene.set_interactive(True)
    scene.rotate(30, 10)
    scene.render()
    drawing = scene._volume
    assert drawing._mapper.GetImageSampleDistance() > 1.5
    scene.set_interactive(False)
    scene.render()
    assert drawing._mapper.GetImageSampleDistance() == 1.0


def test_nothing_is_built_before_the_first_frame(scene):
    scene.apply(ball_plan())
    assert scene._volume is None
    scene.render()
    assert isinstance(scene._volume, VolumeDrawing)


def test_a_layer_more_does_not_take_the_chosen_view_away(scene):
    scene.apply(ball_plan())
    scene.image()
    scene.rotate(50, 0)
    position = scene._renderer.GetActiveCamera().GetPosition()
    low, high = ball_plan().bounds_ras
    scene.apply(VolumePlan(bounds_ras=(low, (high[0] + 5, high[1], high[2]))))
    scene.render()
    assert scene._renderer.GetActiveCamera().GetPosition() == position


def test_a_large_scan_is_joined_and_says_so():
    geometry = Geometry.from_spacing((60, 60, 20), (1.0, 1.0, 3.0))
    assert factors_for(geometry, 20_000) == (2, 2, 1)
    voxels = np.arange(60 * 60 * 20, dtype=np.float32).reshape(60, 60, 20)
    brick = make_brick(voxels, geometry, 20_000)
    assert brick.message == "3-D shown at 1/2 resolution"
    assert brick.voxels.shape == (30, 30, 20)
    assert brick.voxels[3, 4, 5] == pytest.approx(voxels[6:8, 8:10, 5].mean())
    assert brick.geometry.ras_of((3, 4, 5)) == pytest.approx(geometry.ras_of((6.5, 8.5, 5)))
    assert make_brick(voxels, geometry, 10**6).message == ""


def test_joined_voxels_of_a_projection_keep_the_brightest():
    voxels = np.zeros((8, 8, 8), np.uint8)
    voxels[3, 3, 3] = 200
    brick = make_brick(voxels, Geometry.from_spacing((8, 8, 8), 1.0), 64, brightest=True)
    assert brick.voxels.max() == 200


@pytest.mark.parametrize("kind", ["plain", "flipped", "sheared"])
@pytest.mark.parametrize("radius", [3.0, 12.0])
def test_the_surface_of_a_ball_has_its_volume_and_its_place(kind, radius):
    matrix = np.diag([1.0, 1.2, 0.9, 1.0])
    if kind == "flipped":
        matrix[0, 0] = -1
    if kind == "sheared":
        matrix[0, 1] = 0.4
    shape = (56, 40, 44)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    geometry = Geometry(shape, matrix)
    labels = ball(geometry, radius, (3.0, -2.0, 1.0)).astype(np.uint8) * 7
    surfaces = label_surfaces(labels, geometry, [7, 9], 0.8, revision=4)
    assert surfaces.revision == 4
    assert list(surfaces.meshes) == [7]
    mesh = surfaces.meshes[7]
    expected = (labels > 0).sum() * abs(np.linalg.det(matrix[:3, :3]))
    assert enclosed_mm3(mesh.vertices_ras, mesh.triangles) == pytest.approx(expected, rel=0.05)
    assert mesh.vertices_ras.mean(axis=0) == pytest.approx((3.0, -2.0, 1.0), abs=0.3)
    edges = np.sort(
        np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]])
    )
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_a_label_at_the_rim_of_the_grid_is_closed_too():
    labels = np.ones((10, 12, 14), np.uint16)
    mesh = label_surfaces(labels, Geometry.from_spacing(labels.shape, 1.0), [1], 0.0, 0).meshes[1]
    assert enclosed_mm3(mesh.vertices_ras, mesh.triangles) == pytest.approx(labels.size, rel=0.05)


def test_surfaces_are_drawn_in_their_colours_and_picked(scene):
    geometry = Geometry.from_spacing((40, 40, 40), 1.0)
    surfaces = label_surfaces(ball(geometry, 15).astype(np.uint8), geometry, [1], 0.8, 0)
    plan = SurfacePlan(layer_id=LayerId(3), surfaces=surfaces, colours=((1, 230, 40, 40),), opacity=1.0)
    scene.apply(VolumePlan(surfaces=(plan,), bounds_ras=bounds(geometry)))
    scene.view_from("left")
    red, green, blue = (int(channel) for channel in scene.image()[100, 120])
    assert red > 150 > 3 * green
    assert abs(green - blue) < 10
    assert scene.pick(120, 100) == pytest.approx((-15, 0, 0), abs=0.7)


def test_twenty_openings_leave_no_windows(plans, theme):
    def windows():
        gc.collect()
        return sum(issubclass(type(thing), vtkRenderWindow) for thing in gc.get_objects())

    volume_picture(ball_plan(), (60, 50), theme)
    before = windows()
    for _ in range(20):
        slice_picture(plans.slice(Orientation.AXIAL, letters=("R", "L", "A", "P")), (60, 50), theme)
        volume_picture(ball_plan(), (60, 50), theme)
    assert windows() == before


def test_closing_twice_is_harmless(theme):
    window = offscreen_window(SIZE)
    for kind in (SliceScene, VolumeScene):
        scene = kind(window, theme)
        scene.render()
        scene.close()
        scene.close()
    window.Finalize()


def test_all_colour_maps_and_presets_can_be_read():
    assert colormap_names()[0] == "gray"
    assert {"hot", "cool", "viridis", "inferno", "bone", "red", "green", "blue"} <= set(colormap_names())
    for name in colormap_names():
        assert colormap(name).shape == (256, 3)
    assert (colormap("gray") == np.arange(256)[:, None]).all()
    assert preset_names("CT")[0] == "CT bone"
    assert preset_names("MRA")[0] == "MR angiography (MIP)"
    assert preset("auto", "T2").name == "MR head"
    for name in preset_names():
        points = preset(name).scaled(0, 100)
        assert (np.diff(points[:, 0]) > 0).all()
        assert ((points[:, 1:] >= 0) & (points[:, 1:] <= 1)).all()


def test_an_unknown_name_is_told_with_the_choices():
    with pytest.raises(InputRefused, match="gray"):
        colormap("nonsense")
    with pytest.raises(InputRefused, match="CT bone"):
        preset("nonsense")


def test_a_graphics_card_s_ray_caster_draws_the_same_ball(scene):
    scene.apply(ball_plan())
    scene.view_from("anterior")
    by_processor = scene.image()[100, 120].astype(int)
    scene._volume.close()
    scene._volume = VolumeDrawing(scene._renderer, on_processor=False)
    picture = scene.image()
    assert np.abs(picture[100, 120] - by_processor).max() < 60
    assert picture[100, 120].sum() > 2 * picture[100, 20].sum()


def test_words_in_the_light_theme_are_dark_on_a_bright_ground(scene):
    scene.set_theme(
        Theme(
            name="light", volume_top=(0.95, 0.95, 0.95), volume_bottom=(0.8, 0.8, 0.8), text=(0.1, 0.1, 0.1)
        )
    )
    scene.apply(VolumePlan(corner_text="IIII"))
    corner = scene.image()[:30, :60, 0]
    assert corner.min() < 90
    assert np.median(corner) > 220
