"""The field of K-planes: planes and two tiny networks.

Deviations from the paper (Fridovich-Keil et al., CVPR 2023, section 3.4, hybrid model), each for speed on a
CPU and measured to lose nothing on the synthetic abdomen: density and colour both read the planes' features
(the paper's colour reads the density network's output), so that the density costs one hidden layer only; the
direction enters the colour network as it is (the paper: spherical harmonics of it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from medview.zoo.fields.density import density_of
from medview.zoo.fields.field import Field
from medview.zoo.fields.k_planes.planes import Planes
from medview.zoo.fields.k_planes.smoothness import (
    motion,
    total_variation,
    total_variation_in_space,
    unevenness_in_time,
)
from medview.zoo.fields.method import Scene
from medview.zoo.fields.sampling import UniformSampler
from medview.zoo.fields.space import Space, space_of


class KPlanes(Field):
    """Planes, a density network and a colour network.

    Args:
        space: Where it has content.
        resolutions: Nodes of the planes along each axis, one number for each scale.
        channels: Features of each scale.
        instants: Nodes of the planes along time; 0 for a scene at rest.
        hidden: Width of the hidden layer of both networks.
        smoothness: Weights of the regularisers: ``space``, ``time``, ``motion``.
    """

    def __init__(
        self,
        space: Space,
        resolutions: tuple[int, ...],
        channels: int,
        instants: int,
        hidden: int,
        smoothness: Mapping[str, float],
    ) -> None:
        super().__init__(space)
        self.planes = Planes(resolutions, channels, instants)
        width = self.planes.width
        self.thickness = nn.Linear(width, hidden)
        self.thickness_out = nn.Linear(hidden, 1)
        self.tint = nn.Linear(width + 3, hidden)
        self.tint_out = nn.Linear(hidden, 3)
        self._smoothness = dict(smoothness)

    def density(self, positions: Tensor, times: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Density (N,) at positions (N, 3), and what the planes hold there (N, F)."""
        features = self.planes(self.space.unit(positions), times)
        hidden = _columns(self.thickness, features).relu_()
        return density_of(_columns(self.thickness_out, hidden)[0]), features.t()

    def colour(self, features: Tensor, directions: Tensor, views: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Colour (N, 3) from features (N, F) and unit directions (N, 3)."""
        split = features.shape[1]
        hidden = torch.addmm(self.tint.bias[:, None], self.tint.weight[:, :split], features.t())
        hidden.addmm_(self.tint.weight[:, split:], directions.t()).relu_()
        return _columns(self.tint_out, hidden).sigmoid_().t()

    def extra_losses(self) -> Mapping[str, Tensor]:
        """The paper's regularisers, weighted."""
        weights, time = self._smoothness, list(self.planes.time)
        losses = {"smooth": weights["space"] * total_variation(self.planes.space)}
        if time:
            losses["smooth"] = losses["smooth"] + weights["space"] * total_variation_in_space(time)
            losses["smooth_time"] = weights["time"] * unevenness_in_time(time)
            losses["motion"] = weights["motion"] * motion(time)
        return losses


def build(config: Mapping[str, Any], box: ArrayLike) -> Scene:
    """Field and sampler with fresh weights from what the field's folder says."""
    field = KPlanes(
        space_of(config["space"], box),
        tuple(config["resolutions"]),
        config["channels"],
        config["instants"],
        config["hidden"],
        config["smoothness"],
    )
    return Scene(field, UniformSampler(config["samples"]))


def _columns(layer: nn.Linear, columns: Tensor) -> Tensor:
    """A layer for values that stand in columns (F, N): no copy of what the planes give."""
    return torch.addmm(layer.bias[:, None], layer.weight, columns)
