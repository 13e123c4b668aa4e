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


def test_without_scale_another_size_is_an_error() -> None:
    true = p09_poses()
    found = true.copy()
    found[:, :3, 3] *= 2
    assert pose_error(found, true).position == pytest.approx(0, abs=1e-12)
    spread = np.linalg.norm(true[:, :3, 3] - true[:, :3, 3].mean(axis=0), axis=1).mean()
    assert pose_error(found, true, with_scale=False).position == pytest.approx(spread)


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
