"""Applying drawn augmentations to slices on any device; nothing is drawn here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from medview.zoo.learning.augmentation import Augmentation, AugmentationPlan, Scanner, Warp

MASK, IMAGE, CLASSES = "mask", "image", "classes"


def apply(
    augmentations: Sequence[Augmentation],
    images: Tensor,
    targets: Tensor,
    kinds: Sequence[str],
    plan: AugmentationPlan,
) -> tuple[Tensor, Tensor]:
    """Apply one augmentation to each slice.

    Args:
        augmentations: As many as slices.
        images: (B, M, H, W).
        targets: (B, T, H, W), moved as the images are and otherwise left alone.
        kinds: Of each target channel: ``"mask"`` (0 and 1: interpolated, cut at a half), ``"image"``
            (any numbers: interpolated) or ``"classes"`` (whole numbers: nearest).
        plan: Says whether images stay in [0, 1] and what lies beyond their rim.

    Returns:
        Images and targets of the same shapes.
    """
    grid = torch.stack([_grid(each, images.shape[-2:]) for each in augmentations]).to(images)
    moved = functional.grid_sample(images, grid, padding_mode=plan.padding, align_corners=False)
    moved = moved.clamp(0, 1) if plan.is_unit else moved
    toned = [_toned(image, each, plan.is_unit) for image, each in zip(moved, augmentations, strict=True)]
    channels = [_target(targets[:, n : n + 1], kind, grid, plan.padding) for n, kind in enumerate(kinds)]
    return torch.stack(toned), torch.cat(channels, 1) if channels else targets


def _target(channel: Tensor, kind: str, grid: Tensor, padding: str) -> Tensor:
    mode = "nearest" if kind == CLASSES else "bilinear"
    moved = functional.grid_sample(channel, grid, mode, padding, align_corners=False)
    return (moved >= 0.5).to(channel) if kind == MASK else moved


def _grid(augmentation: Augmentation, size: Sequence[int]) -> Tensor:
    """Where each output pixel is read, (H, W, 2), columns first, -1 to 1 from edge to edge."""
    rows, columns = size
    matrix = _matrix(augmentation, rows / columns)[None]
    grid = functional.affine_grid(matrix, [1, 1, rows, columns], align_corners=False)[0]
    return grid if augmentation.warp is None else _warped(grid, augmentation.warp)


def _matrix(augmentation: Augmentation, rows_per_column: float) -> Tensor:
    """Output to input coordinates of `affine_grid` (columns first), 2x3, for pixels that stay square."""
    angle, scale = math.radians(augmentation.angle_deg), 1 / augmentation.scale
    mirror_i, mirror_j = (-1.0 if flip else 1.0 for flip in (augmentation.flip_i, augmentation.flip_j))
    cosine, sine = math.cos(angle) * scale, math.sin(angle) * scale
    return torch.tensor(
        [
            [mirror_j * cosine, mirror_j * sine * rows_per_column, 0],
            [-mirror_i * sine / rows_per_column, mirror_i * cosine, 0],
        ]
    )


def _warped(grid: Tensor, warp: Warp) -> Tensor:
    column, row = grid.unbind(-1)
    if warp.optical:
        stretch = 1 + warp.optical * (column**2 + row**2)
        column, row = column * stretch, row * stretch
    if warp.grid_i:
        row = 2 * piecewise((row + 1) / 2, torch.tensor(warp.grid_i)) - 1
        column = 2 * piecewise((column + 1) / 2, torch.tensor(warp.grid_j)) - 1
    warped = torch.stack([column, row], -1)
    return warped if warp.elastic_seed < 0 else warped + _elastic(warp, grid.shape[:2])


def _elastic(warp: Warp, size: Sequence[int]) -> Tensor:
    """Smooth displacements (H, W, 2) in units of the grid."""
    points = [max(2, math.ceil(pixels / warp.elastic_step_px) + 1) for pixels in size]
    noise = np.random.default_rng(warp.elastic_seed).normal(0, warp.elastic_px, (1, 2, *points))
    smooth = functional.interpolate(
        torch.from_numpy(noise).float(), tuple(size), mode="bicubic", align_corners=True
    )
    per_pixel = torch.tensor([2 / size[1], 2 / size[0]])
    return smooth[0].permute(1, 2, 0) * per_pixel


def _toned(image: Tensor, augmentation: Augmentation, is_unit: bool) -> Tensor:
    if augmentation.gamma != 1:
        image = image**augmentation.gamma
    if augmentation.brightness or augmentation.contrast:
        mean = image.mean((-2, -1), keepdim=True)
        image = mean + (image - mean) * (1 + augmentation.contrast) + augmentation.brightness
        image = image.clamp(0, 1) if is_unit else image
    return image if augmentation.scanner is None else _scanned(image, augmentation.scanner)


def _scanned(image: Tensor, scanner: Scanner) -> Tensor:
    inside = (image > 0.02).to(image)
    toned = piecewise(image, torch.tensor(scanner.tone, device=image.device))
    gain = torch.tensor(scanner.field, device=image.device).reshape(1, 1, 4, 4)
    gain = functional.interpolate(gain, image.shape[-2:], mode="bicubic", align_corners=True)[0]
    toned = toned * torch.exp(gain)
    toned = torch.lerp(toned, functional.avg_pool2d(toned, 3, 1, 1), scanner.blur)
    noise = np.random.default_rng(scanner.noise_seed).normal(0, scanner.noise, tuple(image.shape))
    noisy = toned + torch.from_numpy(noise).to(image) * (0.3 + 0.7 * inside)
    return noisy.clamp(0, 1)


def piecewise(values: Tensor, knots: Tensor) -> Tensor:
    """Map values through the straight lines between knots at evenly spaced places from 0 to 1."""
    position = values * (len(knots) - 1)
    left = position.long().clamp(0, len(knots) - 2)
    return torch.lerp(knots[left], knots[left + 1], position - left)
