"""Instant-NGP's field (P09, network A).

Positions: hash grid, then ``L F -> 64 -> 16``; the first output is the logarithm of the density, the other
15 go with 16 spherical harmonics of the direction into ``31 -> 64 -> 64 -> 3`` and a sigmoid.
Deviation: sizes of the preset ``cpu-demo`` (P09, CPU demo).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from medview.zoo.fields.density import density_of
from medview.zoo.fields.field import Field
from medview.zoo.fields.harmonics import WIDTH, harmonics
from medview.zoo.fields.hash_grid import GridSize, HashGrid
from medview.zoo.fields.method import Scene
from medview.zoo.fields.networks import perceptron
from medview.zoo.fields.occupancy import OccupancySampler
from medview.zoo.fields.sampling import ConeSampler, Sampler, UniformSampler
from medview.zoo.fields.space import Space, space_of

HIDDEN, GEOMETRY = 64, 15
_FIRST_LEVELS = 2
_STEPS_ACROSS = 1000
_CONE = 0.004


class InstantNgp(Field):
    """The field.

    Args:
        space: Where it has content.
        size: Of the hash grid.
        opens_up: Finer levels come in over the first half of the training, for poses that are refined.
    """

    def __init__(self, space: Space, size: GridSize, *, opens_up: bool = False) -> None:
        super().__init__(space)
        self.grid = HashGrid(size)
        self.base = perceptron(self.grid.width, HIDDEN, 1 + GEOMETRY)
        self.head = perceptron(GEOMETRY + WIDTH, HIDDEN, HIDDEN, 3)
        self._opens_up = opens_up

    def density(self, positions: Tensor, times: Tensor | None = None) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """(N, 3) to sigma (N,) and features (N, 15)."""
        raw = self.base(self.grid(self.space.unit(positions)))
        return density_of(raw[:, 0]), raw[:, 1:]

    def colour(self, features: Tensor, directions: Tensor, views: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """(N, 15) and (N, 3) to (N, 3)."""
        seen: Tensor = self.head(torch.cat([features, harmonics(directions)], -1))
        return torch.sigmoid(seen)

    def advance(self, done: float) -> None:
        """With poses that are refined, alpha rises from 2 to L over the first half."""
        if self._opens_up:
            levels = self.grid.size.levels
            self.grid.open_up(_FIRST_LEVELS + (levels - _FIRST_LEVELS) * min(1.0, 2 * done))


def build(config: Mapping[str, Any], box: ArrayLike) -> Scene:
    """Field and sampler with fresh weights from what the field's folder says."""
    space = space_of(config["space"], box)
    field = InstantNgp(space, GridSize(**config["grid"]), opens_up=config["opens_up"])
    return Scene(field, _sampler(config, box))


def _sampler(config: Mapping[str, Any], box: ArrayLike) -> Sampler:
    corners = np.asarray(box, float).reshape(2, 3)
    diagonal = float(np.linalg.norm(corners[1] - corners[0]))
    step = diagonal / (_STEPS_ACROSS if config["sampler"] == "cone" else config["samples"])
    sampler: Sampler = UniformSampler(config["samples"])
    if config["sampler"] == "cone":
        sampler = ConeSampler(step, _CONE, config["samples"])
    return OccupancySampler(sampler, config["occupancy"], step) if config["occupancy"] else sampler
