"""The exponential that makes a density of a network's output, with a slope that cannot explode."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_MOST = 15.0


class _BoundedExponential(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, raw: Tensor) -> Tensor:
        ctx.save_for_backward(raw)
        return raw.clamp(max=_MOST).exp_()

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (raw,) = ctx.saved_tensors
        return slopes[0] * torch.exp(raw.clamp(-_MOST, _MOST))


def density_of(raw: Tensor) -> Tensor:
    """``sigma = exp(h)``, clamped at h <= 15; slope ``g exp(clamp(h, -15, 15))`` (P09, network A)."""
    sigma: Tensor = _BoundedExponential.apply(raw)
    return sigma
