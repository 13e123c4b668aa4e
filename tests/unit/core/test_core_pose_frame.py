"""Pose algebra, the frame of the scene, and camera courses through keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medview.core.circle import Circle
from medview.core.pose_frame import (
    flipped_axes,
    inverse,
    moved,
    normalised,
    quaternion_of,
    rotation_between,
    rotation_of,
    scale_of,
)
from medview.core.pose_path import path_through

seeds = st.integers(0, 2**32 - 1)


def random_poses(seed: int, count: int) -> np.ndarray:
    draws = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3, :3] = rotation_of(draws.normal(size=(count, 4)))
    poses[:, :3, 3] = draws.normal(size=(count, 3)) * draws.uniform(0.1, 100)
    return poses


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_normalised_cameras_reach_one_around_their_mean_with_up_along_z(seed: int) -> None:
    poses = random_poses(seed, 7)
    found, scene_from_capture = normalised(poses)
    assert np.abs(found[:, :3, 3].mean(axis=0)).max() < 1e-9
    assert np.abs(found[:, :3, 3]).max() == pytest.approx(1, abs=1e-9)
    up = found[:, :3, 1].mean(axis=0)
    assert np.abs(up[:2]).max() < 1e-9
    assert up[2] > 0
    np.testing.assert_allclose(found, moved(poses, scene_from_capture), atol=1e-12)
    squares = found[:, :3, :3] @ np.swapaxes(found[:, :3, :3], 1, 2)
    np.testing.assert_allclose(squares, np.tile(np.eye(3), (7, 1, 1)), atol=1e-9)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_scene_from_capture_keeps_what_a_camera_sees(seed: int) -> None:
    poses = random_poses(seed, 5)
    points = np.random.default_rng(seed).normal(size=(4, 3)) * 10
    found, scene_from_capture = normalised(poses)
    there = points @ scene_from_capture[:3, :3].T + scene_from_capture[:3, 3]
    for before, after in zip(poses, found, strict=True):
        here = inverse(before)[:3, :3] @ points.T + inverse(before)[:3, 3:]
        seen = inverse(after)[:3, :3] @ there.T + inverse(after)[:3, 3:]
        np.testing.assert_allclose(seen, here * scale_of(scene_from_capture), atol=1e-9)


def test_cameras_at_one_place_are_scaled_by_the_surface_that_they_see() -> None:
    still = np.tile(np.eye(4), (6, 1, 1))
    points = np.array([[0, 0, -80.0], [10, -5, -40]])
    found, scene_from_capture = normalised(still, points)
    assert scale_of(scene_from_capture) == pytest.approx(1 / 80)
    there = points @ scene_from_capture[:3, :3].T + scene_from_capture[:3, 3]
    np.testing.assert_allclose(there, [[0, 1, 0], [0.125, 0.5, -0.0625]], atol=1e-12)
    assert np.isfinite(found).all()


def test_cameras_at_one_place_and_nothing_known_keep_their_unit() -> None:
    still = np.tile(np.eye(4), (6, 1, 1))
    still[:, :3, 3] = (5, 6, 7)
    found, scene_from_capture = normalised(still)
    assert scale_of(scene_from_capture) == pytest.approx(1)
    np.testing.assert_allclose(found[:, :3, 3], 0, atol=1e-12)


def test_up_axes_that_cancel_leave_the_scene_unturned() -> None:
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[1, :3, :3] = np.diag([-1.0, -1, 1])
    poses[1, 0, 3] = 4
    np.testing.assert_allclose(normalised(poses)[1][:3, :3], np.eye(3) / 2, atol=1e-12)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_inverse_of_a_pose_undoes_it_and_flipping_axes_twice_is_nothing(seed: int) -> None:
    poses = random_poses(seed, 3)
    np.testing.assert_allclose(inverse(poses) @ poses, np.tile(np.eye(4), (3, 1, 1)), atol=1e-10)
    np.testing.assert_array_equal(flipped_axes(flipped_axes(poses)), poses)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_quaternion_round_trip(seed: int) -> None:
    rotations = random_poses(seed, 6)[:, :3, :3]
    quaternions = quaternion_of(rotations)
    assert (quaternions[:, 0] >= 0).all()
    np.testing.assert_allclose(rotation_of(quaternions), rotations, atol=1e-12)


@pytest.mark.parametrize("half_turn", [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
def test_quaternion_of_half_turns(half_turn: tuple[int, ...]) -> None:
    rotation = rotation_of(half_turn)
    np.testing.assert_allclose(rotation_of(quaternion_of(rotation)), rotation, atol=1e-12)


@pytest.mark.parametrize("end", [(0, 0, 1), (0, 0, -1), (1, 2, 3), (-5, 0, 0)])
def test_rotation_between_takes_one_direction_to_the_other(end: tuple[int, ...]) -> None:
    turn = rotation_between((0, 0, 2), end)
    np.testing.assert_allclose(turn @ [0, 0, 1], np.array(end) / np.linalg.norm(end), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_course_passes_through_its_keys(seed: int) -> None:
    keys = random_poses(seed, 4)
    course = path_through(keys, 3 * 10 + 1, is_steady=False)
    np.testing.assert_allclose(course[::10], keys, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(course[:, :3, :3]), 1, atol=1e-9)


def bow() -> np.ndarray:
    keys = np.tile(np.eye(4), (4, 1, 1))
    keys[:, :3, 3] = [[0, 0, 0], [1, 0, 0], [5, 1, 0], [5.5, 3, 1]]
    keys[:, :3, :3] = rotation_of([[1, 0, 0, 0], [1, 0, 0.1, 0], [1, 0, 0.2, 0.1], [1, 0.1, 0.2, 0.1]])
    return keys


def test_steady_course_has_one_speed_and_uneven_keys_do_not_hurry_it() -> None:
    steady = np.linalg.norm(np.diff(path_through(bow(), 200)[:, :3, 3], axis=0), axis=-1)
    uneven = np.linalg.norm(np.diff(path_through(bow(), 200, is_steady=False)[:, :3, 3], axis=0), axis=-1)
    assert steady.max() / steady.min() < 1.02
    assert uneven.max() / uneven.min() > 2


def test_course_turns_smoothly_at_its_keys() -> None:
    course = path_through(bow(), 3 * 200 + 1, is_steady=False)[:, :3, :3]
    relative = np.swapaxes(course[:-1], 1, 2) @ course[1:]
    turns = np.stack([relative[:, 2, 1], relative[:, 0, 2], relative[:, 1, 0]], axis=-1)
    jumps = np.linalg.norm(np.diff(turns, axis=0), axis=-1)
    assert jumps.max() < 0.05 * np.linalg.norm(turns, axis=-1).max()


def test_course_that_only_turns_takes_its_time() -> None:
    keys = np.tile(np.eye(4), (3, 1, 1))
    keys[:, :3, :3] = rotation_of([[1, 0, 0, 0], [1, 0, 0.2, 0], [1, 0, 1, 0]])
    course = path_through(keys, 50)[:, :3, :3]
    relative = np.swapaxes(course[:-1], 1, 2) @ course[1:]
    angles = np.arccos(np.clip((np.trace(relative, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert angles.max() / angles.min() < 1.05


def test_course_of_one_key_stands_still() -> None:
    np.testing.assert_array_equal(path_through(bow()[:1], 5), np.tile(np.eye(4), (5, 1, 1)))


def test_circle_of_the_method_covers_two_thirds_of_its_picture() -> None:
    """P09, check 6: radius 0.46 H on 64x64."""
    assert Circle(32, 32, 0.46 * 64).mask(64, 64).mean() == pytest.approx(0.663, abs=0.0015)


def test_circle_moves_and_grows_with_its_picture() -> None:
    circle = Circle(10, 20, 5).shifted(-2, 3).scaled(0.5)
    assert circle == Circle(4, 11.5, 2.5)
    assert Circle(0, 0, 1).mask(2, 3).tolist() == [[True, False, False], [False, False, False]]
