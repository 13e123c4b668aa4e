"""The cameras of the training views, which may be learned with the field (P09, pose refinement).

Per view an axis-angle omega and a translation tau, from 0: ``R' = exp([omega]x) R``, ``o' = o + tau``.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from medview.zoo.fields.ray_pool import RayBatch
from medview.zoo.fields.rays import Rays

Floats = NDArray[np.float64]


class TrainingCameras(nn.Module):
    """Poses of n views.

    Args:
        poses: (n, 4, 4) camera to scene.
        moves: They are learned, too.
    """

    rotations: Tensor
    centres: Tensor

    def __init__(self, poses: Floats, *, moves: bool) -> None:
        super().__init__()
        self.register_buffer("rotations", torch.tensor(poses[:, :3, :3].astype(np.float32)))
        self.register_buffer("centres", torch.tensor(poses[:, :3, 3].astype(np.float32)))
        self.omega = nn.Parameter(torch.zeros(len(poses), 3), requires_grad=moves)
        self.tau = nn.Parameter(torch.zeros(len(poses), 3), requires_grad=moves)

    def rays(self, batch: RayBatch, near: float, far: float, *, is_moving: bool) -> Rays:
        """Rays through these pixels from where their cameras are now."""
        rotations, centres = self._now()
        directions = (rotations[batch.views] @ batch.sights[..., None])[..., 0]
        ends = torch.ones_like(directions[:, 0])
        return Rays(
            origins=centres[batch.views],
            directions=directions,
            near=near * ends,
            far=far * ends,
            views=batch.views,
            times=batch.times if is_moving else None,
        )

    @torch.no_grad()
    def follow(self, view: int) -> None:
        """Put a view's camera where its predecessor's is now (progressive mode)."""
        rotations, centres = self._now()
        self.rotations[view], self.centres[view] = rotations[view - 1], centres[view - 1]

    @torch.no_grad()
    def poses(self) -> Floats:
        """(n, 4, 4) camera to scene as they are now."""
        rotations, centres = self._now()
        found = np.tile(np.eye(4), (len(centres), 1, 1))
        found[:, :3, :3] = _orthonormal(rotations.cpu().numpy().astype(np.float64))
        found[:, :3, 3] = centres.cpu().numpy()
        return found

    def _now(self) -> tuple[Tensor, Tensor]:
        if not self.omega.requires_grad:
            return self.rotations, self.centres
        return rotation_of(self.omega) @ self.rotations, self.centres + self.tau


def rotation_of(omega: Tensor) -> Tensor:
    """Rotations (n, 3, 3) about axes omega (n, 3) by their length in radians."""
    x, y, z = omega.unbind(-1)
    none = torch.zeros_like(x)
    across = torch.stack([none, -z, y, z, none, -x, -y, x, none], -1).view(-1, 3, 3)
    turned: Tensor = torch.linalg.matrix_exp(across)
    return turned


def drift(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Mean rotation (3, 3) and translation (3,) of cameras from one set of poses to another.

    Poses that are learned may drift together with the field; what was left out has to go with them.

    Args:
        before: (n, 4, 4).
        after: (n, 4, 4).
    """
    turns = after[:, :3, :3] @ np.swapaxes(before[:, :3, :3], 1, 2)
    turn = _orthonormal(turns.mean(0))
    shift = (after[:, :3, 3] - before[:, :3, 3] @ turn.T).mean(0)
    return turn, shift


def drifted(poses: Floats, turn: Floats, shift: Floats) -> Floats:
    """Poses (n, 4, 4) after a rotation (3, 3) and a translation (3,)."""
    found = poses.copy()
    found[:, :3, :3] = turn @ poses[:, :3, :3]
    found[:, :3, 3] = poses[:, :3, 3] @ turn.T + shift
    return found


def between(poses: Floats, numbers: NDArray[np.intp], wanted: NDArray[np.intp]) -> Floats:
    """Poses of a film's frames that lie between others of known pose, in straight lines.

    Args:
        poses: (n, 4, 4) known.
        numbers: (n,) their frames, rising.
        wanted: (m,) frames; beyond the ends, the pose of the end.
    """
    after = np.searchsorted(numbers, wanted).clip(1, len(numbers) - 1)
    before = after - 1
    share = ((wanted - numbers[before]) / (numbers[after] - numbers[before])).clip(0, 1)[:, None, None]
    found = (1 - share) * poses[before] + share * poses[after]
    found[:, :3, :3] = _orthonormal(found[:, :3, :3])
    return np.asarray(found, np.float64)


def _orthonormal(rotations: Floats) -> Floats:
    """The nearest rotations; single precision leaves axes not quite of length one."""
    left, _, right = np.linalg.svd(rotations)
    sign = np.sign(np.linalg.det(left @ right))
    left[..., -1] *= np.expand_dims(sign, -1)
    return np.asarray(left @ right, np.float64)
