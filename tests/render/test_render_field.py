"""A radiance field in the 3-D pane: rays, what hides what, and what is drawn while the view moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analytic_field import ball_distances, ball_picture, field_plan, sphere, surfaces

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.lens import Lens
from medview.core.plans import RenderedVolumePlan, Shared, SurfacePlan, VolumePlan
from medview.render.offscreen import offscreen_window
from medview.render.sight import lens_of, pose_of
from medview.render.volume_scene import VolumeScene

BALL, RADIUS = (14.0, 6.0, 9.0), 22.0
BOUNDS = ((-60.0, -60.0, -60.0), (60.0, 60.0, 60.0))
SIZES = [(320, 240), (420, 160), (150, 300)]
SIDES = ["anterior", "left", "superior", "posterior"]


class Stage:
    """A scene with a mesh of a sphere, and a field that is asked."""

    def __init__(self, size, theme):
        self.views = []
        self.window = offscreen_window(size)
        self.scene = VolumeScene(self.window, theme, self.views.append)

    def close(self):
        self.scene.close()
        self.window.Finalize()


@pytest.fixture
def stage(theme):
    made = []

    def make(size=(320, 240)):
        made.append(Stage(size, theme))
        return made[-1]

    yield make
    for one in made:
        one.close()


def mesh_plan(colour=(230, 30, 30), opacity=1.0, **meshes):
    colours = tuple((int(name[1:]), *colour) for name in meshes)
    return SurfacePlan(layer_id=LayerId(3), surfaces=surfaces(**meshes), colours=colours, opacity=opacity)


MESH = sphere((0, 0, 0), 26)


def with_field(**changes):
    return VolumePlan(
        surfaces=(mesh_plan(_1=MESH),), field=field_plan(BALL, RADIUS), bounds_ras=BOUNDS, **changes
    )


def is_field(picture):
    """Pixels of the field's colour; meshes in these tests are red."""
    red, green, _ = np.moveaxis(picture.astype(int), -1, 0)
    return (green > 150) & (red < 120)


def is_mesh(picture):
    red, green, _ = np.moveaxis(picture.astype(int), -1, 0)
    return (red > 60) & (green < 0.5 * red)


