"""Training slices of this method: head box, standard deviations and pixels as in a run, in mapped files.

Targets have two channels: the lesion mask, then FLAIR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.learning.slices import PreparedSubject, array_of, new_array
from medview.zoo.slicewise.grid import SliceGrid, slices_of
from medview.zoo.synthesize.flair_wmh.preparation import (
    FACTOR,
    Prepared,
    as_it_is,
    head_frame,
    prepare_scan,
)

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
    scans = []
    for number, subject in enumerate(subjects):
        ctx.progress(0.5 * number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        scans.append(_measured(subject, with_n4))
    grids = [
        head_frame(t1.head, subject.geometry, pixel_mm)
        for subject, (t1, _) in zip(subjects, scans, strict=True)
    ]
    size = common_size(grids, crop_px)
    return [
        _write_subject(subject, (*pair, replace(grid, padded=size)), ctx.scratch / f"prepared-{number}", ctx)
        for number, (subject, pair, grid) in enumerate(zip(subjects, scans, grids, strict=True))
    ]


def _measured(subject: Subject, with_n4: bool) -> tuple[Prepared, Prepared]:
    t1, flair = (
        prepare_scan(array_of(subject, role), subject.geometry, with_n4=with_n4) for role in ("t1", "flair")
    )
    return t1, flair


def common_size(grids: Sequence[SliceGrid], crop_px: int) -> tuple[int, int]:
    """Rows and columns that hold every head, in multiples of 16, and at most `crop_px`."""
    limit = max(FACTOR, crop_px // FACTOR * FACTOR)
    rows, columns = (min(limit, max(grid.padded[axis] for grid in grids)) for axis in (0, 1))
    return rows, columns


def _write_subject(
    subject: Subject, parts: tuple[Prepared, Prepared, SliceGrid], base: Path, ctx: RunContext
) -> PreparedSubject:
    t1, flair, grid = parts
    mask = array_of(subject, "wmh")
    # FLAIR within the T1's head: a run knows no other
    scores = [t1.scores(), flair.scores(t1.head)]
    count = mask.shape[2]
    images = new_array(base.with_suffix(".images.npy"), (count, 1, *grid.padded), np.float16)
    targets = new_array(base.with_suffix(".targets.npy"), (count, 2, *grid.padded), np.float16)
    for first in range(0, count, BLOCK):
        ctx.check_cancelled()
        stop = min(count, first + BLOCK)
        seen = grid.to_network(slices_of(scores, [as_it_is, as_it_is], first, stop)).numpy()
        images[first:stop], targets[first:stop, FLAIR_CHANNEL:] = seen[:, :1], seen[:, 1:]
        targets[first:stop, :FLAIR_CHANNEL] = _marked(grid, mask[:, :, first:stop])
    foreground = np.array([bool(plane[MASK_CHANNEL].any()) for plane in targets], bool)
    return PreparedSubject(
        id=subject.id,
        images=images,
        targets=targets,
        foreground=foreground,
        usable=t1.head.mean(axis=(0, 1)) > LEAST_HEAD,
        pixel_ml=grid.pixel_ml(volume_ml(1, subject.geometry)),
    )


def _marked(grid: SliceGrid, mask: AnyArray) -> AnyArray:
    labels = np.ascontiguousarray((mask > 0).transpose(2, 0, 1)[:, None], np.float32)
    marked: AnyArray = (grid.to_network(torch.from_numpy(labels)) >= 0.5).numpy()
    return marked
