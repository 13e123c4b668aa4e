"""How well something is found on subjects that are not learned from, on the network's own pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.zoo.learning.slices import PreparedSubject, Slices
from medview.zoo.learning.workplace import Workplace

BATCH = 4
Found = Callable[[Tensor], Tensor]
Wanted = Callable[[AnyArray], AnyArray]


def stacked_dice(
    found: Found, wanted: Wanted, slices: Slices, place: Workplace, ctx: RunContext, structures: int = 1
) -> NDArray[np.float64]:
    """Dice of stacked slices, subject by subject; processes share the subjects out among them.

    Args:
        found: Takes images (B, M, H, W) on the device to masks (B, C, H, W), bool, one per structure.
        wanted: Takes targets (B, T, H, W) as stored to masks of the same shape.
        slices: Of the validation subjects; all their slices count, usable or not.
        place: Where to compute.
        ctx: May cancel.
        structures: C.

    Returns:
        (subjects, C), the same in every process.
    """
    scores = np.zeros((len(slices.subjects), structures))
    for number in range(place.process, len(slices.subjects), place.processes):
        scores[number] = _subject_dice(found, wanted, slices.subjects[number], place, ctx)
    return np.array(place.share(scores.ravel().tolist(), "sum")).reshape(scores.shape)


def _subject_dice(
    found: Found, wanted: Wanted, subject: PreparedSubject, place: Workplace, ctx: RunContext
) -> list[float]:
    counts: AnyArray = np.zeros((3, 1))
    for first in range(0, subject.count, BATCH):
        ctx.check_cancelled()
        images = torch.from_numpy(np.asarray(subject.images[first : first + BATCH], np.float32))
        truth = np.asarray(wanted(subject.targets[first : first + BATCH]), bool)
        with torch.inference_mode(), place.autocast():
            mask = found(images.to(place.device)).cpu().numpy()
        counts = counts + np.array([part.sum(axis=(0, 2, 3)) for part in (mask & truth, mask, truth)])
    return [dice_of(*column) for column in counts.T.tolist()]


def dice_of(overlap: float, first: float, second: float) -> float:
    """Dice from counts; 1 where both are empty."""
    return 2 * overlap / (first + second) if first + second else 1.0
