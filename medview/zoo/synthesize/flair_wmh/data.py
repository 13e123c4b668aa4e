"""Training slices of this method: head box, standard deviations and pixels as in a run, in mapped files.

Targets have two channels: the lesion mask, then FLAIR.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.learning.slices import PreparedSubject, array_of, new_array
from medview.zoo.slicewise.frames import head_frame
from medview.zoo.slicewise.grid import SliceGrid, slices_of
from medview.zoo.synthesize.flair_wmh.network import FACTOR
from medview.zoo.synthesize.flair_wmh.preparation import Prepared, prepare_scan

MASK_CHANNEL, FLAIR_CHANNEL = 0, 1
BLOCK = 16
LEAST_HEAD = 0.02
"""Part of a slice that the head must fill for it to be learned from."""


def prepare(
    subjects: Sequence[Subject], pixel_mm: float, crop_px: int, ctx: RunContext, *, with_n4: bool
) -> list[PreparedSubject]:
    """Normalise, resample and crop every subject to one common size, into files under the scratch folder.

    Args:
        subjects: With ``t1``, ``flair`` and ``wmh``.
        pixel_mm: In-plane pixel size of the network.
        crop_px: Largest number of rows and columns; heads that are larger lose their rim.
        ctx: Hears of the progress.
        with_n4: Correct the shading of both scans first.

    Returns:
        For each subject T1 (K, 1, H, W) in standard deviations, and masks with FLAIR (K, 2, H, W), float16.
    """
    frame = head_frame(pixel_mm, FACTOR)
    grids = [frame(array_of(subject, "t1"), subject.geometry) for subject in subjects]
    size = common_size(grids, crop_px)
    prepared = []
    for number, (subject, grid) in enumerate(zip(subjects, grids, strict=True)):
        ctx.progress(number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        fitted = SliceGrid(shape=grid.shape, box=grid.box, size=grid.size, padded=size)
        prepared.append(_write_subject(subject, fitted, ctx.scratch / f"prepared-{number}", ctx, with_n4))
    return prepared


def common_size(grids: Sequence[SliceGrid], crop_px: int) -> tuple[int, int]:
    """Rows and columns that hold every head, in multiples of 16, and at most `crop_px`."""
    limit = max(FACTOR, crop_px // FACTOR * FACTOR)
    rows, columns = (min(limit, max(grid.padded[axis] for grid in grids)) for axis in (0, 1))
    return rows, columns


def _write_subject(
    subject: Subject, grid: SliceGrid, base: Path, ctx: RunContext, with_n4: bool
) -> PreparedSubject:
    mask = array_of(subject, "wmh")
    scans = [
        prepare_scan(array_of(subject, role), subject.geometry, with_n4=with_n4) for role in ("t1", "flair")
    ]
    count = mask.shape[2]
    images = new_array(base.with_suffix(".images.npy"), (count, 1, *grid.padded), np.float16)
    targets = new_array(base.with_suffix(".targets.npy"), (count, 2, *grid.padded), np.float16)
    for first in range(0, count, BLOCK):
        ctx.check_cancelled()
        stop = min(count, first + BLOCK)
        images[first:stop] = _seen(grid, scans[0], first, stop)
        targets[first:stop, FLAIR_CHANNEL:] = _seen(grid, scans[1], first, stop)
        targets[first:stop, :FLAIR_CHANNEL] = _marked(grid, mask[:, :, first:stop])
    usable = scans[0].head.mean(axis=(0, 1)) > LEAST_HEAD
    foreground = np.array([bool(plane[MASK_CHANNEL].any()) for plane in targets], bool)
    return PreparedSubject(
        id=subject.id, images=images, targets=targets, foreground=foreground, usable=usable
    )


def _seen(grid: SliceGrid, scan: Prepared, first: int, stop: int) -> AnyArray:
    seen: AnyArray = grid.to_network(slices_of([scan.scan], [scan.normalised], first, stop)).numpy()
    return seen


def _marked(grid: SliceGrid, mask: AnyArray) -> AnyArray:
    labels = np.ascontiguousarray((mask > 0).transpose(2, 0, 1)[:, None], np.float32)
    marked: AnyArray = (grid.to_network(torch.from_numpy(labels)) >= 0.5).numpy()
    return marked
