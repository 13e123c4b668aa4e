"""What is minimised, as one module, so that devices and processes see one model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from medview.zoo.segment.cardiac_pathology.losses import (
    WeightGenerator,
    inclusion_loss,
    weighted_cross_entropy,
)
from medview.zoo.segment.cardiac_pathology.network import new_network
from medview.zoo.segment.cardiac_pathology.settings import TrainSettings


class ApuObjective(nn.Module):
    """The network and, where it is wanted, the generator of class weights.

    Args:
        settings: Attention, weighted or plain cross entropy, weight and mode of the penalty.
    """

    def __init__(self, settings: TrainSettings) -> None:
        super().__init__()
        self.net = new_network(settings.network)
        # drawn for every variant, so that all begin with the same network
        generator = WeightGenerator()
        self.generator = generator if settings.awce else None
        self.penalty_weight, self.penalty_mode = settings.penalty_weight, settings.penalty_mode

    def forward(self, images: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Losses of slices (B, 1, H, W) with soft labels (B, 5, H, W): L = L_CE + weight L_N."""
        logits = self.net(images)
        weights = None if self.generator is None else self.generator(images)
        entropy = weighted_cross_entropy(logits, target, weights)
        losses = {"total": entropy, "cross_entropy": entropy}
        if self.penalty_weight > 0:
            penalty = inclusion_loss(torch.softmax(logits.float(), dim=1), self.penalty_mode)
            losses |= {"total": entropy + self.penalty_weight * penalty, "penalty": penalty}
        if weights is not None:
            losses |= {"weight_no_reflow": weights[:, -1].mean(), "weight_background": weights[:, 0].mean()}
        return losses