@pytest.mark.parametrize("size", SIZES)
def test_rays_of_the_camera_are_those_of_vtk_to_1e_4(stage, size):
    one = stage(size)
    one.scene.apply(VolumePlan(bounds_ras=BOUNDS))
    one.scene.rotate(37, 21)
    one.scene.render()
    renderer = one.scene.camera.renderer
    lens, pose = lens_of(renderer), pose_of(renderer.GetActiveCamera())
    rays = lens.directions(lens.pixels()) @ pose[:3, :3].T
    for x, y in ((0, 0), (size[0] - 1, 0), (17, size[1] - 1), (size[0] // 2, size[1] // 3)):
        origin, direction = one.scene.camera.ray_at(x + 0.5, y + 0.5)
        assert np.abs(direction - rays[y, x]).max() < 1e-4
        beside = origin - pose[:3, 3]
        assert np.linalg.norm(beside - (beside @ direction) * direction) < 1e-4 * np.linalg.norm(beside)


def test_a_training_view_is_looked_through_with_its_own_rays(stage):
    one = stage((320, 240))
    one.scene.apply(VolumePlan(bounds_ras=BOUNDS))
    one.scene.render()
    lens = Lens(width=64, height=48, fx=50.0, fy=50.0, cx=32.0, cy=24.0)
    turn = np.linalg.qr(np.array([[1.0, 2, 0.3], [0.2, 1, 4], [3, 0.1, 1]]))[0]
    pose = np.eye(4)
    pose[:3, :3] = turn * np.sign(np.linalg.det(turn))
    pose[:3, 3] = (3, -7, 11)
    one.scene.look_through(pose, lens)
    one.scene.render()
    renderer = one.scene.camera.renderer
    seen = lens_of(renderer)
    mine = seen.directions(seen.pixels()) @ pose_of(renderer.GetActiveCamera())[:3, :3].T
    wanted = lens.resized(320, 240)
    assert np.abs(mine - wanted.directions(wanted.pixels()) @ pose[:3, :3].T).max() < 1e-4
    assert pose_of(renderer.GetActiveCamera())[:3, 3] == pytest.approx(pose[:3, 3], abs=1e-4)


@pytest.mark.parametrize(
    ("size", "side"), [*((SIZES[0], side) for side in SIDES), (SIZES[1], "right"), (SIZES[2], "right")]
)
def test_mesh_and_field_hide_each_other_as_two_meshes_do_to_1_percent_of_pixels(stage, size, side):
    one, other = stage(size), stage(size)
    one.scene.apply(with_field())
    one.scene.view_from(side)
    one.scene.image()
    one.scene.show_field(ball_picture(one.views[-1], BALL, RADIUS))
    mine = one.scene.image()
    both = (mesh_plan(_1=MESH), mesh_plan((0, 255, 0), _2=sphere(BALL, RADIUS)))
    other.scene.apply(VolumePlan(surfaces=(both[0], SurfacePlan(
        layer_id=LayerId(4), surfaces=both[1].surfaces, colours=both[1].colours, opacity=1.0
    )), bounds_ras=BOUNDS))  # fmt: skip
    other.scene.view_from(side)
    other.scene.set_interactive(True)  # hard edges, as rays have them
    truth = other.scene.frame()
    field_there = (truth[..., 1].astype(int) > 1.3 * truth[..., 0]) & (truth[..., 1] > 1.3 * truth[..., 2])
    covered = is_mesh(truth) | field_there
    assert is_field(mine).sum() > 100 and is_mesh(mine).sum() > 100
    assert (is_field(mine) ^ field_there).sum() <= 0.01 * covered.sum()
    assert (is_mesh(mine) ^ is_mesh(truth)).sum() <= 0.01 * covered.sum()
    assert len(one.views) == 1


def answered(one, side="right", plan=None, **facts):
    """The pane with an answer laid over it, seen from a side."""
    one.scene.apply(plan or with_field())
    one.scene.view_from(side)
    one.scene.image()
    one.scene.show_field(ball_picture(one.views[-1], BALL, RADIUS, **facts))
    return one.scene.image()


def test_what_lies_behind_a_thin_field_shines_through_by_what_it_lets_pass(stage):
    one = stage()
    solid = answered(one, "right", VolumePlan(field=field_plan((900, 0, 0), 1), bounds_ras=BOUNDS))
    seen = np.isfinite(ball_distances(one.views[-1], BALL, RADIUS))
    one.scene.show_field(ball_picture(one.views[-1], (900, 0, 0), 1))
    under = one.scene.image()[seen].astype(float)
    one.scene.show_field(ball_picture(one.views[-1], BALL, RADIUS, opacity=0.4))
    thin = one.scene.image()[seen].astype(float)
    assert solid[seen].mean(axis=0) == pytest.approx((0, 255, 0), abs=1)
    assert np.abs(thin - (0.6 * under + 0.4 * np.array([0, 255, 0]))).max() <= 1


def test_the_opacity_of_the_layer_thins_the_picture_without_asking_again(stage):
    one = stage()
    plan = VolumePlan(field=field_plan(BALL, RADIUS), bounds_ras=BOUNDS)
    full = answered(one, "right", plan)
    one.scene.apply(replace(plan, field=replace(plan.field, opacity=0.5)))
    half = one.scene.image()
    seen = np.isfinite(ball_distances(one.views[-1], BALL, RADIUS))
    assert full[seen][:, 1].mean() == pytest.approx(255, abs=1)
    assert 120 < half[seen][:, 1].mean() < 160
    assert len(one.views) == 1


def test_a_moving_view_shows_the_baked_ball_and_a_late_answer_is_dropped(stage):
    one = stage()
    blue = (0.0, 0.0, 1.0)
    plan = VolumePlan(field=field_plan(BALL, RADIUS, rgb=blue), bounds_ras=BOUNDS)
    answered(one, "right", plan)
    old = one.views[-1]
    one.scene.set_interactive(True)
    one.scene.rotate(12, 0)
    moving = one.scene.frame().astype(int)
    assert ((moving[..., 2] > 150) & (moving[..., 1] < 60)).sum() > 2000
    assert len(one.views) == 1
    one.scene.show_field(ball_picture(old, BALL, RADIUS))
    one.scene.set_interactive(False)
    rest = one.scene.frame().astype(int)
    assert len(one.views) == 2
    assert not is_field(rest[:, :220]).any()  # the rest holds the cube, which has green letters
    one.scene.show_field(ball_picture(one.views[-1], BALL, RADIUS))
    assert is_field(one.scene.frame()).sum() > 2000


def test_answers_become_finer_and_never_coarser(stage):
    one = stage()
    coarse = answered(one, "right", level=8)
    view = one.views[-1]
    one.scene.show_field(ball_picture(view, BALL, RADIUS, level=1))
    fine = one.scene.image()
    one.scene.show_field(ball_picture(view, BALL, RADIUS, level=4))
    assert np.array_equal(one.scene.image(), fine)
    wanted = is_field(fine)
    assert 0 < (is_field(coarse) ^ wanted).sum() < 0.2 * wanted.sum()


def test_the_baked_ball_lies_where_the_true_one_does(stage):
    one = stage((400, 300))
    plan = VolumePlan(field=field_plan(BALL, RADIUS, cells=96), bounds_ras=BOUNDS)
    fine = is_field(answered(one, "left", plan))
    one.scene.rotate(1e-9, 0)
    one.scene.set_interactive(True)
    baked = is_field(one.scene.frame())
    assert (fine ^ baked).sum() < 0.08 * fine.sum()


def test_a_mesh_that_comes_into_the_view_covers_the_answer_at_once_and_asks_for_the_rest(stage):
    one = stage()
    plan = with_field()
    before = answered(one, "right", replace(plan, surfaces=()))
    one.scene.apply(plan)
    after = one.scene.image()
    assert is_field(before).sum() > is_field(after).sum() + 100
    assert is_mesh(after).sum() > 500
    assert [view.finest for view in one.views] == [None, 1]
    one.scene.show_field(ball_picture(one.views[-1], BALL, RADIUS))
    assert (is_field(one.scene.image()) ^ is_field(after)).sum() <= 0.01 * is_field(after).sum()


@pytest.mark.parametrize("is_answered", [True, False], ids=["at rest", "moving"])
def test_a_click_meets_what_is_nearest_of_mesh_and_field(stage, is_answered):
    one = stage()
    answered(one, "anterior")
    if not is_answered:
        one.scene.set_interactive(True)
        one.scene.frame()
    view = one.views[0]
    for place, expected in ((BALL, RADIUS), ((-18.0, 0, 0), None)):
        to_camera = np.linalg.inv(view.ras_from_camera)
        x, y = view.lens.project(to_camera[:3, :3] @ place + to_camera[:3, 3])
        found = np.array(one.scene.pick(float(x), float(y)))
        center, radius = (BALL, RADIUS) if expected else ((0, 0, 0), 26)
        assert np.linalg.norm(found - center) == pytest.approx(radius, abs=0.5 if is_answered else 2.5)
    assert one.scene.pick(3, 3) is None


def test_a_scan_that_is_ray_cast_hides_the_field_behind_it(stage):
    one = stage()
    geometry = Geometry.from_spacing((40, 40, 40), 1.0)
    voxels = np.full((40, 40, 40), 100, np.int16)
    scan = RenderedVolumePlan(
        layer_id=LayerId(1), voxels=Shared(voxels), geometry=geometry, preset="MR head", low=0.0, high=100.0
    )
    behind = (0.0, -40.0, 0.0)
    one.scene.apply(VolumePlan(volume=scan, field=field_plan(behind, 15), bounds_ras=BOUNDS))
    one.scene.view_from("anterior")
    one.scene.image()
    view = one.views[-1]
    middle = view.t_max_mm[120, 160]
    eye = np.linalg.norm(view.ras_from_camera[:3, 3])
    assert middle == pytest.approx(eye - 20, abs=3)
    assert np.isinf(view.t_max_mm[5, 5])
    assert not np.isfinite(ball_picture(view, behind, 15).pixels[..., 4]).any()


def test_words_and_cube_do_not_stand_in_the_way_of_rays(stage):
    one = stage()
    one.scene.apply(VolumePlan(field=field_plan(BALL, RADIUS), bounds_ras=BOUNDS, corner_text="3-D\nwords",
                               mark="mark of words", message="more words"))  # fmt: skip
    one.scene.image()
    assert np.isinf(one.views[-1].t_max_mm).all()


def test_lines_of_the_planes_stand_in_front_of_the_field_or_behind_it(stage):
    one = stage()
    field = field_plan((0, 0, 0), 20)
    one.scene.apply(VolumePlan(field=field, bounds_ras=BOUNDS, crosshair_ras=(0.0, 0.0, 0.0)))
    one.scene.view_from("anterior")
    one.scene.image()
    one.scene.show_field(ball_picture(one.views[-1], (0, 0, 0), 20))
    picture = one.scene.image()
    column = picture[:, 160].astype(int)
    ball = is_field(picture)[:, 160]
    assert ball.sum() > 50  # the vertical line through the middle lies inside the ball
    assert (np.abs(column[~ball] - column[~ball].min(axis=0)) > 60).any()


@pytest.mark.parametrize("level", [1, 8])
def test_lines_neither_shorten_rays_nor_leave_slits_when_they_go(stage, level):
    one = stage()
    field = field_plan((0, 0, 0), 20)
    plan = VolumePlan(field=field, bounds_ras=BOUNDS, crosshair_ras=(0.0, 40.0, 0.0))
    one.scene.apply(plan)
    one.scene.view_from("anterior")
    one.scene.image()
    assert np.isinf(one.views[-1].t_max_mm).all()
    one.scene.show_field(ball_picture(one.views[-1], (0, 0, 0), 20, level=level))
    crossed = is_field(one.scene.image())
    one.scene.apply(replace(plan, crosshair_ras=None))
    whole = is_field(one.scene.image())
    assert 100 < (whole & ~crossed).sum() < 600  # a cross of lines two pixels wide, at its own fineness
    assert len(one.views) == 1


@pytest.mark.parametrize("level", [4, 8])
def test_no_background_shines_through_between_a_coarse_field_and_the_mesh_before_it(stage, level):
    one = stage()
    behind = (-90.0, 0.0, 0.0)  # a ball so large that it fills the pane behind the mesh
    plan = replace(with_field(), field=field_plan((900, 0, 0), 1))
    one.scene.apply(plan)
    one.scene.view_from("right")
    one.scene.image()
    pictures = []
    for shown in (level, 1):
        one.scene.show_field(ball_picture(one.views[-1], behind, 85, level=shown))
        pictures.append(one.scene.image()[60:180, 100:220].astype(int))
    coarse, fine = pictures
    assert is_mesh(fine).sum() > 1000
    assert np.abs(coarse - fine).max() <= 1
