"""The losses of Orbes-Arteaga et al. 2018, equations 4 and 5.

As printed, the cross entropy has its lesion term only, which a constant 1 would minimise: the full binary
cross entropy is used. The squared norm is the mean over pixels: a sum over 40,000 of them would drown the
other term.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from medview.zoo.losses import dice_loss


def cross_entropy(probability: Tensor, target: Tensor) -> Tensor:
    """Full binary cross entropy, ``-mean(L log p + (1 - L) log(1 - p))``."""
    return functional.binary_cross_entropy(probability, target)


def segmentation_loss(logits: Tensor, target: Tensor, *, with_dice: bool = False) -> Tensor:
    """Loss of the segmenter (equation 4), from logits; with the soft Dice loss of Li et al. on request.

    Args:
        logits: (B, 1, H, W).
        target: Same shape, 0 or 1.
        with_dice: Add the soft Dice loss.
    """
    loss = functional.binary_cross_entropy_with_logits(logits, target)
    return loss + dice_loss(torch.sigmoid(logits), target) if with_dice else loss


def generator_loss(mse: Tensor, segmentation: Tensor, lambda_seg: float = 1.0) -> Tensor:
    """Loss of the generator (equation 5): ``MSE + lambda_seg * L_C``."""
    return mse + lambda_seg * segmentation
