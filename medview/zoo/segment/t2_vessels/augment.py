"""Augmentation: random numbers are drawn in one place and applied in another, so that each step can be told.

Flip, rotation, scale and gamma are the choice of the paper file. The contrast part (tone curve, field
inhomogeneity, noise, blur) is ours: it lets synthetic heads stand in for scanners that nobody simulated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

ANGLE_DEG = 10.0
SCALE = (0.9, 1.1)
GAMMA = (0.8, 1.2)
TONE_KNOTS = 5


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One scanner that never was.

    Args:
        tone: Rising values in [0, 1] that replace evenly spaced grey levels from 0 to 1.
        field: Gain, as natural logarithm, at a 4x4 grid of points over the slice.
        noise: Standard deviation of the noise added.
        noise_seed: Start of the noise.
        blur: Weight in [0, 1] of a 3x3 average.
    """

    tone: tuple[float, ...]
    field: tuple[float, ...]
    noise: float
    noise_seed: int
    blur: float


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What happens to one slice: mirrored along i, rotated, magnified, gamma; and contrast where wanted."""

    flip: bool
    angle_deg: float
    scale: float
    gamma: float
    contrast: Contrast | None = None


def draw(rng: np.random.Generator, *, with_contrast: bool) -> Augmentation:
    """Draw one augmentation."""
    return Augmentation(
        flip=bool(rng.random() < 0.5),
        angle_deg=float(rng.uniform(-ANGLE_DEG, ANGLE_DEG)),
        scale=float(rng.uniform(*SCALE)),
        gamma=float(rng.uniform(*GAMMA)),
        contrast=_draw_contrast(rng) if with_contrast else None,
    )


def _draw_contrast(rng: np.random.Generator) -> Contrast:
    steps = rng.dirichlet(np.full(TONE_KNOTS - 1, 4.0))
    tone = np.concatenate([[0.0], np.cumsum(steps)])
    return Contrast(
        tone=tuple(float(value) for value in tone),
        field=tuple(float(gain) for gain in rng.normal(0, 0.12, 16)),
        noise=float(rng.uniform(0, 0.04)),
        noise_seed=int(rng.integers(2**31)),
        blur=float(rng.random() < 0.5) * float(rng.uniform(0, 0.8)),
    )


def apply(augmentations: list[Augmentation], images: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Apply one augmentation to each slice.

    Args:
        augmentations: As many as slices.
        images: (B, M, H, W) in [0, 1].
        masks: (B, 1, H, W), 0 or 1.

    Returns:
        Images in [0, 1] and masks of 0 and 1, of the same shapes.
    """
    matrices = torch.stack([_matrix(a, images.shape[-2] / images.shape[-1]) for a in augmentations])
    grid = functional.affine_grid(matrices.to(images), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, align_corners=False)
    labels = (functional.grid_sample(masks, grid, align_corners=False) >= 0.5).to(masks)
    toned = [_toned(image, a) for image, a in zip(moved.clamp(0, 1), augmentations, strict=True)]
    return torch.stack(toned), labels


def _matrix(augmentation: Augmentation, rows_per_column: float) -> Tensor:
    """Output to input coordinates of `affine_grid` (columns first), 2x3, for pixels that stay square."""
    angle, scale = math.radians(augmentation.angle_deg), 1 / augmentation.scale
    mirror = -1.0 if augmentation.flip else 1.0
    cosine, sine = math.cos(angle) * scale, math.sin(angle) * scale
    return torch.tensor(
        [[cosine, sine * rows_per_column, 0], [-mirror * sine / rows_per_column, mirror * cosine, 0]]
    )


def _toned(image: Tensor, augmentation: Augmentation) -> Tensor:
    image = image**augmentation.gamma
    contrast = augmentation.contrast
    return image if contrast is None else _contrasted(image, contrast)


def _contrasted(image: Tensor, contrast: Contrast) -> Tensor:
    inside = (image > 0.02).to(image)
    toned = _piecewise(image, torch.tensor(contrast.tone, device=image.device))
    gain = torch.tensor(contrast.field, device=image.device).reshape(1, 1, 4, 4)
    gain = functional.interpolate(gain, image.shape[-2:], mode="bicubic", align_corners=True)[0]
    toned = toned * torch.exp(gain)
    toned = torch.lerp(toned, functional.avg_pool2d(toned, 3, 1, 1), contrast.blur)
    noise = np.random.default_rng(contrast.noise_seed).normal(0, contrast.noise, tuple(image.shape))
    noisy = toned + torch.from_numpy(noise).to(image) * (0.3 + 0.7 * inside)
    return noisy.clamp(0, 1)


def _piecewise(image: Tensor, tone: Tensor) -> Tensor:
    """Map grey levels through the straight lines between the tone's knots."""
    position = image * (len(tone) - 1)
    left = position.long().clamp(0, len(tone) - 2)
    return torch.lerp(tone[left], tone[left + 1], position - left)
