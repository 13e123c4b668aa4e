"""The classical answer to the same radiographs: simultaneous algebraic reconstruction.

Andersen AH, Kak AC. Simultaneous algebraic reconstruction technique (SART). Ultrason Imaging 6(1), 1984:
radiograph by radiograph, what is missing along each ray is divided by the ray's length and laid back over the
cells that it crossed, weighted by how much of each ray lies in them; attenuation is kept at 0 or more.

The projector samples a grid along the rays; going back is its exact adjoint, as automatic differentiation
finds it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from medview.ml.context import RunContext
from medview.zoo.fields.attenuation.radiographs import Radiographs
from medview.zoo.fields.attenuation.ray_paths import points_along, sampled

_RELAXATION = 0.5
_GOLDEN = 0.6180339887
_LEAST = 1e-3


def project(values: Tensor, starts: Tensor, steps: Tensor, samples: int) -> Tensor:
    """Line integrals (n,) of a grid (I, J, K) along rays, trilinear between its cells."""
    points, length = points_along(starts, steps, samples, None)
    return sampled(values, points.reshape(-1, 3)).view(len(starts), samples).sum(dim=1) * length


def back_project(
    shape: tuple[int, int, int], along: Tensor, starts: Tensor, steps: Tensor, samples: int
) -> Tensor:
    """The adjoint of `project`: numbers (n,) of rays laid over a grid of that shape."""
    blank = torch.zeros(shape, device=along.device, requires_grad=True)
    (found,) = torch.autograd.grad(project(blank, starts, steps, samples), blank, along)
    return found


def reconstruct(
    seen: Radiographs,
    shape: tuple[int, int, int],
    samples: int,
    sweeps: int,
    ctx: RunContext,
    *,
    share: tuple[float, float],
) -> Tensor:
    """Reconstruct attenuation (I, J, K) in units of water's.

    Args:
        seen: What was measured.
        shape: Cells of the grid.
        samples: Points on a ray.
        sweeps: How often all radiographs are gone through.
        ctx: Hears of progress; may cancel.
        share: Progress at the beginning and at the end.
    """
    values = seen.measured.new_zeros(shape)
    ones = seen.measured.new_ones(shape)
    turns = sweeps * seen.count
    for turn in range(turns):
        ctx.progress(share[0] + (share[1] - share[0]) * turn / turns, "Reconstructing the classical way")
        rays = seen.of_view(_order(turn, seen.count))
        along = (rays.starts, rays.steps, samples)
        lengths = project(ones, *along).clamp(min=_LEAST)
        missing = (rays.measured - project(values, *along)) / lengths
        weights = back_project(shape, torch.ones_like(missing), *along)
        change = back_project(shape, missing, *along) / weights.clamp(min=_LEAST)
        values = (values + _RELAXATION * change).clamp(min=0)
    return values


def _order(turn: int, count: int) -> int:
    """Radiographs one after the other that look from directions far apart."""
    ranks = sorted(range(count), key=lambda view: (view * _GOLDEN) % 1)
    return ranks[turn % count]
