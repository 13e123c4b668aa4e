"""Rays through a grid of voxels: exact line integrals, and points along the way.

Positions are parts of the grid, 0 to 1 along each axis from its outer face to the opposite one; distances
along a ray are millimetres. Exact integrals after Siddon, Med Phys 12(2), 1985: the ray is cut where it
passes from voxel to voxel, and each piece counts with its voxel's value.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from medview.core.geometry import Geometry

_TINY = 1e-9
_CHUNK_POINTS = 2_000_000


def grid_rays(
    geometry: Geometry, starts_mm: np.ndarray, directions: np.ndarray, device: str
) -> tuple[Tensor, Tensor]:
    """Rays in parts of the grid from rays in millimetres about the scan's centre.

    Returns:
        Starts (n, 3), and how far one millimetre leads (n, 3).
    """
    grid_from_mm = np.linalg.inv(geometry.ras_from_ijk[:3, :3] * np.asarray(geometry.shape, float))
    starts, steps = starts_mm @ grid_from_mm.T + 0.5, directions @ grid_from_mm.T
    return (
        torch.as_tensor(starts, dtype=torch.float32, device=device),
        torch.as_tensor(steps, dtype=torch.float32, device=device),
    )


def inside(starts: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
    """Distances (n,) at which rays enter and leave the grid; both 0 for rays that miss it."""
    steps = torch.where(steps.abs() < _TINY, torch.full_like(steps, _TINY), steps)
    one, other = -starts / steps, (1 - starts) / steps
    enter = torch.minimum(one, other).amax(dim=1).clamp(min=0)
    leave = torch.maximum(one, other).amin(dim=1)
    is_hit = leave > enter
    zero = torch.zeros_like(enter)
    return torch.where(is_hit, enter, zero), torch.where(is_hit, leave, zero)


def exact_integrals(values: Tensor, starts: Tensor, steps: Tensor) -> Tensor:
    """Integrals (n,) of piecewise constant values (I, J, K) along rays, in value x mm."""
    chunk = max(1, _CHUNK_POINTS // (sum(values.shape) + 3))
    parts = [
        _exact(values, starts[at : at + chunk], steps[at : at + chunk]) for at in range(0, len(starts), chunk)
    ]
    return torch.cat(parts) if parts else starts.new_zeros(0)


def _exact(values: Tensor, starts: Tensor, steps: Tensor) -> Tensor:
    enter, leave = inside(starts, steps)
    safe = torch.where(steps.abs() < _TINY, torch.full_like(steps, _TINY), steps)
    crossings = [enter[:, None], leave[:, None]]
    for axis, count in enumerate(values.shape):
        faces = torch.arange(count + 1, device=starts.device, dtype=torch.float32) / count
        at = (faces[None] - starts[:, axis, None]) / safe[:, axis, None]
        crossings.append(at.clamp(min=enter[:, None], max=leave[:, None]))
    cuts = torch.cat(crossings, dim=1).sort(dim=1).values
    lengths, middles = cuts.diff(dim=1), (cuts[:, 1:] + cuts[:, :-1]) / 2
    flat = torch.zeros_like(middles, dtype=torch.int64)
    for axis, count in enumerate(values.shape):
        place = starts[:, axis, None] + middles * steps[:, axis, None]
        flat = flat * count + (place * count).long().clamp(0, count - 1)
    return (values.reshape(-1)[flat] * lengths).sum(dim=1)


def points_along(
    starts: Tensor, steps: Tensor, count: int, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """One point in each of `count` equal pieces of the way through the grid.

    Args:
        starts: (n, 3).
        steps: (n, 3).
        count: Pieces.
        generator: Draws where in its piece a point lies, evenly; None: in the middle.

    Returns:
        Points (n, count, 3), and the length (n,) of the pieces in millimetres.
    """
    enter, leave = inside(starts, steps)
    length = (leave - enter) / count
    shift: Tensor | float = 0.5
    if generator is not None:
        shift = torch.rand(len(starts), count, generator=generator, device=starts.device)
    at = enter[:, None] + (torch.arange(count, device=starts.device) + shift) * length[:, None]
    return starts[:, None] + at[..., None] * steps[:, None], length


def sampled(values: Tensor, points: Tensor) -> Tensor:
    """Trilinear values (n,) of a grid (I, J, K) at points (n, 3); centres of voxels keep their value."""
    return features_at(values[None], points)[:, 0]


def features_at(grid: Tensor, points: Tensor) -> Tensor:
    """Trilinear features (n, C) of a grid (C, I, J, K) at points (n, 3) in parts of the grid."""
    # grid_sample names the last axis x
    at = (2 * points - 1).flip(-1).view(1, -1, 1, 1, 3)
    found = torch.nn.functional.grid_sample(grid[None], at, align_corners=False, padding_mode="border")
    return found.reshape(grid.shape[0], -1).T
