"""Fitting a field to radiographs: line integrals of what it says, compared with what was measured.

Zha et al. 2022, equations 2 and 4: the integral along a ray is the sum of attenuation times length over
samples, one drawn in each of equal pieces; the loss is the mean squared difference over a batch of rays.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from medview.ml.context import RunContext
from medview.zoo.fields.attenuation.network import AttenuationField
from medview.zoo.fields.attenuation.radiographs import Radiographs
from medview.zoo.fields.attenuation.ray_paths import points_along
from medview.zoo.fields.attenuation.settings import Settings

SCALE_MM = 100.0
"""Loss is told in squares of so much water."""
_DECAY = 0.1
_PREVIEW_S = 4.0
_BATCH_POINTS = 2**17


def line_integrals(
    field: Callable[[Tensor], Tensor],
    starts: Tensor,
    steps: Tensor,
    samples: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Integrals (n,) of a callable field along rays, by one sample in each of equal pieces."""
    points, length = points_along(starts, steps, samples, generator)
    values = field(points.reshape(-1, 3)).view(len(starts), samples)
    return values.sum(dim=1) * length


def fit(
    field: AttenuationField,
    seen: Radiographs,
    settings: Settings,
    samples: int,
    ctx: RunContext,
    *,
    show: Callable[[], None],
    share: tuple[float, float],
) -> None:
    """Train a field in place.

    Args:
        field: Fresh.
        seen: What to learn from.
        settings: Steps, rays, learning rate.
        samples: Points on a ray.
        ctx: Hears of progress and the loss; may cancel.
        show: Called every few seconds, to show how far the field is.
        share: Progress at the beginning and at the end.
    """
    device = seen.measured.device
    generator = torch.Generator(device=device).manual_seed(ctx.seed)
    optimiser = torch.optim.Adam(field.parameters(), lr=settings.adam_rate, betas=(0.9, 0.99), eps=1e-15)
    fading = torch.optim.lr_scheduler.ExponentialLR(optimiser, _DECAY ** (1 / settings.steps))
    shown_s = time.monotonic()
    for step in range(settings.steps):
        part = step / settings.steps
        ctx.progress(share[0] + (share[1] - share[0]) * part, f"Learning, step {step} of {settings.steps}")
        chosen = torch.randint(len(seen.measured), (settings.rays,), generator=generator, device=device)
        integral = line_integrals(field, seen.starts[chosen], seen.steps[chosen], samples, generator)
        loss = ((integral - seen.measured[chosen]) / SCALE_MM).square().mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        fading.step()
        ctx.report(step, {"loss": float(loss.detach())})
        if time.monotonic() - shown_s > _PREVIEW_S:
            show()
            shown_s = time.monotonic()


def projection_error(
    field: Callable[[Tensor], Tensor], seen: Radiographs, samples: int, ctx: RunContext
) -> float:
    """Mean absolute difference between a field's line integrals and measured ones, in mm of water."""
    chunk, total = max(1, _BATCH_POINTS // samples), 0.0
    with torch.no_grad():
        for at in range(0, len(seen.measured), chunk):
            ctx.check_cancelled()
            part = slice(at, at + chunk)
            found = line_integrals(field, seen.starts[part], seen.steps[part], samples)
            total += float((found - seen.measured[part]).abs().sum())
    return total / max(1, len(seen.measured))
