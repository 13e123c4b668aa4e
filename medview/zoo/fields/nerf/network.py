"""The first radiance field (P09, network C; Mildenhall et al. 2020), as the reference of the others.

Positions in [-1, 1]^3 as sines and cosines of 2^0 to 2^9 pi times themselves (63 numbers with themselves),
eight layers of 256 with ReLU, the encoded position joining again before the layer numbered 5 from 0;
a density; a feature of 256 that goes with the direction (4 frequencies, 27 numbers) through 128 to a colour.
Deviation: the density is a softplus of its output, not a ReLU, which at times starts and stays at 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.functional import softplus

from medview.zoo.fields.field import Field
from medview.zoo.fields.method import Scene
from medview.zoo.fields.networks import perceptron
from medview.zoo.fields.sampling import UniformSampler
from medview.zoo.fields.space import Space, space_of

PLACE_BANDS, SIGHT_BANDS = 10, 4
_WIDTH, _SEEN_WIDTH = 256, 128
_FIRST, _SECOND = 5, 3


class NerfField(Field):
    """The field."""

    def __init__(self, space: Space) -> None:
        super().__init__(space)
        place, sight = 3 * (1 + 2 * PLACE_BANDS), 3 * (1 + 2 * SIGHT_BANDS)
        self.first = perceptron(place, *[_WIDTH] * _FIRST)
        self.second = perceptron(_WIDTH + place, *[_WIDTH] * _SECOND)
        self.thickness = nn.Linear(_WIDTH, 1)
        self.feature = nn.Linear(_WIDTH, _WIDTH)
        self.head = perceptron(_WIDTH + sight, _SEEN_WIDTH, 3)

    def density(self, positions: Tensor, times: Tensor | None = None) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """(N, 3) to sigma (N,) and features (N, 256)."""
        place = waves(2 * self.space.unit(positions) - 1, PLACE_BANDS)
        halfway = torch.relu(self.first(place))
        deep = torch.relu(self.second(torch.cat([halfway, place], -1)))
        return softplus(self.thickness(deep)[:, 0]), self.feature(deep)

    def colour(self, features: Tensor, directions: Tensor, views: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """(N, 256) and (N, 3) to (N, 3)."""
        return torch.sigmoid(self.head(torch.cat([features, waves(directions, SIGHT_BANDS)], -1)))


def waves(values: Tensor, bands: int) -> Tensor:
    """``(x, sin(2^k pi x), cos(2^k pi x))`` for k from 0 (equation 4): (N, 3) to (N, 3 + 6 bands)."""
    scaled = values[:, None] * (math.pi * 2.0 ** torch.arange(bands, device=values.device))[:, None]
    return torch.cat([values, torch.cat([scaled.sin(), scaled.cos()], -1).flatten(1)], -1)


def build(config: Mapping[str, Any], box: ArrayLike) -> Scene:
    """Field and sampler with fresh weights from what the field's folder says."""
    return Scene(NerfField(space_of(config["space"], box)), UniformSampler(config["samples"]))
