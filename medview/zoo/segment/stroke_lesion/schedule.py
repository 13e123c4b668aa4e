"""The learning rate over a training: linear warm-up, then a cosine down to 0."""

from __future__ import annotations

import math


def learning_rate(epoch: float, peak: float = 5e-3, warmup: float = 90, epochs: float = 600) -> float:
    """Rate at a moment of a training.

    Args:
        epoch: Epochs done, with fractions.
        peak: Highest rate, reached at the end of the warm-up.
        warmup: Length of the warm-up in epochs.
        epochs: Length of the training.
    """
    if epoch < warmup:
        return peak * epoch / warmup
    if epochs <= warmup:
        return peak
    done = min((epoch - warmup) / (epochs - warmup), 1.0)
    return peak * 0.5 * (1 + math.cos(math.pi * done))
