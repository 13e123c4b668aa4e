"""Losses that several methods use."""

from __future__ import annotations

import torch
from torch import Tensor

RAREST = 1e-3
"""Smallest part of all voxels that the cross entropy is shared among."""


def dice_loss(probability: Tensor, target: Tensor, epsilon: float = 1.0) -> Tensor:
    """Soft Dice loss over the whole batch: 1 - (2 sum(p y) + eps) / (sum p + sum y + eps).

    Args:
        probability: Any shape, values in [0, 1].
        target: Same shape, values 0 or 1.
        epsilon: Keeps the loss finite, and 0, where both are empty.

    Returns:
        A scalar in [0, 1].
    """
    overlap = (probability * target).sum()
    return 1 - (2 * overlap + epsilon) / (probability.sum() + target.sum() + epsilon)


def rare_cross_entropy(probability: Tensor, target: Tensor) -> Tensor:
    """Cross entropy summed over the batch and divided by the number of target voxels.

    A structure that fills a thousandth of an image weighs as much as all that surrounds it; where it is
    missed altogether, this has a slope and the Dice loss has next to none.

    Args:
        probability: Any shape, values in [0, 1].
        target: Same shape, values 0 or 1.
    """
    tiny = 1e-6
    likelihood = target * torch.log(probability + tiny) + (1 - target) * torch.log(1 - probability + tiny)
    return -likelihood.sum() / target.sum().clamp(min=RAREST * target.numel())
