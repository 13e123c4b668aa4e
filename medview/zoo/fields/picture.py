"""A camera's picture of a scene, in pieces that a machine computes in a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from medview.zoo.fields.method import Scene
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.volume_rendering import render_rays

MOST_RAYS = 4096
_FIRST_RAYS, _LEAST_RAYS = 512, 64
_PIECE_S = 0.07


@dataclass(frozen=True, eq=False)
class Seen:
    """What R rays see, as in `medview.zoo.fields.volume_rendering.Rendered`.

    Args:
        colour: (R, 3) premultiplied by opacity.
        opacity: (R,).
        depth: (R,) distance along the ray.
        spread: (R,) its standard deviation under the ray's weights.
        asked: How many samples the field was asked for.
    """

    colour: Tensor
    opacity: Tensor
    depth: Tensor
    spread: Tensor
    asked: int


def seen(
    scene: Scene, rays: Rays, check: Callable[[], None] = lambda: None, t_max: Tensor | None = None
) -> Seen:
    """See a scene along any number of rays.

    Args:
        scene: Field and sampler.
        rays: R of them.
        check: Called between pieces of about 70 ms; may raise to stop.
        t_max: (R,) distance beyond which nothing is seen; None for none.
    """
    parts, asked = [], 0
    with torch.no_grad():
        for piece in _pieces(len(rays)):
            check()
            ends = None if t_max is None else t_max[piece]
            found = render_rays(scene.field, scene.sampler, rays[piece], t_max=ends)
            parts.append((found.colour, found.opacity, found.depth, found.spread))
            asked += found.asked
    colour, opacity, depth, spread = (torch.cat(part) for part in zip(*parts, strict=True))
    return Seen(colour, opacity, depth, spread, asked)


def _pieces(count: int) -> Iterator[slice]:
    """Slices whose length follows how fast the last one went; what is seen does not depend on it."""
    start, length = 0, _FIRST_RAYS
    while start < count:
        began_s = time.perf_counter()
        yield slice(start, min(start + length, count))
        start += length
        pace = _PIECE_S / max(1e-6, time.perf_counter() - began_s)
        length = int(min(MOST_RAYS, max(_LEAST_RAYS, length * min(2.0, pace))))
