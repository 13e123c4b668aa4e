"""Training slices of this method: head box, intensities and pixels as in a run, in memory-mapped files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.learning.slices import PreparedSubject, array_of, new_array
from medview.zoo.segment.t2_vessels.network import FACTOR
from medview.zoo.slicewise.grid import SliceGrid, head_box, slices_of
from medview.zoo.slicewise.intensity import head_quantiles, measure_intensity

TARGET = "vessels"
BLOCK = 16


def prepare(
    subjects: Sequence[Subject], roles: Sequence[str], pixel_mm: float, crop_px: int, ctx: RunContext
) -> list[PreparedSubject]:
    """Normalise, resample and crop every subject to one common size, into files under the scratch folder.

    Args:
        subjects: With an array for each role and for ``vessels``.
        roles: Input roles, in the order of the network's channels.
        pixel_mm: In-plane pixel size of the network.
        crop_px: Largest number of rows and columns; heads that are larger lose their rim.
        ctx: Hears of the progress.

    Returns:
        For each subject images (K, M, H, W) float16 in [0, 1] and masks (K, 1, H, W) uint8.
    """
    grids = [_own_grid(array_of(subject, roles[0]), subject, pixel_mm) for subject in subjects]
    size = common_size(grids, crop_px)
    prepared = []
    for number, (subject, grid) in enumerate(zip(subjects, grids, strict=True)):
        ctx.progress(number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        fitted = SliceGrid(shape=grid.shape, box=grid.box, size=grid.size, padded=size)
        prepared.append(_write_subject(subject, roles, fitted, ctx.scratch / f"prepared-{number}", ctx))
    return prepared


def common_size(grids: Sequence[SliceGrid], crop_px: int) -> tuple[int, int]:
    """Rows and columns that hold every head, in multiples of 16, and at most `crop_px`."""
    limit = max(FACTOR, crop_px // FACTOR * FACTOR)
    rows, columns = (min(limit, max(grid.padded[axis] for grid in grids)) for axis in (0, 1))
    return rows, columns


def _own_grid(volume: AnyArray, subject: Subject, pixel_mm: float) -> SliceGrid:
    box = head_box(volume, measure_intensity(volume).air)
    i, j, _ = volume.shape
    return SliceGrid.around((i, j), box, subject.geometry.spacing_mm[:2], pixel_mm, FACTOR)


def _write_subject(
    subject: Subject, roles: Sequence[str], grid: SliceGrid, base: Path, ctx: RunContext
) -> PreparedSubject:
    volumes = [array_of(subject, role) for role in roles]
    reference = array_of(subject, TARGET)
    normalisers = [head_quantiles(volume) for volume in volumes]
    count = reference.shape[2]
    images = new_array(base.with_suffix(".images.npy"), (count, len(roles), *grid.padded), np.float16)
    masks = new_array(base.with_suffix(".masks.npy"), (count, 1, *grid.padded), np.uint8)
    for first in range(0, count, BLOCK):
        ctx.check_cancelled()
        stop = min(count, first + BLOCK)
        images[first:stop] = grid.to_network(slices_of(volumes, normalisers, first, stop)).numpy()
        labels = np.ascontiguousarray(
            (reference[:, :, first:stop] > 0).transpose(2, 0, 1)[:, None], np.float32
        )
        masks[first:stop] = (grid.to_network(torch.from_numpy(labels)) >= 0.5).numpy()
    pixel_ml = grid.pixel_ml(volume_ml(1, subject.geometry))
    return PreparedSubject.opened(subject.id, images, masks, pixel_ml)
