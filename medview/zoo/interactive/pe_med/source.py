"""Batches of random scenes, made while the training runs: none is seen twice, nothing lies on the disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from medview.measure.clicks import Mask
from medview.zoo.interactive.pe_med.scenes import make_scene
from medview.zoo.interactive.pe_med.shapes import Floats
from medview.zoo.learning.draws import Batch, Draw


@dataclass(frozen=True, kw_only=True)
class SceneSource:
    """Scenes for one training after another, given step by step.

    Args:
        dims: 2 or 3.
        sides: Sides of the grids that batches are drawn on, alike often; multiples of 16.
        later_sides: The same, from step `switch` on.
        switch: See there.
        pixels: That a batch holds, about, so that every batch costs the same.
    """

    dims: int
    sides: tuple[int, ...]
    later_sides: tuple[int, ...]
    switch: int
    pixels: int

    def draw(self, rng: np.random.Generator, step: int) -> Draw:
        """Draw the size of a batch and the seeds of its scenes."""
        sides = self.later_sides if step >= self.switch else self.sides
        side = int(sides[rng.integers(len(sides))])
        count = max(2, round(self.pixels / side**self.dims))
        seeds = [int(seed) for seed in rng.integers(2**40, size=count)]
        return Draw(step=step, indices=(), mixing={"side": side, "seeds": seeds})

    def batch(self, draw: Draw, device: torch.device) -> Batch:
        """Make what was drawn."""
        side, seeds = draw.mixing["side"], draw.mixing["seeds"]
        scenes = [example((side,) * self.dims, int(seed)) for seed in seeds]
        images, targets = (np.stack(part)[:, None].astype(np.float32) for part in zip(*scenes, strict=True))
        return Batch(
            torch.from_numpy(images).to(device),
            torch.from_numpy(targets).to(device),
            np.zeros((len(scenes), 2), np.int64),
            np.zeros(len(scenes)),
        )


def example(shape: tuple[int, ...], seed: int) -> tuple[Floats, Mask]:
    """The image (*S), 0 to 1, of a scene, and one of the objects in it."""
    rng = np.random.default_rng(seed)
    image, bits = make_scene(shape, rng)
    shown = [number for number in range(8) if ((bits >> number) & 1).any()]
    target: NDArray[np.bool_] = ((bits >> shown[rng.integers(len(shown))]) & 1).astype(bool)
    return (image / 255).astype(np.float32), target
