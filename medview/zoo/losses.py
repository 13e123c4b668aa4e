"""Losses that several methods use."""

from __future__ import annotations

from torch import Tensor


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
