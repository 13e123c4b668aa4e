"""Training slices: prepared once to memory-mapped files, split by subject, drawn by step number.

Which slices a step gets, and how they are augmented, depends on the seed and on the number of the step
only: a training that is resumed sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.segment.t2_vessels import augment
from medview.zoo.segment.t2_vessels.network import FACTOR
from medview.zoo.slicewise.grid import SliceGrid, head_box, slices_of
from medview.zoo.slicewise.intensity import head_quantiles, measure_intensity

TARGET = "vessels"
WHOLE_EVERY = 8
"""With windows, every eighth batch still holds whole slices: a run normalises over whole slices."""
BLOCK = 16


@dataclass(frozen=True, eq=False, kw_only=True)
class Slices:
    """All slices of some subjects.

    Args:
        images: One array per subject, (K, M, H, W) float16 in [0, 1].
        masks: One array per subject, (K, 1, H, W) uint8, 0 or 1.
        with_vessels: (N, 2) subject and slice numbers of slices that show vessels.
        without: (N, 2) the others.
    """

    images: tuple[AnyArray, ...]
    masks: tuple[AnyArray, ...]
    with_vessels: NDArray[np.int64]
    without: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of slices."""
        return len(self.with_vessels) + len(self.without)

    def take(self, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Images (B, M, H, W) and masks (B, 1, H, W) as float32."""
        images = np.stack([self.images[subject][k] for subject, k in indices])
        masks = np.stack([self.masks[subject][k] for subject, k in indices])
        return torch.from_numpy(images).float(), torch.from_numpy(masks).float()


def prepare(
    subjects: Sequence[Subject], roles: Sequence[str], pixel_mm: float, crop_px: int, ctx: RunContext
) -> list[tuple[AnyArray, AnyArray]]:
    """Normalise, resample and crop every subject to one common size, into files under the scratch folder.

    Args:
        subjects: With an array for each role and for ``vessels``.
        roles: Input roles, in the order of the network's channels.
        pixel_mm: In-plane pixel size of the network.
        crop_px: Largest number of rows and columns; heads that are larger lose their rim.
        ctx: Hears of the progress.

    Returns:
        For each subject images (K, M, H, W) float16 and masks (K, 1, H, W) uint8, mapped from disk.
    """
    grids = [_own_grid(_array(subject, roles[0]), subject, pixel_mm) for subject in subjects]
    size = common_size(grids, crop_px)
    prepared = []
    for number, (subject, grid) in enumerate(zip(subjects, grids, strict=True)):
        ctx.progress(0.1 * number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
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


def _array(subject: Subject, name: str) -> AnyArray:
    try:
        return subject.load(name)
    except KeyError:
        raise InputRefused(
            f"Cannot train with subject {subject.id}",
            f"it has no {name}",
            f"Put a file {name}.nii.gz into its folder, or take the folder away.",
        ) from None


def _write_subject(
    subject: Subject, roles: Sequence[str], grid: SliceGrid, base: Path, ctx: RunContext
) -> tuple[AnyArray, AnyArray]:
    volumes = [_array(subject, role) for role in roles]
    reference = _array(subject, TARGET)
    normalisers = [head_quantiles(volume) for volume in volumes]
    count = reference.shape[2]
    images = _new_file(base.with_suffix(".images.npy"), (count, len(roles), *grid.padded), np.float16)
    masks = _new_file(base.with_suffix(".masks.npy"), (count, 1, *grid.padded), np.uint8)
    for first in range(0, count, BLOCK):
        ctx.check_cancelled()
        stop = min(count, first + BLOCK)
        images[first:stop] = grid.to_network(slices_of(volumes, normalisers, first, stop)).numpy()
        labels = np.ascontiguousarray(
            (reference[:, :, first:stop] > 0).transpose(2, 0, 1)[:, None], np.float32
        )
        masks[first:stop] = (grid.to_network(torch.from_numpy(labels)) >= 0.5).numpy()
    return images, masks


def _new_file(path: Path, shape: tuple[int, ...], dtype: type) -> AnyArray:
    array: AnyArray = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    return array


def gather(prepared: Sequence[tuple[AnyArray, AnyArray]]) -> Slices:
    """List the slices of prepared subjects."""
    indices = [(s, k) for s, (_, masks) in enumerate(prepared) for k in range(len(masks))]
    has_vessels = np.array([bool(prepared[s][1][k].any()) for s, k in indices], bool)
    table = np.array(indices, np.int64).reshape(-1, 2)
    return Slices(
        images=tuple(images for images, _ in prepared),
        masks=tuple(masks for _, masks in prepared),
        with_vessels=table[has_vessels],
        without=table[~has_vessels],
    )


def split(count: int, fraction: float, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Numbers of subjects to learn from and to validate on; at least one each, one subject serves as both."""
    order = [int(number) for number in rng.permutation(count)]
    held = min(max(1, round(count * fraction)), count - 1)
    return (sorted(order[held:]), sorted(order[:held])) if count > 1 else (order, order)


def draw_indices(slices: Slices, batch: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(B, 2) subject and slice numbers, half of them (rounded up) from slices with vessels."""
    wanted = -(-batch // 2) if len(slices.without) else batch
    with_vessels = slices.with_vessels if len(slices.with_vessels) else slices.without
    picked = with_vessels[rng.integers(len(with_vessels), size=wanted)]
    if wanted == batch:
        return picked
    others = slices.without[rng.integers(len(slices.without), size=batch - wanted)]
    return np.concatenate([picked, others])


def windows(images: Tensor, masks: Tensor, side_px: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cut one square from each slice, three times in four near a vessel where the slice shows one."""
    corners = [_corner(mask[0], side_px, rng) for mask in masks.numpy()]
    cut = [
        torch.stack(
            [each[:, i : i + side_px, j : j + side_px] for each, (i, j) in zip(tensor, corners, strict=True)]
        )
        for tensor in (images, masks)
    ]
    return cut[0], cut[1]


def _corner(mask: AnyArray, side_px: int, rng: np.random.Generator) -> tuple[int, int]:
    room = np.maximum(np.array(mask.shape) - side_px, 0)
    corner = rng.integers(0, room + 1)
    places = np.argwhere(mask > 0)
    if len(places) and rng.random() < 0.75:
        middle = places[rng.integers(len(places))] - side_px // 2
        corner = np.clip(middle + rng.integers(-side_px // 3, side_px // 3 + 1, 2), 0, room)
    return int(corner[0]), int(corner[1])


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """How batches are drawn.

    Args:
        batch: Slices in a batch.
        is_augmented: Flip, rotate, scale and gamma.
        with_contrast: Random contrast as well.
        window_px: Side of the windows that are cut from slices, a multiple of 16; 0 for whole slices.
        seed: Start of all random numbers.
        stream: Number of the process, where several train together.
    """

    batch: int
    is_augmented: bool
    with_contrast: bool
    seed: int
    window_px: int = 0
    stream: int = 0


def draw_batch(slices: Slices, plan: BatchPlan, step: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Images (B, M, H, W) and masks (B, 1, H, W) of one step, on the device."""
    rng = np.random.default_rng([plan.seed, plan.stream, step])
    images, masks = slices.take(draw_indices(slices, plan.batch, rng))
    if plan.window_px and step % WHOLE_EVERY:
        images, masks = windows(images, masks, plan.window_px, rng)
    images, masks = images.to(device), masks.to(device)
    if not plan.is_augmented:
        return images, masks
    drawn = [augment.draw(rng, with_contrast=plan.with_contrast) for _ in range(len(images))]
    return augment.apply(drawn, images, masks)
