"""Asking a field for the samples of rays: all of them to learn, front to back to look."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Samples
from medview.zoo.fields.weights import weights_of

DARKEST = 1e-4
"""Transmittance below which nothing behind is seen any more."""
_FAINTEST = 1e-5
"""Weight below which a sample's colour is not seen."""
_BLOCK = 8


@dataclass(frozen=True, eq=False)
class Answers:
    """What a field said.

    Args:
        sigma: (R, S), 0 where it was not asked.
        colours: (R, S, 3), 0 where it was not asked.
        count: How many samples it was asked for.
    """

    sigma: Tensor
    colours: Tensor
    count: int


def asked(field: Field, rays: Rays, samples: Samples) -> Answers:
    """Densities and colours of all samples that are wanted, with their slopes."""
    chosen = _numbers(samples.kept, samples.middles)
    query = _Query(field, rays, samples.middles, chosen)
    sigma, colours = query.densities(), query.colours(query.everything)
    return Answers(
        _spread(sigma, chosen, samples.middles), _spread(colours, chosen, samples.middles), len(chosen)
    )


def marched(field: Field, rays: Rays, samples: Samples) -> Answers:
    """The same, a few samples at a time; what cannot be seen any more is not asked for."""
    middles, lengths = samples.middles, samples.lengths
    kept = lengths > 0 if samples.kept is None else samples.kept & (lengths > 0)
    sigma, colours = torch.zeros_like(middles), middles.new_zeros((*middles.shape, 3))
    clear, count = middles.new_ones(len(rays)), 0
    for start in range(0, middles.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        wanted = kept[:, block] & (clear >= DARKEST)[:, None]
        alive = wanted.any(1).nonzero()[:, 0]
        if not len(alive):
            continue
        chosen = _numbers(wanted[alive], middles[alive, block])
        query = _Query(field, rays[alive], middles[alive, block], chosen)
        found = _spread(query.densities(), chosen, middles[alive, block])
        seen = clear[alive, None] * weights_of(found, lengths[alive, block])
        bright = (seen.view(-1)[chosen] > _FAINTEST).nonzero()[:, 0]
        sigma[alive, block] = found
        colours[alive, block] = _spread(query.colours(bright), chosen[bright], middles[alive, block])
        clear[alive] -= seen.sum(1)
        count += len(chosen)
    return Answers(sigma, colours, count)


class _Query:
    """One question to a field.

    Args:
        field: Whom.
        rays: R of them.
        middles: (R, S) distances.
        chosen: (N,) numbers of the wanted ones among all R S.
    """

    def __init__(self, field: Field, rays: Rays, middles: Tensor, chosen: Tensor) -> None:
        self._field, self._rays = field, rays
        self._ray = torch.div(chosen, middles.shape[1], rounding_mode="floor")
        self._directions = rays.directions[self._ray]
        self._positions = rays.origins[self._ray] + self._directions * middles.reshape(-1)[chosen, None]
        self._features = middles.new_zeros(0)

    @property
    def everything(self) -> slice:
        return slice(None)

    def densities(self) -> Tensor:
        times = None if self._rays.times is None else self._rays.times[self._ray]
        sigma, self._features = self._field.density(self._positions, times)
        return sigma

    def colours(self, which: Tensor | slice) -> Tensor:
        views = None if self._rays.views is None else self._rays.views[self._ray][which]
        return self._field.colour(self._features[which], self._directions[which], views)


def _numbers(kept: Tensor | None, like: Tensor) -> Tensor:
    if kept is None:
        return torch.arange(like.numel(), device=like.device)
    return kept.reshape(-1).nonzero()[:, 0]


def _spread(values: Tensor, chosen: Tensor, like: Tensor) -> Tensor:
    """Values (N, ...) at their places (R, S, ...), 0 elsewhere."""
    shape = (*like.shape, *values.shape[1:])
    if len(chosen) == like.numel():
        return values.reshape(shape)
    empty = values.new_zeros((like.numel(), *values.shape[1:]))
    return empty.index_copy(0, chosen, values).reshape(shape)
