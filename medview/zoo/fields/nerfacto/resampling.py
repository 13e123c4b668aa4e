"""Histograms along rays: drawing new intervals from them, and bounding weights by them.

Barron et al., Mip-NeRF 360, CVPR 2022, section 3 and equations 12 and 13; P09, network B and losses.
"""

from __future__ import annotations

import torch
from torch import Tensor

from medview.zoo.fields.sampling import Histogram

_PADDING = 0.01
_TINY = 1e-7


def resampled(edges: Tensor, weights: Tensor, shares: Tensor) -> Tensor:
    """Where the weights' cumulative sum reaches given shares: the inverse of a piecewise linear function.

    A hundredth is added to each weight, so that no interval is ever given up.

    Args:
        edges: (R, S + 1), rising.
        weights: (R, S), not negative.
        shares: (R, K) 0 to 1, rising.

    Returns:
        (R, K) places between the first and the last edge, rising.
    """
    mass = weights + _PADDING
    sums = torch.cumsum(mass / mass.sum(-1, keepdim=True), -1).clamp(max=1)
    sums = torch.cat([torch.zeros_like(sums[:, :1]), sums], -1)
    above = torch.searchsorted(sums, shares.contiguous(), right=True).clamp(1, weights.shape[1])
    low, high = sums.gather(1, above - 1), sums.gather(1, above)
    start, end = edges.gather(1, above - 1), edges.gather(1, above)
    part = ((shares - low) / (high - low).clamp(min=_TINY)).clamp(0, 1)
    return start + part * (end - start)


def interlevel_loss(proposal: Histogram, edges: Tensor, weights: Tensor) -> Tensor:
    """``sum_i max(0, w_i - bound_i)^2 / w_i``, mean over rays; only the proposal learns from it.

    ``bound_i`` is the sum of the proposal's weights on all its intervals that touch interval i: a proposal
    must have weight wherever the field has.

    Args:
        proposal: (R, P) weights.
        edges: (R, S + 1) of the field's samples.
        weights: (R, S) of them.
    """
    edges, weights = edges.detach().contiguous(), weights.detach()
    sums = torch.cat([torch.zeros_like(proposal.weights[:, :1]), proposal.weights.cumsum(-1)], -1)
    theirs, last = proposal.edges.detach().contiguous(), proposal.weights.shape[1]
    first = (torch.searchsorted(theirs, edges[:, :-1].contiguous(), right=True) - 1).clamp(0, last)
    end = torch.searchsorted(theirs, edges[:, 1:].contiguous()).clamp(0, last)
    bound = sums.gather(1, end) - sums.gather(1, first)
    return ((weights - bound).clamp(min=0).square() / (weights + _TINY)).sum(-1).mean()
