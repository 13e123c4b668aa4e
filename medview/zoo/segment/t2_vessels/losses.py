"""Local attention maps and the losses of both training phases (Deo et al. 2023, eq. 1 and 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.losses import dice_loss, rare_cross_entropy

LOG_VARIANCE_LIMIT = 6.0


def soft_dilate(mask: Tensor, radius_px: int) -> Tensor:
    """Dilate a soft mask (B, 1, H, W) by a square of 2r+1 pixels: the maximum of each neighbourhood.

    Differentiable; on a binary mask it is the morphological dilation of the paper. The square is applied
    as a row and then a column, which gives the same maximum for less work.
    """
    if radius_px == 0:
        return mask
    size = 2 * radius_px + 1
    rows = functional.max_pool2d(mask, (size, 1), 1, (radius_px, 0))
    return functional.max_pool2d(rows, (1, size), 1, (0, radius_px))


def attention_map(image: Tensor, vessels: Tensor, radius_px: int) -> Tensor:
    """Local attention map (B, M, H, W): the image within `radius_px` (Chebyshev) of vessels, else 0."""
    return image * soft_dilate(vessels, radius_px)


def local_loss(
    reconstruction: Tensor, image: Tensor, vessels: Tensor, target: Tensor, radius_px: int | None
) -> Tensor:
    """Mean absolute error of the local attention maps over all pixels, summed over modalities.

    Args:
        reconstruction: (B, M, H, W) of the decoding branches.
        image: (B, M, H, W), what went in.
        vessels: (B, 1, H, W) probability of the synthesis branch.
        target: (B, 1, H, W) reference mask, 0 or 1.
        radius_px: Dilation; None compares the whole slices (the ablation without a local mask).
    """
    if radius_px is not None:
        reconstruction = attention_map(reconstruction, vessels, radius_px)
        image = attention_map(image, target, radius_px)
    return functional.l1_loss(reconstruction, image) * image.shape[1]


def reconstruction_loss(reconstruction: Tensor, image: Tensor) -> Tensor:
    """Phase 1 (eq. 1): mean absolute error over (B, M, H, W)."""
    return functional.l1_loss(reconstruction, image)


class TaskWeighting(nn.Module):
    """Phase 2 (eq. 2): both losses, weighted by learned variances (after Kendall et al. 2018).

    With s_i = log(sigma_i^2): 1/2 exp(-s_1) L_seg + 1/2 exp(-s_2) L_loc + 1/2 (s_1 + s_2). The s_i are
    clamped to [-6, 6], because the best sigma_i^2 is L_i, which has no logarithm once L_i reaches 0.

    Args:
        learned: Whether s_i are learned; otherwise both stay 0 and the sum is 1/2 L_seg + 1/2 L_loc.
    """

    def __init__(self, *, learned: bool = True) -> None:
        super().__init__()
        self.log_variance = nn.Parameter(torch.zeros(2), requires_grad=learned)

    def forward(self, segmentation: Tensor, local: Tensor) -> Tensor:
        """Weigh two scalars into one."""
        s = self.log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        return 0.5 * (torch.exp(-s) * torch.stack([segmentation, local]) + s).sum()


def phase2_losses(
    prediction: tuple[Tensor, Tensor],
    image: Tensor,
    target: Tensor,
    radius_px: int | None,
    *,
    with_entropy: bool = False,
) -> tuple[Tensor, Tensor]:
    """Loss of the vessels (Dice, as in the paper), and the local loss, of one batch.

    Args:
        prediction: Vessel probability (B, 1, H, W) and reconstruction (B, M, H, W).
        image: (B, M, H, W), what went in.
        target: (B, 1, H, W) reference mask.
        radius_px: See `local_loss`.
        with_entropy: Take the mean of Dice loss and cross entropy instead: ours, for short trainings.
    """
    vessels, reconstruction = prediction
    local = local_loss(reconstruction, image, vessels, target, radius_px)
    overlap = dice_loss(vessels, target)
    if not with_entropy:
        return overlap, local
    return 0.5 * (overlap + rare_cross_entropy(vessels, target)), local
