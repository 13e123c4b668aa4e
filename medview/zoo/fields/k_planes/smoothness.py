"""What keeps planes plausible where few rays pass: the regularisers of K-planes (section 3.2).

The paper's sums over nodes and channels are means here, so that a weight means the same at every resolution.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def total_variation(planes: Iterable[Tensor]) -> Tensor:
    """Mean square difference of neighbouring nodes, both ways, summed over planes (3, C, H, W)."""
    parts = [_square(each.diff(dim=-1)) + _square(each.diff(dim=-2)) for each in planes]
    return torch.stack(parts).sum()


def unevenness_in_time(planes: Iterable[Tensor]) -> Tensor:
    """Mean square second difference along time, summed over planes (3, C, T, H): sudden moves cost."""
    return torch.stack([_square(each.diff(n=2, dim=-2)) for each in planes]).sum()


def motion(planes: Iterable[Tensor]) -> Tensor:
    """Mean distance of time planes from 1, summed over planes: what does not move belongs to space."""
    return torch.stack([(each - 1).abs().mean() for each in planes]).sum()


def total_variation_in_space(planes: Iterable[Tensor]) -> Tensor:
    """Mean square difference of neighbours in space, summed over time planes (3, C, T, H)."""
    return torch.stack([_square(each.diff(dim=-1)) for each in planes]).sum()


def _square(values: Tensor) -> Tensor:
    # one pass forward and one back, where `values.pow(2).mean()` takes two each
    flat = values.reshape(-1)
    return torch.dot(flat, flat) / max(1, flat.numel())
