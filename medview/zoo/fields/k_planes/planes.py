"""Planes that a position is looked up in: the whole encoding of K-planes.

Fridovich-Keil et al., K-Planes: Explicit Radiance Fields in Space, Time, and Appearance, CVPR 2023.
Equation 1: ``f(q) = prod_c psi(P_c, pi_c(q))``, psi being bilinear interpolation and pi_c the projection on
plane c: (x,y), (x,z), (y,z), and for scenes that move (x,t), (y,t), (z,t), whose entries start as ones, so
that nothing moves before something is learned. Features of all resolutions are concatenated; only space has
several resolutions.

For speed all planes of one resolution are one tensor, looked up in one call, and features stay
channels first until they leave the field.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

_PAIRS = (0, 1, 0, 2, 1, 2)
_LOWEST_START, _HIGHEST_START = 0.1, 0.5


class Planes(nn.Module):
    """Entries at the nodes of planes.

    Args:
        resolutions: Nodes along x, y and z, one number for each scale.
        channels: Features of each scale.
        instants: Nodes along time; 0 for a scene at rest.
    """

    def __init__(self, resolutions: Sequence[int], channels: int, instants: int = 0) -> None:
        super().__init__()
        self.space = nn.ParameterList(
            nn.Parameter(torch.empty(3, channels, nodes, nodes).uniform_(_LOWEST_START, _HIGHEST_START))
            for nodes in resolutions
        )
        self.time = nn.ParameterList(
            nn.Parameter(torch.ones(3, channels, instants, nodes)) for nodes in resolutions if instants
        )
        self.register_buffer("_pairs", torch.tensor(_PAIRS), persistent=False)

    @property
    def width(self) -> int:
        """Number of features F."""
        return sum(planes.shape[1] for planes in self.space)

    def forward(self, unit: Tensor, times: Tensor | None = None) -> Tensor:
        """Look positions up.

        Args:
            unit: (N, 3) in [0, 1]^3.
            times: (N,) 0 to 1; None: the first instant, where the scene moves.

        Returns:
            (F, N) features, channels first.
        """
        places = torch.add(unit.new_tensor(-1), unit.t(), alpha=2)
        pairs = places.index_select(0, self._pairs).view(3, 2, -1).permute(0, 2, 1)
        features = [_product(planes, pairs) for planes in self.space]
        if self.time:
            moments = torch.full_like(places[0], -1) if times is None else times * 2 - 1
            pairs = torch.stack([places, moments.expand_as(places)], -1)
            features = [
                space * _product(planes, pairs) for space, planes in zip(features, self.time, strict=True)
            ]
        return features[0] if len(features) == 1 else torch.cat(features)


def _product(planes: Tensor, pairs: Tensor) -> Tensor:
    """Product (C, N) of what three planes (3, C, H, W) hold at pairs (3, N, 2) of -1 to 1, W's first."""
    found = functional.grid_sample(planes, pairs[:, None], align_corners=True, padding_mode="border")
    first, second, third = found[:, :, 0]
    # slopes need the product of two; to look at a picture, nothing is kept
    return first * second * third if torch.is_grad_enabled() else first.mul_(second).mul_(third)
