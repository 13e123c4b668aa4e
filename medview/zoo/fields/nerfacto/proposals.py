"""Two small density fields that say where on a ray the large one is worth asking (P09, network B)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from medview.zoo.fields.density import density_of
from medview.zoo.fields.field import Field
from medview.zoo.fields.hash_grid import GridSize, HashGrid
from medview.zoo.fields.nerfacto.resampling import interlevel_loss, resampled
from medview.zoo.fields.networks import perceptron
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Histogram, Sampler, Samples, uniform_edges
from medview.zoo.fields.space import Space
from medview.zoo.fields.weights import weights_of

HIDDEN = 16
_ANNEALED_BY, _SLOPE = 1000, 10.0


class ProposalNetwork(nn.Module):
    """Density only: hash grid, then ``L F -> 16 -> 1``.

    Args:
        space: As the field's.
        size: Of the hash grid.
    """

    def __init__(self, space: Space, size: GridSize) -> None:
        super().__init__()
        self.space = space
        self.grid = HashGrid(size)
        self.base = perceptron(self.grid.width, HIDDEN, 1)

    def forward(self, positions: Tensor) -> Tensor:
        """Density (N,) at positions (N, 3)."""
        return density_of(self.base(self.grid(self.space.unit(positions)))[:, 0])


class ProposalSampler(Sampler):
    """Draws intervals from what the proposal networks found, one after the other.

    The first intervals are equally long up to a distance of half the box's longest side, and beyond it
    equally long in the inverse of the distance.

    Args:
        space: As the field's.
        sizes: Of the proposal networks' hash grids.
        counts: Intervals on a ray for each of them.
        count: Intervals that the field is asked for.
    """

    done: Tensor

    def __init__(self, space: Space, sizes: Sequence[GridSize], counts: Sequence[int], count: int) -> None:
        super().__init__()
        self.networks = nn.ModuleList(ProposalNetwork(space, size) for size in sizes)
        self._counts, self._count = tuple(counts), count
        # how far the annealing is, 0 to 1; kept with the weights, so that a resumed training goes on
        self.register_buffer("done", torch.zeros(()))
        self._unit = float((space.box[1] - space.box[0]).amax() / 2)

    def sample(self, rays: Rays, field: Field, generator: torch.Generator | None) -> Samples:  # noqa: ARG002
        """Choose intervals; in training the proposals are kept for `losses`."""
        shares = uniform_edges(len(rays), self._counts[0], generator, rays.near.device)
        nearest, farthest = self._spaced(rays.near)[:, None], self._spaced(rays.far)[:, None]
        spaced = nearest + (farthest - nearest) * shares
        proposals: list[Histogram] = []
        for network, count in zip(self.networks, (*self._counts[1:], self._count), strict=True):
            edges = self._distance(spaced)
            weights = _weights(network, rays, edges)
            proposals.append(Histogram(edges, weights))
            shares = uniform_edges(len(rays), count, generator, rays.near.device)
            spaced = resampled(spaced, weights.detach() ** self.annealing, shares)
        edges = self._distance(spaced)
        return Samples(edges[:, :-1], edges[:, 1:], None, tuple(proposals) if self.training else ())

    @property
    def annealing(self) -> float:
        """Power of the weights, rising from 0 (all alike) to 1 (as found): ``10 x / (9 x + 1)``."""
        done = float(self.done)
        return _SLOPE * done / ((_SLOPE - 1) * done + 1)

    def losses(self, samples: Samples, weights: Tensor) -> Mapping[str, Tensor]:
        """The interlevel loss of each proposal, summed; its weight is 1."""
        edges = torch.cat([samples.t_starts, samples.t_ends[:, -1:]], 1)
        parts = [interlevel_loss(proposal, edges, weights) for proposal in samples.proposals]
        return {"interlevel": torch.stack(parts).sum()}

    def refresh(self, step: int, field: Field, generator: torch.Generator) -> None:  # noqa: ARG002
        """Trust the proposals a little more."""
        self.done.fill_(min(1.0, step / _ANNEALED_BY))

    def _spaced(self, distance: Tensor) -> Tensor:
        """0 to 1 along a ray: linear up to half the box, then in the inverse of the distance."""
        far = distance / self._unit
        return torch.where(far < 1, far / 2, 1 - 0.5 / far.clamp(min=1))

    def _distance(self, spaced: Tensor) -> Tensor:
        """The other way round."""
        beyond = 0.5 / (1 - spaced.clamp(0.5, 1 - 1e-6))
        return torch.where(spaced < 0.5, 2 * spaced, beyond) * self._unit


def _weights(network: nn.Module, rays: Rays, edges: Tensor) -> Tensor:
    middles = (edges[:, 1:] + edges[:, :-1]) / 2
    positions = rays.origins[:, None] + rays.directions[:, None] * middles[..., None]
    sigma = network(positions.reshape(-1, 3)).view_as(middles)
    return weights_of(sigma, edges[:, 1:] - edges[:, :-1])
