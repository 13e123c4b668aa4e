"""What is minimised in each phase, as one module, so that devices and processes see one model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from medview.zoo.segment.t2_vessels.losses import TaskWeighting, phase2_losses, reconstruction_loss
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet


class VesselObjective(nn.Module):
    """The network and the weights of its two tasks.

    Args:
        net: The network.
        is_weighting_learned: Uncertainty weighting; otherwise both tasks weigh the same.
        radius_px: Dilation of the local attention mask; None for no mask.
        with_entropy: See `phase2_losses`.
    """

    def __init__(
        self,
        net: VesselSynthesisNet,
        *,
        is_weighting_learned: bool,
        radius_px: int | None,
        with_entropy: bool = False,
    ) -> None:
        super().__init__()
        self.net = net
        self.weighting = TaskWeighting(learned=is_weighting_learned)
        self.radius_px, self.with_entropy = radius_px, with_entropy

    def forward(self, images: Tensor, masks: Tensor, is_joint: bool) -> dict[str, Tensor]:
        """Losses of images (B, M, H, W) and masks (B, 1, H, W); ``total`` is what is minimised.

        Phase 1 (`is_joint` false) leaves the synthesis branch out of the computation: it is frozen.
        """
        if not is_joint:
            rebuilt = self.net(images, need_vessels=False).reconstruction
            return {"total": reconstruction_loss(rebuilt, images)}
        vessels, rebuilt = self.net(images)
        segmentation, local = phase2_losses(
            (vessels, rebuilt), images, masks, self.radius_px, with_entropy=self.with_entropy
        )
        total = self.weighting(segmentation, local)
        return {"total": total, "segmentation": segmentation, "local": local}

    def optimiser(self, learning_rate: float, weighting_rate: float = 1e-3) -> torch.optim.Adam:
        """Adam with the betas of pix2pix, and a learning rate of its own for the task weights."""
        groups = [
            {"params": list(self.net.parameters()), "lr": learning_rate},
            {"params": list(self.weighting.parameters()), "lr": weighting_rate, "is_fixed_rate": True},
        ]
        return torch.optim.Adam(groups, betas=(0.5, 0.999))
