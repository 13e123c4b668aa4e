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
from medview.zoo.fields.marching import Answers, asked, marched
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Sampler, Samples

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
    ask = asked if torch.is_grad_enabled() else marched
    return _gathered(ask(field, rays, samples), samples)


def _up_to(samples: Samples, t_max: Tensor) -> Samples:
    """Intervals cut where something stands in the way."""
    end = t_max[:, None]
    before = samples.t_starts < end
    kept = before if samples.kept is None else before & samples.kept
    return Samples(samples.t_starts.minimum(end), samples.t_ends.minimum(end), kept, samples.proposals)


def _gathered(answers: Answers, samples: Samples) -> Rendered:
    weights, middles = answers.weights, samples.middles
    opacity = weights.sum(-1)
    total = opacity.clamp(min=_TINY)
    depth = (weights * middles).sum(-1) / total
    with torch.no_grad():
        spread = ((weights * (middles - depth[:, None]) ** 2).sum(-1) / total).sqrt()
    return Rendered(answers.colour, opacity, depth, spread, weights, samples, answers.count)
