"""Cameras that are learned: rotations, drift, following a predecessor (P09, pose refinement)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from medview.phantoms.laparoscopy.abdomen import p09_poses
from medview.zoo.fields.training_cameras import (
    TrainingCameras,
    between,
    drift,
    drifted,
    rotation_of,
)


def test_rotations_are_those_of_axis_and_angle():
    omega = np.random.default_rng(0).normal(size=(50, 3))
    expected = Rotation.from_rotvec(omega).as_matrix()
    np.testing.assert_allclose(rotation_of(torch.tensor(omega)).numpy(), expected, atol=1e-12)


def test_no_rotation_has_a_finite_slope():
    omega = torch.zeros(1, 3, requires_grad=True)
    rotation_of(omega)[0, 0, 1].backward()
    assert omega.grad[0].tolist() == pytest.approx([0, 0, -1])


def test_omega_turns_in_the_scene_and_tau_moves_the_centre():
    poses = p09_poses()[:3]
    cameras = TrainingCameras(poses, moves=True)
    with torch.no_grad():
        cameras.omega[1] = torch.tensor([0, 0, 0.1])
        cameras.tau[1] = torch.tensor([0.2, 0, 0])
    found = cameras.poses()
    turn = Rotation.from_rotvec([0, 0, 0.1]).as_matrix()
    np.testing.assert_allclose(found[1, :3, :3], turn @ poses[1, :3, :3], atol=1e-6)
    np.testing.assert_allclose(found[1, :3, 3], poses[1, :3, 3] + [0.2, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found[[0, 2]], poses[[0, 2]], atol=1e-6)


def test_a_camera_follows_its_predecessor_to_where_that_one_is_now():
    cameras = TrainingCameras(p09_poses()[:3], moves=True)
    with torch.no_grad():
        cameras.omega[1] = torch.tensor([0.1, 0.2, 0.1])
        cameras.tau[1] = 0.3
    cameras.follow(2)
    found = cameras.poses()
    np.testing.assert_allclose(found[2], found[1], atol=1e-6)


def test_drift_finds_a_common_movement_and_takes_it_along():
    poses = p09_poses()
    turn, shift = Rotation.from_rotvec([0.1, -0.2, 0.05]).as_matrix(), np.array([0.1, 0.2, -0.3])
    after = drifted(poses, turn, shift)
    found = drift(poses, after)
    np.testing.assert_allclose(found[0], turn, atol=1e-12)
    np.testing.assert_allclose(found[1], shift, atol=1e-12)
    assert float(np.linalg.det(found[0])) == pytest.approx(1)


def test_a_camera_between_two_others_has_half_of_their_turn_and_way():
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[1, :3, :3] = Rotation.from_rotvec([0, 0, 0.4]).as_matrix()
    poses[1, :3, 3] = (2, 0, 0)
    poses[2] = poses[1]
    found = between(poses, np.array([0, 2, 3]), np.array([1, 5]))
    np.testing.assert_allclose(found[0, :3, :3], Rotation.from_rotvec([0, 0, 0.2]).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(found[0, :3, 3], (1, 0, 0))
    np.testing.assert_allclose(found[1], poses[2], atol=1e-12)
