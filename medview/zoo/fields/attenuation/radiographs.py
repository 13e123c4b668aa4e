"""Simulated radiographs: what each ray of an orbit loses in a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.zoo.fields.attenuation.orbit import Orbit
from medview.zoo.fields.attenuation.radiation import WATER_PER_MM, with_photon_noise
from medview.zoo.fields.attenuation.ray_paths import exact_integrals, grid_rays, inside


@dataclass(frozen=True, eq=False, kw_only=True)
class Radiographs:
    """Rays that meet the scan's grid, and what was measured along them.

    Args:
        starts: (n, 3) in parts of the grid.
        steps: (n, 3) how far a millimetre leads.
        measured: (n,) integrals of attenuation in units of water's, mm: millimetres of water.
        view: (n,) number of the radiograph of each ray.
        count: Number of radiographs.
    """

    starts: Tensor
    steps: Tensor
    measured: Tensor
    view: Tensor
    count: int

    def of_view(self, view: int) -> Radiographs:
        """The rays of one radiograph."""
        chosen = self.view == view
        return Radiographs(
            starts=self.starts[chosen],
            steps=self.steps[chosen],
            measured=self.measured[chosen],
            view=self.view[chosen],
            count=self.count,
        )


def simulate(
    relative: Tensor,
    geometry: Geometry,
    orbit: Orbit,
    ctx: RunContext,
    *,
    photons: float = 0.0,
    share: tuple[float, float] = (0.0, 0.0),
) -> Radiographs:
    """Radiographs of a scan, by exact integrals through its voxels.

    Args:
        relative: (I, J, K) attenuation in units of water's.
        geometry: Of the scan.
        orbit: Of source and detector.
        ctx: Hears of progress, may cancel, and seeds the noise.
        photons: I0; 0: no noise.
        share: Progress at the beginning and at the end.
    """
    rng, found = ctx.generator(1), []
    for view in range(orbit.views):
        ctx.progress(share[0] + (share[1] - share[0]) * view / orbit.views, "Simulating radiographs")
        starts, steps = grid_rays(geometry, *orbit.rays(view), str(relative.device))
        enter, leave = inside(starts, steps)
        meets = leave > enter
        starts, steps = starts[meets], steps[meets]
        exact = exact_integrals(relative, starts, steps)
        if photons > 0:
            noisy = with_photon_noise(exact.cpu().numpy() * np.float32(WATER_PER_MM), photons, rng)
            exact = torch.as_tensor(noisy / np.float32(WATER_PER_MM), device=exact.device)
        found.append((starts, steps, exact, torch.full((len(starts),), view, device=exact.device)))
    starts, steps, measured, numbers = (torch.cat(parts) for parts in zip(*found, strict=True))
    return Radiographs(starts=starts, steps=steps, measured=measured, view=numbers, count=orbit.views)
