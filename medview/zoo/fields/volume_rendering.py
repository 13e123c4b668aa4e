"""From densities and colours along rays to pictures (P09, sampling and rendering).

``alpha_i = 1 - exp(-sigma_i delta_i)``, ``T_i = prod_{j<i} (1 - alpha_j)``, ``w_i = T_i alpha_i``,
``C = sum w_i c_i + (1 - sum w_i) c_bg``, ``D = sum w_i t_i / sum w_i``.
Nothing here knows data sets, trainers or windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from medview.zoo.fields.field import Field
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Sampler, Samples

DARKEST = 1e-4
"""Transmittance below which nothing behind is seen any more."""
_BLOCK = 8
_TINY = 1e-10


@dataclass(frozen=True, eq=False)
class Rendered:
    """What R rays see.

    Args:
        colour: (R, 3) premultiplied by opacity: over black.
        opacity: (R,) sum of the weights, 0 to 1.
        depth: (R,) expected distance along the ray; means nothing where opacity is about 0.
        spread: (R,) standard deviation of that distance under the ray's weights.
        weights: (R, S).
        samples: Where the field was asked.
        asked: How many samples the field was asked for.
    """

    colour: Tensor
    opacity: Tensor
    depth: Tensor
    spread: Tensor
    weights: Tensor
    samples: Samples
    asked: int

    def over(self, background: Tensor) -> Tensor:
        """Colour (R, 3) over a background (R, 3) or (3,)."""
        return self.colour + (1 - self.opacity)[:, None] * background


def weights_of(sigma: Tensor, lengths: Tensor) -> Tensor:
    """Weights w (R, S) of samples of density (R, S) on intervals of some length (R, S)."""
    thickness = sigma * lengths
    before = torch.cumsum(thickness, -1) - thickness
    return torch.exp(-before) * (1 - torch.exp(-thickness))


def render_rays(
    field: Field,
    sampler: Sampler,
    rays: Rays,
    generator: torch.Generator | None = None,
    t_max: Tensor | None = None,
) -> Rendered:
    """See a field along rays.

    Args:
        field: What is seen.
        sampler: Chooses where it is asked.
        rays: R of them.
        generator: Random numbers of a training step; None: not at random.
        t_max: (R,) distance beyond which nothing is seen, such as that of a surface; None for none.
    """
    near, far = field.space.interval(rays.origins, rays.directions, rays.near, rays.far)
    samples = sampler.sample(rays.within(near, far), field, generator)
    if t_max is not None:
        samples = _up_to(samples, t_max)
    if torch.is_grad_enabled():
        kept = torch.ones_like(samples.t_starts, dtype=torch.bool) if samples.kept is None else samples.kept
        sigma, colours = _asked(field, rays, samples.middles, samples.kept)
        return _gathered(sigma, colours, samples, int(kept.sum()))
    return _gathered(*_marched(field, rays, samples))


def _up_to(samples: Samples, t_max: Tensor) -> Samples:
    """Intervals cut where something stands in the way."""
    end = t_max[:, None]
    before = samples.t_starts < end
    kept = before if samples.kept is None else before & samples.kept
    return Samples(samples.t_starts.minimum(end), samples.t_ends.minimum(end), kept, samples.proposals)


def _asked(field: Field, rays: Rays, middles: Tensor, kept: Tensor | None) -> tuple[Tensor, Tensor]:
    """Densities (R, S) and colours (R, S, 3) at these distances; 0 where they are not wanted."""
    count, depth = middles.shape
    chosen = None if kept is None else kept.reshape(-1).nonzero()[:, 0]
    which = torch.arange(count * depth, device=middles.device) if chosen is None else chosen
    ray = torch.div(which, depth, rounding_mode="floor")
    directions = rays.directions[ray]
    positions = rays.origins[ray] + directions * middles.reshape(-1)[which, None]
    sigma, features = field.density(positions, None if rays.times is None else rays.times[ray])
    colours = field.colour(features, directions, None if rays.views is None else rays.views[ray])
    if chosen is not None:
        sigma = sigma.new_zeros(count * depth).index_copy(0, chosen, sigma)
        colours = colours.new_zeros((count * depth, 3)).index_copy(0, chosen, colours)
    return sigma.reshape(count, depth), colours.reshape(count, depth, 3)


def _marched(field: Field, rays: Rays, samples: Samples) -> tuple[Tensor, Tensor, Samples, int]:
    """From front to back, a few samples at a time; rays that see nothing more drop out."""
    middles, lengths = samples.middles, samples.lengths
    kept = lengths > 0 if samples.kept is None else samples.kept & (lengths > 0)
    sigma, colours = torch.zeros_like(middles), middles.new_zeros((*middles.shape, 3))
    thickness, asked = middles.new_zeros(len(rays)), 0
    for start in range(0, middles.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        wanted = kept[:, block] & (torch.exp(-thickness) >= DARKEST)[:, None]
        alive = wanted.any(1).nonzero()[:, 0]
        if not len(alive):
            continue
        found = _asked(field, rays[alive], middles[alive, block], wanted[alive])
        sigma[alive, block], colours[alive, block] = found
        thickness[alive] += (found[0] * lengths[alive, block]).sum(1)
        asked += int(wanted.sum())
    return sigma, colours, samples, asked


def _gathered(sigma: Tensor, colours: Tensor, samples: Samples, asked: int) -> Rendered:
    weights = weights_of(sigma, samples.lengths)
    middles, opacity = samples.middles, weights.sum(-1)
    total = opacity.clamp(min=_TINY)
    depth = (weights * middles).sum(-1) / total
    with torch.no_grad():
        spread = ((weights * (middles - depth[:, None]) ** 2).sum(-1) / total).sqrt()
    colour = (weights[..., None] * colours).sum(1)
    return Rendered(colour, opacity, depth, spread, weights, samples, asked)
