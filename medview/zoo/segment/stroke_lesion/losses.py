"""Class-weight maps, focal loss and the sum over six outputs (thesis, section on the learning strategy).

    L(y, p, w) = 1/(H W) sum_rc w_rc l_rc,     L_total = sum_i W_i L_i

with l the focal loss (MRI) or the cross-entropy of three classes (CT).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

SUPERVISION = (0.03, 0.045, 0.05, 0.125, 0.25, 0.5)
"""W of p1 (coarsest) ... p6."""
GAMMA = 2.0


def class_weight_map(target: Tensor, weights: Sequence[float]) -> Tensor:
    """Weight (B, H, W) of each pixel: constant per class.

    Args:
        target: Class numbers (B, H, W), integer.
        weights: One per class.
    """
    return torch.tensor(tuple(weights), device=target.device, dtype=torch.float32)[target]


def unweighted(probabilities: Tensor, weights: Sequence[float]) -> Tensor:
    """Probabilities (B, C, ...) as they would be had every pixel weighed the same.

    The weighted cross-entropy is least where class k gets the probability w_k p_k / sum_j w_j p_j. What is
    seen in one pixel of ten, and weighs ten times as much, is called the likelier one: lesions grow by all
    of the rim that a network is unsure of. Dividing by the weights gives p_k back.

    Args:
        probabilities: After the softmax.
        weights: One per class; none: nothing is changed.
    """
    if not weights:
        return probabilities
    shape = (1, -1) + (1,) * (probabilities.ndim - 2)
    parts = probabilities / torch.tensor(tuple(weights), device=probabilities.device).view(shape)
    return parts / parts.sum(1, keepdim=True)


def weighted_mean(loss: Tensor, weights: Tensor | None) -> Tensor:
    """Mean over all pixels of weight times loss; both (B, H, W), or no weights."""
    return (loss if weights is None else loss * weights).mean()


def focal_loss(logits: Tensor, target: Tensor, gamma: float = GAMMA) -> Tensor:
    """Focal loss ``-(1 - p_t)^gamma log p_t`` of each pixel (Lin et al. 2017, no alpha).

    Args:
        logits: (B, 1, H, W), before the sigmoid.
        target: (B, H, W), 0 or 1.
        gamma: 0 gives the cross-entropy.

    Returns:
        (B, H, W).
    """
    sign = 2.0 * target.float() - 1
    log_likelihood = functional.logsigmoid(sign * logits[:, 0])
    return -((1 - log_likelihood.exp()) ** gamma) * log_likelihood


def pixel_loss(logits: Tensor, target: Tensor, gamma: float = GAMMA) -> Tensor:
    """Loss (B, H, W) of one output: focal for one channel, cross-entropy for several."""
    if logits.shape[1] == 1:
        return focal_loss(logits, target, gamma)
    return functional.cross_entropy(logits, target, reduction="none")


def total_loss(
    outputs: Sequence[Tensor],
    target: Tensor,
    *,
    class_weights: Sequence[float] | None,
    is_deep: bool,
    gamma: float = GAMMA,
) -> Tensor:
    """Weighted sum over the six outputs, each against the mask of full resolution.

    Args:
        outputs: Logits of p1 ... p6, each (B, C, H, W).
        target: Class numbers (B, H, W).
        class_weights: None: every pixel weighs 1.
        is_deep: False: only p6 counts, with weight 1 (the ablation without deep supervision).
        gamma: Of the focal loss.
    """
    weights = None if class_weights is None else class_weight_map(target, class_weights)
    if not is_deep:
        return weighted_mean(pixel_loss(outputs[-1], target, gamma), weights)
    parts = [
        factor * weighted_mean(pixel_loss(logits, target, gamma), weights)
        for factor, logits in zip(SUPERVISION, outputs, strict=True)
    ]
    return torch.stack(parts).sum()


def boundary_classes(mask: Tensor) -> Tensor:
    """Class numbers of CT: 0 background, 1 lesion, 2 boundary = mask minus its 3x3 erosion.

    Args:
        mask: (B, H, W), 0 or 1; what lies beyond the slice counts as lesion.
    """
    lesion = mask.float()[:, None]
    eroded = 1 - functional.max_pool2d(1 - lesion, 3, 1, 1)
    return (lesion + (lesion - eroded))[:, 0].long()
