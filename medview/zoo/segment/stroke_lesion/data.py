"""Training slices of this method: every map scaled and every slice stretched as in a run.

Maps that a subject lacks are zeros, as they are in a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.learning.slices import PreparedSubject, array_of, new_array
from medview.zoo.segment.stroke_lesion.settings import NetworkSettings
from medview.zoo.slicewise.grid import SliceGrid, slices_of
from medview.zoo.slicewise.intensity import Normaliser, min_max

TARGET = "lesion"
PRESENT_STREAM = 4711


def nothing(_volume: AnyArray) -> Normaliser:
    """A normalisation for a map that is absent: zeros stay zeros."""
    return lambda values: np.zeros(values.shape, np.float32)


def prepare(subjects: Sequence[Subject], settings: NetworkSettings, ctx: RunContext) -> list[PreparedSubject]:
    """Scale and stretch the slices of every subject, into files under the scratch folder.

    Args:
        subjects: With an array for ``lesion`` and for at least one of the maps.
        settings: Which maps, in which order, and the slices' size.
        ctx: Hears of the progress.

    Returns:
        For each subject images (K, maps, H, W) float16 in [0, 1] and masks (K, 1, H, W) uint8.

    Raises:
        InputRefused: A subject lacks the lesion, or maps that the network will need.
    """
    prepared = []
    for number, subject in enumerate(subjects):
        ctx.progress(number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        prepared.append(_prepared(subject, settings, ctx.scratch / f"prepared-{number}"))
    return prepared


def _prepared(subject: Subject, settings: NetworkSettings, base: Path) -> PreparedSubject:
    present = [role for role in settings.roles if role in subject.arrays]
    missing = [role for role in settings.needs if role not in present]
    if missing or not present:
        raise InputRefused(
            f"Cannot train with subject {subject.id}",
            f"it has no {', '.join(missing or settings.roles)}",
            "Put the maps into its folder, take the folder away, or train with map dropout.",
        )
    reference = array_of(subject, TARGET)
    volumes = [array_of(subject, role) if role in present else reference for role in settings.roles]
    scalings = [
        min_max(volume) if role in present else nothing(volume)
        for role, volume in zip(settings.roles, volumes, strict=True)
    ]
    side, (rows, columns, count) = settings.side_px, reference.shape
    grid = SliceGrid.stretched((rows, columns), (side, side))
    images = new_array(base.with_suffix(".images.npy"), (count, len(volumes), side, side), np.float16)
    masks = new_array(base.with_suffix(".masks.npy"), (count, 1, side, side), np.uint8)
    images[:] = grid.to_network(slices_of(volumes, scalings, 0, count)).numpy()
    labels = np.ascontiguousarray((reference > 0).transpose(2, 0, 1)[:, None], np.float32)
    nearest = torch.nn.functional.interpolate(torch.from_numpy(labels), (side, side), mode="nearest-exact")
    masks[:] = nearest.numpy() > 0.5
    pixel_ml = grid.pixel_ml(volume_ml(1, subject.geometry))
    return PreparedSubject.opened(subject.id, images, masks, pixel_ml)


def drop_maps(images: Tensor, indices: AnyArray, chance: float) -> Tensor:
    """Leave maps out of slices (B, maps, H, W) at random: zeros; each slice keeps at least one.

    What is left out follows from the slices' numbers, which differ from batch to batch: a training that
    is resumed or replayed leaves out the same. Maps that show nothing are zeros again, since an
    augmentation may have made them brighter.
    """
    shows = (images.amax((-2, -1)) > images.amin((-2, -1))).to(images)
    if not chance:
        return images * shows[..., None, None]
    kept = draw_present(np.asarray(indices), images.shape[1], chance)
    return images * shows[..., None, None] * torch.from_numpy(kept).to(images)[..., None, None]


def draw_present(indices: AnyArray, maps: int, chance: float) -> AnyArray:
    """Which maps (B, maps) stay, 1 or 0: in a third of slices all, otherwise each with ``1 - chance``."""
    rng = np.random.default_rng([PRESENT_STREAM, *(int(n) for n in indices.ravel())])
    kept = rng.random((len(indices), maps)) >= chance
    kept |= rng.random((len(indices), 1)) < 1 / 3
    kept[np.arange(len(indices)), rng.integers(maps, size=len(indices))] = True
    return kept.astype(np.float32)
