"""PE-MED in training: a batch of objects, clicks simulated against the network as it is, one step of Adam.

L(O_0) + L(O_1) after a first click (Self-Loop: the same click twice), L(O_t) after later ones
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from medview.measure.clicks import Mask, overlap, worst_fault
from medview.ml.context import RunContext
from medview.zoo.interactive.pe_med.dialogue import Dialogue, as_masks, places_of
from medview.zoo.interactive.pe_med.losses import click_loss
from medview.zoo.interactive.pe_med.model_folder import KINDS
from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.settings import NetworkSettings
from medview.zoo.interactive.pe_med.simulator import box_start, next_clicks, spoiled
from medview.zoo.learning.draws import Batch
from medview.zoo.learning.workplace import Workplace

FEW, MANY = "few clicks", "many clicks"
MOST_CLICKS = {FEW: 3, MANY: 8}
"""Most clicks that are simulated without learning, before the one that is learned from."""
FIRST_SHARE = 0.25
CORRECTION_SHARE, BOX_SHARE = 0.25, 0.12
CLICKLESS_SHARE = 0.5
"""Of the sessions that begin with a box: the box is all that is said at first."""
KEPT_OF_AVERAGE = 0.99
"""Of the running average of all weights, after each step (ours): single steps of small batches are noisy."""
CUT = 0.49
CLIP = 1.0
JUDGED_CLICKS = 5
Scenes = Sequence[tuple[NDArray[np.float32], Mask]]


def number_of_rounds(phase: str, rng: np.random.Generator) -> int:
    """Clicks before the one that is learned from: 0 in a quarter of the batches, else 1 to 3 (8)."""
    return 0 if rng.random() < FIRST_SHARE else int(rng.integers(1, MOST_CLICKS[phase] + 1))


class PeMedLearner:
    """The network in training.

    Args:
        settings: Of the network.
        learning_rate: Of AdamW.
        held: Images (*S), 0 to 1, and objects to be judged on.
        settled: Batches after which the batch normalisation's averages are fixed.
        overlap_weight: See `click_loss`; 0: the paper's loss.
        has_corrections: Whether some sessions start from a spoiled mask (ours).
    """

    def __init__(
        self,
        settings: NetworkSettings,
        learning_rate: float,
        held: Scenes,
        *,
        settled: int = 150,
        overlap_weight: float = 1.0,
        has_corrections: bool = True,
    ) -> None:
        self.settings, self._held, self._settled = settings, held, settled
        self._overlap_weight = overlap_weight
        self._corrections = CORRECTION_SHARE if has_corrections else 0.0
        self.net, self.average = PeMed(settings), PeMed(settings)
        self.average.load_state_dict(self.net.state_dict())
        self.average.requires_grad_(requires_grad=False)
        optimiser = AdamW(self.net.parameters(), learning_rate, weight_decay=0.01, fused=True)
        optimiser.register_step_pre_hook(self._clip)
        self.modules: Mapping[str, nn.Module] = {"net": self.net, "average": self.average}
        self.optimisers: Mapping[str, Optimizer] = {"adam": optimiser}

    def _settle(self) -> None:
        """Fix the averages of the batch normalisation in time.

        All sessions of a batch stand at the same click, so that its own averages say which click it is. An
        answer to one person cannot know them (measured on slices: Dice after one click 0.49 with the batch's
        averages and 0.31 with the running ones).
        """
        norm = self.net.decoder.norm
        norm.train(int(norm.num_batches_tracked or 0) < self._settled)

    @torch.no_grad()
    def _follow(self) -> None:
        """Let the average follow the network: it is what is judged and kept."""
        for mean, now in zip(self.average.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(now, 1 - KEPT_OF_AVERAGE)
        for kept, count in zip(self.average.buffers(), self.net.buffers(), strict=True):
            kept.copy_(count)

    def _clip(self, *_step: object) -> None:
        nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)

    def step(self, batch: Batch, phase: str, place: Workplace) -> Mapping[str, Tensor]:
        """One step down the loss of the next answer."""
        rng = np.random.default_rng(int(torch.randint(2**31, (1,))))
        truths, net = as_masks(batch.targets), place.module("net")
        dialogue, is_fresh = self._begun(batch, truths, rng)
        rounds = number_of_rounds(phase, rng)
        net.eval()
        with torch.no_grad(), place.autocast():
            for number in range(rounds):
                for _ in range(1 + (is_fresh and number == 0)):
                    dialogue.remember(dialogue.answer(net))
                _click(dialogue, truths, dialogue.masks(CUT), rng)
        net.train()
        self._settle()
        losses = []
        for _ in range(1 + (is_fresh and rounds == 0)):
            with place.autocast():
                logits = dialogue.answer(net)
            losses.append(click_loss(logits.float()[..., 0], batch.targets[:, 0], self._overlap_weight))
            dialogue.remember(logits)
        total = torch.stack(losses).sum()
        place.descend("adam", total)
        self._follow()
        scores = [overlap(truth, mask) for truth, mask in zip(truths, dialogue.masks(), strict=True)]
        return {"total": total, "dice": torch.tensor(scores).mean()}

    def _begun(
        self, batch: Batch, truths: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Dialogue, bool]:
        """Sessions with their first click, and whether they start from nothing, so that Self-Loop is on."""
        images = batch.images[:, 0].cpu().numpy()
        kind = rng.random()
        is_correction = kind < self._corrections
        is_boxed = not is_correction and kind < self._corrections + BOX_SHARE
        start, masks = None, np.zeros_like(truths)
        if is_correction:
            masks = np.stack([spoiled(truth, rng) for truth in truths])
            start = masks.astype(np.float32)
        elif is_boxed:
            start = np.stack([box_start(truth, rng) for truth in truths])
        dialogue = Dialogue(self.settings, images, start, batch.images.device)
        if not is_boxed or rng.random() >= CLICKLESS_SHARE:
            _click(dialogue, truths, masks, rng)
        return dialogue, not is_correction

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Mean Dice after each of five clicks into the middle of the worst fault, and the mean of these."""
        curves = []
        for image, truth in self._held:
            ctx.check_cancelled()
            curves.append(middle_curve(place.bare("average"), self.settings, image, truth, JUDGED_CLICKS))
        means = np.mean(curves, 0)
        return {"validation_dice": float(means.mean())} | {
            f"validation_dice_{number}": float(value) for number, value in enumerate(means, 1)
        }

    def kept(self) -> Mapping[str, Tensor]:
        """The averaged network."""
        prefix = KINDS[self.settings.dims]
        return {f"{prefix}.{name}": tensor for name, tensor in self.average.state_dict().items()}

    def picture(self, place: Workplace) -> None:
        """None: figures say more than one object."""


def _click(
    dialogue: Dialogue, truths: NDArray[np.bool_], masks: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    """One more click in each session, against the masks that were found."""
    rows = zip(truths, masks, dialogue.clicks, strict=True)
    dialogue.say([next_clicks(truth, mask, places_of(said), rng) for truth, mask, said in rows])


@torch.inference_mode()
def middle_curve(
    net: nn.Module, settings: NetworkSettings, image: NDArray[np.float32], truth: Mask, clicks: int
) -> list[float]:
    """Dice after each of some clicks into the middle of the worst fault, the first one looped once.

    Args:
        net: In evaluation mode.
        settings: Its own.
        image: (*S), 0 to 1, on the network's grid.
        truth: (*S).
        clicks: How many.
    """
    device = next(net.parameters()).device
    dialogue, curve, mask = Dialogue(settings, image[None], device=device), [], np.zeros_like(truth)
    for number in range(clicks):
        fault = worst_fault(truth, mask, places_of(dialogue.clicks[0]))
        if fault is not None:
            dialogue.say([[fault.middle()]])
            for _ in range(2 if number == 0 else 1):
                dialogue.remember(dialogue.answer(net))
            mask = dialogue.masks()[0]
        curve.append(overlap(truth, mask))
    return curve
