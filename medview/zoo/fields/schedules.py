"""What changes in the course of a training: learning rates, and the number of pictures."""

from __future__ import annotations

POSE_RATE, POSES_FROM = 3e-4, 20
"""Adam's rate for poses, and the step from which they are learned."""
POSE_DECAY = 0.1
_FIRST_PICTURES = 5


def rate_factor(step: int, steps: int, decay: float, warm_up: int) -> float:
    """What Adam's rate is multiplied with: a rise over the warm-up, then exponential decay to the end.

    Args:
        step: From 0.
        steps: Of the whole training.
        decay: Factor at its end.
        warm_up: Steps in which it rises.
    """
    risen = min(1.0, (step + 1) / warm_up) if warm_up else 1.0
    return risen * float(decay ** (step / steps))


def pictures_at(step: int, pictures: int, every: int) -> int:
    """Progressive mode: how many pictures are learned from; begins with five, appends one at a time."""
    return min(pictures, _FIRST_PICTURES + step // every)
