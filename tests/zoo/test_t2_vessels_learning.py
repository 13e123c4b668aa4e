"""The network learns: a handful of slices by heart, and vessels rather than decoys."""

from __future__ import annotations

import numpy as np
import torch

from medview.measure.overlap import overlap_of
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.objective import VesselObjective
from medview.zoo.segment.t2_vessels.settings import WIDTHS

SIZE = 64


def tube(rng: np.random.Generator, centre: float, spread: float) -> np.ndarray:
    """A bent dark tube two pixels thick, as a mask."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    along = np.linspace(-1, 1, 80)
    angle, bend = rng.uniform(0, np.pi), rng.uniform(-6, 6)
    at_row, at_column = centre + rng.uniform(-spread, spread, 2)
    length = rng.uniform(6, 10)
    row = at_row + length * along * np.sin(angle) + bend * along**2 * np.cos(angle)
    column = at_column + length * along * np.cos(angle) - bend * along**2 * np.sin(angle)
    gap = (rows[..., None] - row) ** 2 + (columns[..., None] - column) ** 2
    return gap.min(-1) <= 1.2


def slices(count: int, seed: int, decoys: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Smooth background, vessels near the middle and, as dark, decoys in a corner: (N, 1, 64, 64) each."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    images, masks = [], []
    for _ in range(count):
        a, b, c = rng.uniform(0.5, 2, 3)
        image = 0.65 + 0.2 * np.sin(2 * np.pi * a * rows + b) * np.cos(2 * np.pi * c * columns)
        mask = tube(rng, 32, 8) | tube(rng, 32, 8)
        dark = mask.copy()
        for _ in range(decoys):
            dark |= tube(rng, 10, 3)
        image = np.where(dark, 0.08, image) + rng.normal(0, 0.02, mask.shape)
        images.append(image.clip(0, 1))
        masks.append(mask)
    return tuple(torch.tensor(np.stack(part)[:, None], dtype=torch.float32) for part in (images, masks))


def learn(widths, radius, images, masks, steps, rate=1e-3):
    """Full-batch training in both phases; returns the objective and the last error of phase 1."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    objective = VesselObjective(
        VesselSynthesisNet(1, widths), is_weighting_learned=True, radius_px=radius
    ).train()
    optimiser = objective.optimiser(rate)
    error = 0.0
    for step in range(sum(steps)):
        losses = objective(images, masks, step >= steps[0])
        optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        optimiser.step()
        if step < steps[0]:
            error = losses["total"].item()
    return objective, error


def dice(objective, images, masks) -> float:
    with torch.inference_mode():
        found = objective.net(images, need_reconstruction=False).vessels >= 0.5
    return overlap_of(masks.numpy() > 0, found.numpy()).dice


def test_eight_slices_are_learned_by_heart():
    images, masks = slices(8, seed=1)
    # reached: error 0.063 after phase 1, Dice 1.00 after 80 steps of phase 2
    objective, error = learn(WIDTHS["small"], 10, images, masks, (40, 90))
    assert error < 0.08
    assert dice(objective, images, masks) > 0.95


def test_with_decoys_the_local_mask_is_no_worse_than_none():
    images, masks = slices(12, seed=2, decoys=3)
    unseen = slices(8, seed=3, decoys=3)
    scores = {
        radius: dice(learn((8, 16, 32, 48), radius, images, masks, (20, 60))[0], *unseen)
        for radius in (10, None)
    }
    assert scores[10] > scores[None] - 0.02
    assert scores[10] > 0.3
