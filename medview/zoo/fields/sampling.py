"""Where along its ray a field is asked: samplers are separate from fields and from the renderer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays


@dataclass(frozen=True, eq=False)
class Histogram:
    """Weights on intervals of rays, as a proposal network gives them.

    Args:
        edges: (R, S + 1) distances along the rays, rising.
        weights: (R, S), not negative.
    """

    edges: Tensor
    weights: Tensor


@dataclass(frozen=True, eq=False)
class Samples:
    """S intervals on each of R rays; a field is asked in their middle.

    Args:
        t_starts: (R, S) distances, rising.
        t_ends: (R, S); the end of one is the start of the next.
        kept: (R, S) intervals that the field is asked for, nothing being in the others; None for all.
        proposals: What led to them, for the sampler's own losses.
    """

    t_starts: Tensor
    t_ends: Tensor
    kept: Tensor | None = None
    proposals: tuple[Histogram, ...] = ()

    @property
    def middles(self) -> Tensor:
        """(R, S) distances at which the field is asked."""
        return (self.t_starts + self.t_ends) / 2

    @property
    def lengths(self) -> Tensor:
        """(R, S) delta."""
        return self.t_ends - self.t_starts


class Sampler(nn.Module):
    """Chooses intervals; may have parameters of its own, which are trained and kept with the field's."""

    @abstractmethod
    def sample(self, rays: Rays, field: Field, generator: torch.Generator | None) -> Samples:
        """Choose intervals between `near` and `far` of each ray.

        Args:
            rays: R of them, on the interval where the field has content.
            field: What will be asked; a sampler may look at its density.
            generator: Random numbers of a training step, on the rays' device; None: not at random.
        """

    def losses(self, samples: Samples, weights: Tensor) -> Mapping[str, Tensor]:  # noqa: ARG002
        """Weighted losses that teach the sampler, given the final weights (R, S); none by default."""
        return {}

    def refresh(self, step: int, field: Field, generator: torch.Generator) -> None:
        """Look at the field again after a training step; nothing by default."""


class UniformSampler(Sampler):
    """Intervals of equal length; in training their edges are drawn at random, stratified.

    Args:
        count: S, intervals on each ray.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def sample(self, rays: Rays, field: Field, generator: torch.Generator | None) -> Samples:  # noqa: ARG002
        """Choose `count` intervals between near and far."""
        edges = uniform_edges(len(rays), self.count, generator, rays.near.device)
        edges = torch.addcmul(rays.near[:, None], (rays.far - rays.near)[:, None], edges)
        return Samples(edges[:, :-1], edges[:, 1:])


class ConeSampler(Sampler):
    """Intervals of one length that grow with the distance, like what a pixel covers (Instant-NGP).

    An interval at distance t is ``max(step, cone t)`` long.

    Args:
        step: Shortest length, in the scene.
        cone: Growth per distance.
        most: Most intervals on a ray; where they do not reach `far`, the rest is not seen.
    """

    def __init__(self, step: float, cone: float, most: int) -> None:
        super().__init__()
        self.step, self.cone, self.most = step, cone, most

    def sample(self, rays: Rays, field: Field, generator: torch.Generator | None) -> Samples:  # noqa: ARG002
        """Choose intervals from near to far; those beyond the end have no length and are not asked for."""
        first, last = self._number(rays.near), self._number(rays.far)
        count = int(min(self.most, max(1, int((last - first).amax().ceil()))))
        device = rays.near.device
        shift = torch.zeros(len(rays), device=device)
        if generator is not None:
            shift = torch.rand(len(rays), generator=generator, device=device)
        numbers = first[:, None] + torch.arange(count + 1, device=device) - shift[:, None]
        edges = self._distance(numbers).clamp(rays.near[:, None], rays.far[:, None])
        return Samples(edges[:, :-1], edges[:, 1:], edges[:, 1:] > edges[:, :-1])

    def _number(self, distance: Tensor) -> Tensor:
        """How many intervals lie before a distance."""
        turn = self.step / self.cone
        growing = (distance.clamp(min=turn) / turn).log() / self.cone
        return distance.clamp(max=turn) / self.step + growing

    def _distance(self, number: Tensor) -> Tensor:
        """The distance before which so many intervals lie."""
        turn = self.step / self.cone
        beyond = (number - 1 / self.cone).clamp(min=0)
        return number.clamp(max=1 / self.cone) * self.step + turn * torch.expm1(beyond * self.cone)


def uniform_edges(rays: int, count: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
    """Edges (rays, count + 1) from 0 to 1: equally spaced, or each at random between its neighbours' middles.

    With random edges every place of a ray is the middle of an interval at some step.
    """
    edges = torch.linspace(0, 1, count + 1, device=device).expand(rays, count + 1)
    if generator is None:
        return edges
    shifts = torch.rand((rays, count + 1), generator=generator, device=device) - 0.5
    return (edges + shifts / count).clamp(0, 1)
