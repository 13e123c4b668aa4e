"""The field of Nerfstudio's Nerfacto, as P09 reads it (network B).

Network A with 32 numbers for each picture that go into the colour network, so that exposure and a light that
moves with the camera do not become fog; where no training picture is meant, their mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from medview.zoo.fields.density import density_of
from medview.zoo.fields.field import Field
from medview.zoo.fields.harmonics import WIDTH, harmonics
from medview.zoo.fields.hash_grid import GridSize, HashGrid
from medview.zoo.fields.method import Scene
from medview.zoo.fields.nerfacto.proposals import ProposalSampler
from medview.zoo.fields.networks import perceptron
from medview.zoo.fields.space import Space, space_of

HIDDEN, GEOMETRY, APPEARANCE = 64, 15, 32


class Nerfacto(Field):
    """Hash grid, ``L F -> 64 -> 16`` for the density, ``15 + 16 + 32 -> 64 -> 64 -> 3`` for the colour.

    Args:
        space: Where it has content.
        size: Of the hash grid.
        views: Number of training pictures.
    """

    def __init__(self, space: Space, size: GridSize, views: int) -> None:
        super().__init__(space)
        self.grid = HashGrid(size)
        self.base = perceptron(self.grid.width, HIDDEN, 1 + GEOMETRY)
        self.head = perceptron(GEOMETRY + WIDTH + APPEARANCE, HIDDEN, HIDDEN, 3)
        self.appearance = nn.Embedding(views, APPEARANCE)

    def density(self, positions: Tensor, times: Tensor | None = None) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """(N, 3) to sigma (N,) and features (N, 15)."""
        raw = self.base(self.grid(self.space.unit(positions)))
        return density_of(raw[:, 0]), raw[:, 1:]

    def colour(self, features: Tensor, directions: Tensor, views: Tensor | None = None) -> Tensor:
        """(N, 15), (N, 3) and (N,) to (N, 3)."""
        mean = self.appearance.weight.mean(0).expand(len(features), APPEARANCE)
        looks = mean if views is None else self.appearance(views)
        seen: Tensor = self.head(torch.cat([features, harmonics(directions), looks], -1))
        return torch.sigmoid(seen)


def build(config: Mapping[str, Any], box: ArrayLike) -> Scene:
    """Field and sampler with fresh weights from what the field's folder says."""
    space = space_of(config["space"], box)
    sizes = [GridSize(**size) for size in config["proposals"]]
    sampler = ProposalSampler(space, sizes, config["proposal_samples"], config["samples"])
    return Scene(Nerfacto(space, GridSize(**config["grid"]), config["views"]), sampler)
