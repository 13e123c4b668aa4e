"""Errors of cameras: none after a similarity, known ones after known faults."""

import numpy as np
import pytest

from medview.measure.pose_error import pose_error
from medview.phantoms.laparoscopy.abdomen import p09_poses


def turned(axis: int, angle_deg: float) -> np.ndarray:
    """A rotation about x, y or z."""
    one, two = (axis + 1) % 3, (axis + 2) % 3
    made, angle = np.eye(3), np.radians(angle_deg)
    made[one, one] = made[two, two] = np.cos(angle)
    made[two, one], made[one, two] = np.sin(angle), -np.sin(angle)
    return made


def test_another_frame_is_no_error() -> None:
    true = p09_poses()
    found = true.copy()
    turn = turned(0, 40) @ turned(2, 70)
    found[:, :3, :3] = turn @ true[:, :3, :3]
    found[:, :3, 3] = 3.5 * true[:, :3, 3] @ turn.T + (1, 2, 3)
    error = pose_error(found, true)
    assert error.rotation_deg == pytest.approx(0, abs=1e-5)
    assert error.largest_position == pytest.approx(0, abs=1e-12)
    assert error.within_percent == 100
    assert error.path == pytest.approx(np.linalg.norm(np.diff(true[:, :3, 3], axis=0), axis=1).sum())


def test_cameras_that_drifted_together_are_right_and_those_of_another_size_are_not() -> None:
    true = p09_poses()
    found, larger = true.copy(), true.copy()
    turn = turned(1, 12)
    found[:, :3, :3] = turn @ true[:, :3, :3]
    found[:, :3, 3] = true[:, :3, 3] @ turn.T + (0.3, 0, 0.1)
    assert pose_error(found, true, has_drifted=True).largest_position == pytest.approx(0, abs=1e-12)
    larger[:, :3, 3] *= 2
    spread = np.linalg.norm(true[:, :3, 3] - true[:, :3, 3].mean(axis=0), axis=1).mean()
    assert pose_error(larger, true, has_drifted=True).position == pytest.approx(spread)
    assert pose_error(larger, true).position == pytest.approx(0, abs=1e-12)


def test_noise_about_each_axis_is_found_in_cameras_that_drifted() -> None:
    true = p09_poses()
    found = true.copy()
    for number in range(len(found)):
        found[number, :3, :3] = turned(number % 3, 2.0 * (-1) ** number) @ true[number, :3, :3]
    found[:, :3, 3] += np.random.default_rng(0).normal(0, 0.02, (len(found), 3))
    assert pose_error(found, true, has_drifted=True).rotation_deg == pytest.approx(2.0, abs=0.1)
    assert pose_error(found, true).rotation_deg > 3


def test_cameras_that_look_aside_by_three_degrees_are_told_so() -> None:
    true = p09_poses()
    found = true.copy()
    found[:, :3, :3] = true[:, :3, :3] @ turned(1, 3)
    error = pose_error(found, true)
    assert error.rotation_deg == pytest.approx(3, abs=1e-6)
    assert error.position == pytest.approx(0, abs=1e-12)


def test_one_camera_far_off_lies_outside_of_one_percent() -> None:
    true = p09_poses()
    found = true.copy()
    found[20, :3, 3] += (0, 0, 0.06)
    error = pose_error(found, true)
    assert error.within_percent == 97.5
    assert 0.04 < error.largest_position < 0.06
    assert error.position_percent == pytest.approx(100 * error.position / error.path)
