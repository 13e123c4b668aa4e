"""Losses of fields (P09, losses)."""

from __future__ import annotations

from torch import Tensor


def rgb_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """``1/|B| sum_r |C(r) - C*(r)|^2`` over rays (B, 3): three times the mean squared error."""
    return (found - wanted).square().sum(-1).mean()


def distortion_loss(weights: Tensor, edges: Tensor) -> Tensor:
    """``sum_ij w_i w_j |m_i - m_j| + 1/3 sum_i w_i^2 (s_{i+1} - s_i)``, mean over rays (Mip-NeRF 360, 15).

    Middles rise along a ray, so the double sum is ``2 sum_i w_i (m_i W_i - M_i)`` with sums W of weights
    and M of weighted middles before i.

    Args:
        weights: (R, S).
        edges: (R, S + 1), 0 to 1 on each ray.
    """
    middles, lengths = (edges[:, 1:] + edges[:, :-1]) / 2, edges[:, 1:] - edges[:, :-1]
    weighted = weights * middles
    before = weights.cumsum(-1) - weights
    weighted_before = weighted.cumsum(-1) - weighted
    between = 2 * (weights * (middles * before - weighted_before)).sum(-1)
    within = (weights.square() * lengths).sum(-1) / 3
    return (between + within).mean()


def depth_loss(found: Tensor, known: Tensor) -> Tensor:
    """Mean absolute error of expected distances (B,) where a distance is known (above 0); else 0."""
    is_known = known > 0
    return ((found - known).abs() * is_known).sum() / is_known.sum().clamp(min=1)
