"""Asking a field for the samples of rays: all of them to learn, front to back to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Samples
from medview.zoo.fields.weights import weights_of

_T = TypeVar("_T", Tensor, Rays)

DARKEST = 1e-4
"""Transmittance below which nothing behind is seen any more."""
_FAINTEST = 1e-5
"""Weight below which a sample's colour is not seen."""
_BLOCK = 24
_WORTH_GATHERING = 0.5
"""Part of the samples up to which it is quicker to leave the others out."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a field said.

    Args:
        weights: (R, S), 0 where it was not asked.
        colour: (R, 3) sum of the samples' colours by weight.
        count: How many samples it was asked for.
    """

    weights: Tensor
    colour: Tensor
    count: int


def asked(field: Field, rays: Rays, samples: Samples) -> Answers:
    """Weights and colours of all samples that are wanted, with their slopes."""
    query = _Query(field, rays, samples.middles, _numbers(samples.kept))
    weights = weights_of(query.spread(query.densities()), samples.lengths)
    return Answers(weights, _mixed(weights, query.spread(query.colours())), query.count)


def marched(field: Field, rays: Rays, samples: Samples) -> Answers:
    """The same, a few samples at a time; what cannot be seen any more is not asked for."""
    middles, lengths = samples.middles, samples.lengths
    kept = lengths > 0 if samples.kept is None else samples.kept & (lengths > 0)
    weights, colour = torch.zeros_like(middles), middles.new_zeros((len(rays), 3))
    clear, count = middles.new_ones(len(rays)), 0
    for start in range(0, middles.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        wanted = kept[:, block] & (clear >= DARKEST)[:, None]
        alive = _numbers(wanted.any(1))
        query = _Query(field, _of(rays, alive), _of(middles[:, block], alive), _numbers(_of(wanted, alive)))
        if not query.count:
            continue
        found = weights_of(query.spread(query.densities()), _of(lengths[:, block], alive))
        found *= _of(clear, alive)[:, None]
        _add(weights[:, block], alive, found)
        _add(colour, alive, _mixed(found, query.bright_colours(found)))
        _add(clear, alive, -found.sum(1))
        count += query.count
    return Answers(weights, colour, count)


class _Query:
    """One question to a field.

    Positions and directions are laid out coordinate by coordinate: fields work on whole columns of them.

    Args:
        field: Whom.
        rays: R of them.
        middles: (R, S) distances.
        chosen: (N,) numbers of the wanted ones among all R S; None for all, which needs no gathering.
    """

    def __init__(self, field: Field, rays: Rays, middles: Tensor, chosen: Tensor | None) -> None:
        self._field, self._rays, self._shape, self._chosen = field, rays, middles.shape, chosen
        self.count = middles.numel() if chosen is None else len(chosen)
        self._directions = self._each(rays.directions.T)
        places = torch.addcmul(rays.origins.T[..., None], rays.directions.T[..., None], middles)
        self._positions = self._wanted(places.flatten(1)).T
        self._features = middles.new_zeros(0)

    def densities(self) -> Tensor:
        """Density (N,)."""
        times = None if self._rays.times is None else self._each(self._rays.times)
        sigma, self._features = self._field.density(self._positions, times)
        return sigma

    def colours(self, which: Tensor | None = None) -> Tensor:
        """Colours of the wanted samples of these numbers, or of all of them; after `densities`."""
        views = None if self._rays.views is None else _of(self._each(self._rays.views), which)
        if which is None:
            return self._field.colour(self._features, self._directions.T, views)
        directions = self._directions.index_select(1, which).T
        return self._field.colour(self._features.index_select(0, which), directions, views)

    def bright_colours(self, weights: Tensor) -> Tensor:
        """Colours (R, S, 3) where weights (R, S) can be seen; 0 elsewhere, unless gathering would not pay."""
        is_bright = self._wanted(weights.reshape(-1) > _FAINTEST)
        if int(is_bright.count_nonzero()) > _WORTH_GATHERING * self.count:
            return self.spread(self.colours())
        bright = is_bright.nonzero()[:, 0]
        found = self.colours(bright)
        everywhere = found.new_zeros((self.count, 3)).index_copy(0, bright, found)
        return self.spread(everywhere)

    def spread(self, values: Tensor) -> Tensor:
        """Values (N, ...) at their places (R, S, ...), 0 elsewhere."""
        shape = (*self._shape, *values.shape[1:])
        if self._chosen is None:
            return values.reshape(shape)
        empty = values.new_zeros((self._shape.numel(), *values.shape[1:]))
        return empty.index_copy(0, self._chosen, values).reshape(shape)

    def _each(self, of_rays: Tensor) -> Tensor:
        """What belongs to rays (..., R), for each wanted sample: (..., N)."""
        repeated = of_rays[..., None].expand(*of_rays.shape, self._shape[1])
        if self._chosen is None:
            return repeated.reshape(*of_rays.shape[:-1], -1)
        rays = torch.div(self._chosen, self._shape[1], rounding_mode="floor")
        return of_rays.index_select(-1, rays)

    def _wanted(self, of_samples: Tensor) -> Tensor:
        """What belongs to samples (..., R S), for the wanted ones: (..., N)."""
        return of_samples if self._chosen is None else of_samples.index_select(-1, self._chosen)


def _numbers(kept: Tensor | None) -> Tensor | None:
    """Numbers of what is kept among all, counted through; None for all of it."""
    if kept is None or bool(kept.all()):
        return None
    return kept.reshape(-1).nonzero()[:, 0]


def _of(values: _T, chosen: Tensor | None) -> _T:
    return values if chosen is None else values[chosen]


def _add(to: Tensor, chosen: Tensor | None, values: Tensor) -> None:
    if chosen is None:
        to += values
    else:
        to.index_add_(0, chosen, values)


def _mixed(weights: Tensor, colours: Tensor) -> Tensor:
    """Sum (R, 3) of colours (R, S, 3) by weight (R, S)."""
    return torch.bmm(weights[:, None], colours)[:, 0]
