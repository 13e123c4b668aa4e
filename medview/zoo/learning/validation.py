"""How well something is found on subjects that are not learned from, on the network's own pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from medview.core.volume import AnyArray
from medview.measure.overlap import Overlap
from medview.measure.structure_score import StructureScore, structure_score
from medview.ml.context import RunContext
from medview.ml.training_folder import SCORE
from medview.zoo.learning.slices import PreparedSubject, Slices
from medview.zoo.learning.workplace import Workplace

BATCH = 4
Found = Callable[[Tensor], Tensor]
Wanted = Callable[[AnyArray], AnyArray]


def validation_scores(
    found: Found,
    wanted: Wanted,
    slices: Slices,
    place: Workplace,
    ctx: RunContext,
    structures: Sequence[str] = (),
) -> dict[str, float]:
    """Dice of stacked slices, subject by subject; processes share the subjects out among them.

    Subjects whose reference lacks the structure are not in its mean; see `StructureScore`.

    Args:
        found: Takes images (B, M, H, W) on the device to masks (B, C, H, W), bool, one per structure.
        wanted: Takes targets (B, T, H, W) as stored to masks of the same shape.
        slices: Of the validation subjects; all their slices count, usable or not.
        place: Where to compute.
        ctx: May cancel.
        structures: Names of the C structures, where there are several.

    Returns:
        The same in every process. ``validation_dice``, the mean over the structures that any subject shows
        (0 where none does); for one structure ``validation_n``, the subjects that show it, and where others
        do not, ``validation_without``, ``validation_false_findings`` and, in mL on the network's pixels,
        ``validation_false_finding_ml``. For several the same by name, such as ``validation_infarction`` and
        ``validation_infarction_n``.
    """
    overlaps = _overlaps(found, wanted, slices, place, ctx, max(1, len(structures)))
    pixels_ml = [subject.pixel_ml for subject in slices.subjects]
    scores = [structure_score(zip(of_one, pixels_ml, strict=True)) for of_one in overlaps]
    means = [score.mean for score in scores if score.mean is not None]
    told = {f"{SCORE}dice": float(np.mean(means)) if means else 0.0}
    for name, score in zip(structures or ("",), scores, strict=True):
        told |= _counts(score, f"{SCORE}{name}_" if name else SCORE)
        if name and score.mean is not None:
            told[f"{SCORE}{name}"] = score.mean
    return told


def _counts(score: StructureScore, prefix: str) -> dict[str, float]:
    counts = {"n": score.n, **score.false_findings_row()}
    return {f"{prefix}{name}": float(count) for name, count in counts.items()}


def _overlaps(
    found: Found, wanted: Wanted, slices: Slices, place: Workplace, ctx: RunContext, structures: int
) -> list[list[Overlap]]:
    """Overlaps by structure and subject."""
    counts = np.zeros((len(slices.subjects), structures, 3))
    for number in range(place.process, len(slices.subjects), place.processes):
        counts[number] = _subject_counts(found, wanted, slices.subjects[number], place, ctx)
    table = np.array(place.share(counts.ravel().tolist(), "sum")).reshape(counts.shape).astype(int)
    return [
        [Overlap(hit=hit, excess=excess, missed=missed) for hit, excess, missed in rows.tolist()]
        for rows in table.transpose(1, 0, 2)
    ]


def _subject_counts(
    found: Found, wanted: Wanted, subject: PreparedSubject, place: Workplace, ctx: RunContext
) -> AnyArray:
    """Hits, excess and misses (C, 3) of one subject, in pixels."""
    counts: AnyArray = np.zeros((1, 3), int)
    for first in range(0, subject.count, BATCH):
        ctx.check_cancelled()
        images = torch.from_numpy(np.asarray(subject.images[first : first + BATCH], np.float32))
        truth = np.asarray(wanted(subject.targets[first : first + BATCH]), bool)
        with torch.inference_mode(), place.autocast():
            mask = found(images.to(place.device)).cpu().numpy()
        parts = (mask & truth, mask & ~truth, ~mask & truth)
        counts = counts + np.stack([part.sum(axis=(0, 2, 3)) for part in parts], axis=-1)
    return counts
