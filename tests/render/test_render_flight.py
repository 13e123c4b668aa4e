"""Flying inside a scene, real pictures over it, and the cameras drawn around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from analytic_field import ball_distances, ball_picture, field_plan

from medview.core.lens import Lens
from medview.core.plans import RealFramePlan, Shared, VolumePlan
from medview.render.field_scenery import camera_frusta
from medview.render.offscreen import offscreen_window
from medview.render.real_frame import seen_through
from medview.render.sight import pose_of
from medview.render.volume_scene import VolumeScene

SIZE = (200, 150)
BOUNDS = ((-60.0, -60.0, -60.0), (60.0, 60.0, 60.0))
LENS = Lens(width=80, height=60, fx=60.0, fy=62.0, cx=38.0, cy=31.0, k1=-0.12, k2=0.03, p1=0.004, p2=-0.003)


def turned(*angles_deg):
    """A rotation about x, then y, then z."""
    turn = np.eye(3)
    for axis, angle in enumerate(np.radians(angles_deg)):
        first, second = (n for n in range(3) if n != axis)
        one = np.eye(3)
        one[first, first] = one[second, second] = np.cos(angle)
        one[first, second], one[second, first] = -np.sin(angle), np.sin(angle)
        turn = one @ turn
    return turn


def pose_at(center, turn=None):
    pose = np.eye(4)
    pose[:3, :3] = np.eye(3) if turn is None else turn
    pose[:3, 3] = center
    return pose


@pytest.fixture
def scene(theme):
    window = offscreen_window(SIZE)
    made = VolumeScene(window, theme)
    made.views = []
    made._tell = made.views.append
    made.apply(VolumePlan(field=field_plan((0, 0, 0), 20), bounds_ras=BOUNDS))
    made.frame()
    yield made
    made.close()
    window.Finalize()


def camera(scene):
    return scene.camera.renderer.GetActiveCamera()


def test_looking_around_leaves_the_eye_where_it_is_and_what_is_dragged_follows_the_hand(scene):
    before = pose_of(camera(scene))
    scene.camera.look_around(10, 0)
    after = pose_of(camera(scene))
    assert after[:3, 3] == pytest.approx(before[:3, 3], abs=1e-6)
    angle = np.degrees(np.arccos(before[:3, 2] @ after[:3, 2]))
    assert angle == pytest.approx(10 * camera(scene).GetViewAngle() / SIZE[1], rel=1e-3)
    # dragged to the right, what was in the middle lies at the right
    assert -before[:3, 2] @ after[:3, 0] > 0


def test_flying_moves_the_eye_and_what_it_would_orbit(scene):
    before, focus = pose_of(camera(scene)), np.array(camera(scene).GetFocalPoint())
    scene.camera.fly(3, -2, 5)
    after = pose_of(camera(scene))
    step = after[:3, 3] - before[:3, 3]
    assert step @ before[:3, :3] == pytest.approx((3, -2, -5), abs=1e-6)
    assert np.array(camera(scene).GetFocalPoint()) - focus == pytest.approx(step, abs=1e-6)
    assert after[:3, :3] == pytest.approx(before[:3, :3], abs=1e-9)


def test_paces_become_short_near_a_wall(scene):
    def pace():
        before = scene.camera.eye_ras
        scene.fly(0, 0, 1)
        return float(np.linalg.norm(scene.camera.eye_ras - before))

    scene.look_through(pose_at((0, 0, 59)), Lens.of_view_angle(80, 60, 60))
    scene.frame()
    far = pace()
    scene.look_through(pose_at((0, 0, 24)), Lens.of_view_angle(80, 60, 60))
    scene.frame()
    near = pace()
    assert far == pytest.approx(0.1 * 39, rel=0.1)
    assert near == pytest.approx(0.1 * 4, abs=0.15)


def test_what_is_close_to_the_eye_is_drawn(scene):
    scene.look_through(pose_at((0, 0, 20.6)), Lens.of_view_angle(80, 60, 60))
    near, far = camera(scene).GetClippingRange()
    assert near < 0.5
    assert far > 75


@pytest.mark.parametrize("size", [(320, 150), (150, 320)])
def test_all_of_a_real_picture_fits_into_a_pane_of_another_form(theme, size):
    window = offscreen_window(size)
    made = VolumeScene(window, theme)
    made.apply(VolumePlan(bounds_ras=BOUNDS))
    made.frame()
    pose = pose_at((4, 5, 6), turned(20, 50, 70))
    made.look_through(pose, LENS)
    made.frame()
    seen, lens = made.camera_now()
    frame = RealFramePlan(
        pixels=Shared(np.full((60, 80, 3), 200, np.uint8)),
        ras_from_camera=Shared(pose),
        lens=LENS,
        share=0.5,
        is_swipe=False,
    )
    covered = seen_through(frame, lens, seen)[..., 3] > 0
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    fills = len(rows) / size[1], len(columns) / size[0]
    assert max(fills) > 0.93
    assert covered.sum() == pytest.approx(len(rows) * len(columns), rel=0.12)  # bent sides, no more
    made.close()
    window.Finalize()


def gradient(lens):
    """A picture whose red is 4 x the column, whose green 4 x the row, of pixel centres."""
    rows, columns = np.mgrid[: lens.height, : lens.width]
    return np.stack([2.5 * columns, 3.5 * rows, 0 * rows], axis=-1).round().astype(np.uint8)


def frame_plan(pose, **changes):
    facts = {"share": 1.0, "is_swipe": False, **changes}
    return RealFramePlan(pixels=Shared(gradient(LENS)), ras_from_camera=Shared(pose), lens=LENS, **facts)


def test_a_real_picture_is_brought_to_the_pane_by_its_rays_distortion_and_all():
    pose = pose_at((1, 2, 3), turned(10, 20, 30))
    lens = Lens.of_view_angle(160, 120, 50)
    picture = seen_through(frame_plan(pose), lens, pose)
    at = LENS.project(lens.directions(lens.pixels()))
    middle = np.s_[30:90, 40:120]
    assert (picture[middle][..., 3] == 255).all()
    assert np.abs(picture[middle][..., 0] - 2.5 * (at[middle][..., 0] - 0.5)).max() < 1.5
    assert np.abs(picture[middle][..., 1] - 3.5 * (at[middle][..., 1] - 0.5)).max() < 1.5


def test_who_looks_around_at_that_place_sees_the_same_rays_of_the_picture():
    pose = pose_at((1, 2, 3))
    lens = Lens.of_view_angle(160, 120, 30)
    aside = pose_at((1, 2, 3), turned(0, 8, 0))
    straight, turned_away = (seen_through(frame_plan(pose), lens, seen) for seen in (pose, aside))
    point = np.array([0.05, -0.02, -1.0])
    values = []
    for seen, picture in ((pose, straight), (aside, turned_away)):
        x, y = lens.project(seen[:3, :3].T @ point).astype(int)
        values.append(picture[y, x, :3].astype(int))
    assert np.abs(values[0] - values[1]).max() <= 5


def shown(scene, pose, **changes):
    plan = VolumePlan(field=field_plan((0, 0, 0), 20), bounds_ras=BOUNDS)
    frame = replace(frame_plan(pose, **changes), pixels=Shared(np.full((60, 80, 3), (250, 0, 250), np.uint8)))
    scene.apply(replace(plan, field=replace(plan.field, frame=frame)))
    scene.look_through(pose, LENS)
    scene.frame()
    scene.show_field(ball_picture(scene.views[-1], (0, 0, 0), 20))
    return scene.frame().astype(int)[40:110, 30:150]


def test_the_real_picture_is_blended_or_covers_the_left_part(scene):
    pose = pose_at((0, 0, 40))
    half = shown(scene, pose, share=0.5)
    assert half[35, 60] == pytest.approx((125, 128, 125), abs=2)
    swiped = shown(scene, pose, share=0.5, is_swipe=True)
    assert swiped[35, 20] == pytest.approx((250, 0, 250), abs=1)
    assert swiped[35, 95] == pytest.approx((0, 255, 0), abs=1)


def test_a_real_picture_is_shown_only_from_its_own_place(scene):
    pose = pose_at((0, 0, 40))
    shown(scene, pose, share=1.0)
    scene.camera.fly(0, 0, 1)
    picture = scene.frame().astype(int)
    assert not ((picture[..., 0] > 200) & (picture[..., 2] > 200) & (picture[..., 1] < 80)).any()


def test_a_drawn_camera_opens_to_the_corners_of_its_picture():
    pose = pose_at((7, 8, 9), turned(15, 25, 35))
    edges = camera_frusta(pose[None], (LENS,), 12.0)
    assert edges.shape == (1, 8, 2, 3)
    sides = edges[0, :4]
    assert sides[:, 0] == pytest.approx(np.tile(pose[:3, 3], (4, 1)))
    inside = (sides[:, 1] - pose[:3, 3]) @ pose[:3, :3]
    assert inside[:, 2] == pytest.approx(-12)
    corners = [[0, 0], [80, 0], [80, 60], [0, 60]]
    assert LENS.project(inside) == pytest.approx(np.array(corners, float), abs=0.05)


def test_cameras_are_drawn_with_the_held_out_ones_in_another_colour(theme):
    window = offscreen_window((300, 300))
    made = VolumeScene(window, theme)
    poses = np.stack([pose_at((-30, 0, 20)), pose_at((30, 0, 20))])
    field = field_plan((0, 0, 0), 2, poses_ras=Shared(poses), lenses=(LENS,) * 2, held_out=(1,))
    made.apply(VolumePlan(field=field, bounds_ras=BOUNDS))
    made.view_from("anterior")
    picture = made.image().astype(int)
    blue = (picture[..., 2] > 1.5 * picture[..., 0]) & (picture[..., 2] > 120)
    orange = (picture[..., 0] > 3 * picture[..., 2]) & (picture[..., 0] > 120)
    blue[230:, 200:] = orange[230:, 200:] = False  # the cube
    # from the front, the patient's right (positive) lies at the left
    assert np.flatnonzero(orange.any(axis=0)).mean() < 150 < np.flatnonzero(blue.any(axis=0)).mean()
    made.close()
    window.Finalize()


def test_hundreds_of_cameras_are_one_shape_and_do_not_hide_the_scene(theme):
    window = offscreen_window((200, 200))
    made = VolumeScene(window, theme)
    places = np.random.default_rng(3).uniform(-50, 50, (400, 3))
    poses = np.stack([pose_at(place) for place in places])
    field = field_plan((0, 0, 0), 20, poses_ras=Shared(poses), lenses=(LENS,) * 400)
    before = made.camera.renderer.GetActors().GetNumberOfItems()
    made.apply(VolumePlan(field=field, bounds_ras=BOUNDS))
    made.frame()
    assert made.camera.renderer.GetActors().GetNumberOfItems() - before <= 3
    made.close()
    window.Finalize()


def test_cameras_leave_rays_alone_and_are_drawn_before_the_field_unless_one_stands_in_them(theme):
    window, views = offscreen_window((200, 150)), []
    made = VolumeScene(window, theme, views.append)
    poses = np.stack([pose_at((x, 0, 50)) for x in (0.0, 2.0, 4.0)])
    field = field_plan((0, 0, 0), 20, poses_ras=Shared(poses), lenses=(LENS,) * 3)
    made.apply(VolumePlan(field=field, bounds_ras=BOUNDS))
    blue = []
    for place in ((0, 0, 50), (0, 0, 110)):
        made.look_through(pose_at(place), LENS)
        made.frame()
        assert np.isinf(views[-1].t_max_mm).all()
        made.show_field(ball_picture(views[-1], (0, 0, 0), 20))
        ball = np.isfinite(ball_distances(views[-1], (0, 0, 0), 20))
        blue.append((ball & (made.frame()[..., 2] > 150)).sum())
    assert blue[0] == 0
    assert blue[1] > 20
    made.close()
    window.Finalize()
