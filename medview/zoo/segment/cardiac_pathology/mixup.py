"""Pathology mix-up: two hearts laid over each other and blended (Zhou, Zhang et al. 2020).

Foreground is every label above 0. With the centres c and the mean distances d of foreground pixels to them,
``s = d_F / d_M`` and T = [[s, 0, cx_F - s cx_M], [0, s, cy_F - s cy_M], [0, 0, 1]] maps the moving slice M
onto the fixed slice F; within the foreground of both, images and labels become (1 - lambda) M + lambda F.
Ours: "similar z" means normalised slice positions that differ by at most 0.15. Each slice is then shifted by
some pixels: a run finds the heart by the middle of the image only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from medview.zoo.learning.draws import Batch, Mixing
from medview.zoo.learning.slices import Slices

NEAR = 0.15
"""Largest difference of the two slices' positions in their stacks, 0 to 1."""
_ALONE = -1


def foreground_measures(foreground: Tensor) -> tuple[Tensor, Tensor]:
    """Centre (row, column) and mean distance to it of the pixels in a mask (H, W), weights allowed."""
    rows, columns = (torch.arange(n, dtype=torch.float32) for n in foreground.shape)
    weight = foreground / foreground.sum()
    centre = torch.stack([(weight.sum(1) * rows).sum(), (weight.sum(0) * columns).sum()])
    distance = torch.hypot(rows[:, None] - centre[0], columns[None] - centre[1])
    return centre, (weight * distance).sum()


def mixing_transform(
    fixed_centre: Tensor, moving_centre: Tensor, fixed_distance: Tensor, moving_distance: Tensor
) -> Tensor:
    """T (3x3), which takes places in the moving slice to places in the fixed one."""
    s = fixed_distance / moving_distance
    transform = torch.eye(3)
    transform[0, 0] = transform[1, 1] = s
    transform[:2, 2] = fixed_centre - s * moving_centre
    return transform


def warped(maps: Tensor, transform: Tensor) -> Tensor:
    """Maps (C, H, W) of the moving slice on the pixels of the fixed one, linearly; its rim is repeated."""
    height, width = maps.shape[-2:]
    s, shift = transform[0, 0], transform[:2, 2]
    rows, columns = (
        (torch.arange(size, dtype=torch.float32) - offset) / s
        for size, offset in zip((height, width), shift, strict=True)
    )
    # pixel centres to the coordinates of grid_sample, -1 to 1 from edge to edge
    grid = torch.stack(
        [
            ((2 * columns + 1) / width - 1).expand(height, width),
            ((2 * rows + 1) / height - 1)[:, None].expand(height, width),
        ],
        dim=-1,
    )
    found = functional.grid_sample(maps[None], grid[None], padding_mode="border", align_corners=False)
    return found[0]


def mixed(fixed: tuple[Tensor, Tensor], moving: tuple[Tensor, Tensor], share: float) -> tuple[Tensor, Tensor]:
    """Blend a moving slice into a fixed one.

    Args:
        fixed: Image (M, H, W) and soft labels (C, H, W), background first.
        moving: The same of the other slice.
        share: Lambda: 1 gives the fixed slice back.

    Returns:
        Image and labels; outside the foreground of both they are those of the fixed slice.
    """
    image, labels = fixed
    measures = [foreground_measures(1 - part[0]) for part in (labels, moving[1])]
    (centre_f, distance_f), (centre_m, distance_m) = measures
    transform = mixing_transform(centre_f, centre_m, distance_f, distance_m)
    other_image, other_labels = (warped(part, transform) for part in moving)
    inside = ((1 - labels[0]) > 0) | ((1 - other_labels[0]) > 0.5)
    blend = torch.where(inside, 1 - share, 0.0)
    return torch.lerp(image, other_image, blend), torch.lerp(labels, other_labels, blend)


@lru_cache(maxsize=4)
def _hearts(slices: Slices) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Subject and slice numbers (N, 2) of slices with any label, and their positions."""
    every = np.concatenate([slices.with_foreground, slices.without])
    shows = [bool(slices.subjects[subject].targets[k, 1:].any()) for subject, k in every]
    found = every[np.array(shows, bool)]
    return found, slices.positions(found)


def draw_partners(
    slices: Slices,
    indices: NDArray[np.int64],
    rng: np.random.Generator,
    probability: float,
    jitter_px: int = 0,
) -> dict[str, Any]:
    """For each slice of a batch a partner at a similar height, and how much of itself it keeps.

    Returns:
        ``partners``: (subject, slice) pairs, (-1, -1) where nothing is mixed; ``shares``: lambda of each;
        ``shifts``: rows and columns that each is moved by afterwards.
    """
    shown, places = _hearts(slices)
    has_heart = {(int(s), int(k)) for s, k in shown}
    partners, shares = [], []
    for (subject, k), place in zip(indices, slices.positions(indices), strict=True):
        wanted, share, pick = rng.random() < probability, float(rng.random()), float(rng.random())
        near = np.flatnonzero((np.abs(places - place) <= NEAR) & (shown[:, 0] != subject))
        is_mixed = wanted and len(near) > 0 and (int(subject), int(k)) in has_heart
        chosen = shown[near[int(pick * len(near))]] if is_mixed else (_ALONE, _ALONE)
        partners.append((int(chosen[0]), int(chosen[1])))
        shares.append(share)
    shifts = rng.integers(-jitter_px, jitter_px + 1, (len(indices), 2)).tolist()
    return {"partners": partners, "shares": shares, "shifts": shifts}


def mix_batch(slices: Slices, batch: Batch, drawn: Mapping[str, Any]) -> Batch:
    """Mix the slices of a batch with their partners, then shift them."""
    images, targets = batch.images.clone(), batch.targets.clone()
    for number, (partner, share) in enumerate(zip(drawn["partners"], drawn["shares"], strict=True)):
        if partner[0] == _ALONE:
            continue
        other_image, other_target = slices.take(np.array([partner], np.int64))
        images[number], targets[number] = mixed(
            (images[number], targets[number]), (other_image[0], other_target[0]), share
        )
    pairs = list(zip(images, targets, drawn["shifts"], strict=True))
    return replace(
        batch,
        images=torch.stack([shifted(image, by) for image, _, by in pairs]),
        targets=torch.stack([shifted(target, by) for _, target, by in pairs]),
    )


def shifted(maps: Tensor, by: Sequence[int]) -> Tensor:
    """Maps (C, H, W) moved by whole rows and columns; their rim is repeated."""
    rows, columns = (
        (torch.arange(size) - step).clamp(0, size - 1) for size, step in zip(maps.shape[-2:], by, strict=True)
    )
    return maps[:, rows][:, :, columns]


def pathology_mixing(probability: float, jitter_px: int) -> Mixing | None:
    """Mix-up and shift as the platform draws and replays them; None where neither ever happens."""
    if probability <= 0 and jitter_px == 0:
        return None
    return Mixing(
        draw=lambda slices, indices, rng: draw_partners(slices, indices, rng, probability, jitter_px),
        apply=mix_batch,
    )
