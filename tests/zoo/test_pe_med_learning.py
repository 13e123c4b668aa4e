"""PE-MED learns: on a few slices by heart, and through the trainer, which resumes bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from pe_med_parts import SMALL
from torch.optim import Adam

from medview.measure.clicks import overlap, worst_fault
from medview.ml.context import RunContext
from medview.zoo.interactive.pe_med.dialogue import Dialogue
from medview.zoo.interactive.pe_med.learner import FEW, PeMedLearner, middle_curve
from medview.zoo.interactive.pe_med.losses import normalised_focal_loss
from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.source import SceneSource
from medview.zoo.learning.draws import seed_torch, step_generator
from medview.zoo.learning.workplace import Workplace, new_accelerator

PLACES = ((20, 20), (40, 24), (24, 44), (42, 42))


def ellipses() -> tuple[np.ndarray, np.ndarray]:
    """Four slices of 64 pixels, each with one bright ellipse and a dark one beside it."""
    rng, i, j = np.random.default_rng(0), *np.mgrid[:64, :64]
    truths = np.stack([((i - a) / 12) ** 2 + ((j - b) / 8) ** 2 < 1 for a, b in PLACES])
    others = truths[::-1]
    images = np.clip(0.5 + 0.3 * truths - 0.3 * (others & ~truths) + rng.normal(0, 0.05, truths.shape), 0, 1)
    return images.astype(np.float32), truths


def test_four_slices_are_learned_by_heart_from_one_click_each() -> None:
    torch.manual_seed(0)
    net, (images, truths) = PeMed(SMALL), ellipses()
    adam = Adam(net.parameters(), 1e-3)
    clicks = [[worst_fault(truth, np.zeros_like(truth)).middle()] for truth in truths]
    target = torch.from_numpy(truths).float()
    for _ in range(150):
        dialogue = Dialogue(SMALL, images)
        dialogue.say(clicks)
        loss = normalised_focal_loss(dialogue.answer(net)[..., 0], target)
        adam.zero_grad()
        loss.backward()
        adam.step()
    net.eval()
    dialogue = Dialogue(SMALL, images)
    dialogue.say(clicks)
    with torch.inference_mode():
        dialogue.remember(dialogue.answer(net))
    scores = [overlap(truth, mask) for truth, mask in zip(truths, dialogue.masks(), strict=True)]
    assert min(scores) >= 0.95


def learner() -> PeMedLearner:
    torch.manual_seed(0)
    return PeMedLearner(SMALL, 1e-3, list(zip(*ellipses(), strict=True)), settled=2)


def steps(count: int) -> tuple[PeMedLearner, list[float]]:
    """A few steps of a training on random scenes."""
    made = learner()
    place = Workplace(new_accelerator("cpu", "no"), made.modules, made.optimisers)
    source = SceneSource(dims=2, sides=(32, 48), later_sides=(32,), switch=99, pixels=2 * 32**2)
    losses = []
    for step in range(count):
        batch = source.batch(source.draw(step_generator(1, 0, step), step), place.device)
        seed_torch(1, 0, step)
        losses.append(float(made.step(batch, FEW, place)["total"].detach()))
    return made, losses


def test_a_training_repeats_bit_for_bit_and_fixes_its_averages_in_time() -> None:
    made, losses = steps(5)
    assert losses == steps(5)[1]
    assert np.isfinite(losses).all()
    assert int(made.net.decoder.norm.num_batches_tracked) in (2, 3)


def test_judging_says_dice_after_each_of_five_clicks(tmp_path: Path) -> None:
    made = learner()
    place = Workplace(new_accelerator("cpu", "no"), made.modules, made.optimisers)
    place.set_training(False)
    scores = made.judge(place, RunContext(scratch=tmp_path))
    each = [scores[f"validation_dice_{number}"] for number in range(1, 6)]
    assert scores["validation_dice"] == np.mean(each)


def test_a_mask_that_is_right_is_not_clicked_again() -> None:
    class Knowing(torch.nn.Module):
        calls = 0

        def __init__(self, truth: np.ndarray) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self._logits = torch.from_numpy(np.where(truth, 9.0, -9.0))[None, ..., None]

        def forward(self, *_given: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return self._logits

    images, truths = ellipses()
    net = Knowing(truths[0])
    assert middle_curve(net, SMALL, images[0], truths[0], 5) == [1.0] * 5
    assert net.calls == 2
