"""What a field or a grid of other cells says on the voxels of the scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from medview.zoo.fields.attenuation.radiation import Floats, hounsfield
from medview.zoo.fields.attenuation.ray_paths import sampled

Shape = tuple[int, int, int]
Corner = tuple[int, int, int]
_BATCH_POINTS = 2**18


def box_in_hu(
    field: Callable[[Tensor], Tensor], shape: Shape, corner: Corner, size: Shape, device: str
) -> Floats:
    """CT numbers of a field at the centres of a box of voxels.

    Args:
        field: Attenuation in units of water's at points (n, 3) in parts of the grid.
        shape: Voxels of the whole grid.
        corner: First voxel of the box.
        size: Voxels of the box.
        device: Of the field.
    """
    centres = [
        (torch.arange(first, first + count, device=device) + 0.5) / whole
        for first, count, whole in zip(corner, size, shape, strict=True)
    ]
    points = torch.stack(torch.meshgrid(*centres, indexing="ij"), dim=-1).reshape(-1, 3)
    with torch.no_grad():
        found = torch.cat([field(part) for part in points.split(_BATCH_POINTS)])
    return hounsfield(found.cpu().numpy().reshape(size))


def slabs(shape: Shape) -> Iterator[tuple[Corner, Shape]]:
    """Corners and sizes of slabs across the last axis that fill a grid."""
    thick = max(1, _BATCH_POINTS // max(1, shape[0] * shape[1]))
    for k in range(0, shape[2], thick):
        yield (0, 0, k), (shape[0], shape[1], min(thick, shape[2] - k))


def middles(shape: Shape) -> Iterator[tuple[Corner, Shape]]:
    """Corners and sizes of the three slices through the middle of a grid."""
    for axis in range(3):
        corner, size = [0, 0, 0], list(shape)
        corner[axis], size[axis] = shape[axis] // 2, 1
        yield (corner[0], corner[1], corner[2]), (size[0], size[1], size[2])


def of_cells(values: Tensor) -> Callable[[Tensor], Tensor]:
    """A grid (I, J, K) as a callable field, trilinear between its cells."""
    return lambda points: sampled(values, points)


def hu_of_scan(array: np.ndarray) -> Floats:
    """A CT as radiographs can show it: no number below that of air, which weakens nothing."""
    return np.maximum(np.nan_to_num(np.asarray(array, np.float32), nan=-1000.0), np.float32(-1000))
