"""A grid that remembers where nothing is, so that a field is not asked there (P09, sampling)."""

from __future__ import annotations

import torch
from torch import Tensor

from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Sampler, Samples

EVERY, DECAY, LEAST, SETTLING = 16, 0.95, 0.01, 256
_CHUNK = 65536


class OccupancySampler(Sampler):
    """The intervals of another sampler without those in empty cells.

    Every 16 steps a cell keeps the larger of 0.95 times its number and of density times step at a random
    place in it; it is empty where that is at most 0.01. For the first 256 steps no cell counts as empty.

    Args:
        inner: Chooses the intervals.
        cells: A side: 64 or 128.
        step: Length that a density is multiplied with, in the scene.
    """

    levels: Tensor
    is_settled: Tensor

    def __init__(self, inner: Sampler, cells: int, step: float) -> None:
        super().__init__()
        self.inner, self.cells, self.step = inner, cells, step
        self.register_buffer("levels", torch.zeros(cells, cells, cells))
        self.register_buffer("is_settled", torch.zeros((), dtype=torch.bool))

    def sample(self, rays: Rays, field: Field, generator: torch.Generator | None) -> Samples:
        """Choose intervals and mark those whose middle lies in a cell with content."""
        samples = self.inner.sample(rays, field, generator)
        if not bool(self.is_settled):
            return samples
        places = rays.origins[:, None] + rays.directions[:, None] * samples.middles[..., None]
        kept = self._is_full(field, places.detach().reshape(-1, 3)).view_as(samples.middles)
        kept = kept if samples.kept is None else kept & samples.kept
        return Samples(samples.t_starts, samples.t_ends, kept, samples.proposals)

    @torch.no_grad()
    def refresh(self, step: int, field: Field, generator: torch.Generator) -> None:
        """After every sixteenth step, look at one place in each cell."""
        if step % EVERY:
            return
        found = torch.cat([self._looked_at(field, part, generator) for part in self._cells()])
        self.levels.copy_(torch.maximum(DECAY * self.levels, found.view_as(self.levels) * self.step))
        self.is_settled.fill_(step >= SETTLING)

    def _cells(self) -> tuple[Tensor, ...]:
        return torch.arange(self.cells**3, device=self.levels.device).split(_CHUNK)

    def _looked_at(self, field: Field, numbers: Tensor, generator: torch.Generator) -> Tensor:
        """Density (N,) at a random place of each of these cells of the box, at a random time."""
        device = numbers.device
        corner = torch.stack(torch.unravel_index(numbers, self.levels.shape), -1)
        place = (corner + torch.rand((len(numbers), 3), generator=generator, device=device)) / self.cells
        times = torch.rand(len(numbers), generator=generator, device=device)
        return field.density(field.space.place(place), times)[0]

    def _is_full(self, field: Field, positions: Tensor) -> Tensor:
        place = (field.space.unit(positions) * self.cells).long().clamp(max=self.cells - 1)
        return self.levels[place[:, 0], place[:, 1], place[:, 2]] > LEAST
