"""The losses of APU-Net (Zhou, Zhang et al. 2020): weighted cross entropy and the inclusion prior.

The weight generator and its bound are our reading: w = 5 softmax(tanh z), so that every weight lies in
[0.164, 3.244] and their mean is 1. Unbounded, the minimum over w would put all weight on an absent class.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.segment.cardiac_pathology.settings import CLASSES

THRESHOLD = 0.01
"""Support below which a label counts as absent in the hinged penalty."""
TOGETHER = 1 - 1e-3
"""Where the product of both supports reaches this, they are together already."""


class WeightGenerator(nn.Module):
    """Class weights from a slice; used in training only.

    Five convolutions of stride 2 with 16, 32, 64, 64, 64 channels, batch normalisation and ReLU, a 1x1
    convolution to the classes, and the mean over all places.
    """

    def __init__(self, classes: int = len(CLASSES)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels_in, channels_out in ((1, 16), (16, 32), (32, 64), (64, 64), (64, 64)):
            layers += [
                nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(inplace=True),
            ]
        self.body = nn.Sequential(*layers, nn.Conv2d(64, classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map slices (B, 1, H, W) to positive weights (B, classes) of mean 1."""
        z = self.body(x).float().mean(dim=(2, 3))
        return z.shape[1] * torch.softmax(torch.tanh(z), dim=1)


def weighted_cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Equation 3: -(1/N) sum over pixels and classes of w_i Y_i log p_i.

    Args:
        logits: (B, C, H, W).
        target: (B, C, H, W), soft labels that sum to 1.
        weights: (B, C); None: all 1, the plain cross entropy.
    """
    likelihood = functional.log_softmax(logits.float(), dim=1) * target
    if weights is not None:
        likelihood = likelihood * weights[:, :, None, None]
    return -likelihood.sum(dim=1).mean()


def neighbourhood_penalty(a: Tensor, b: Tensor, mode: str = "hinged") -> Tensor:
    """Equation 4: the mean over all pixels of 1[a > 0] 1[b > 0] (1 - a - b).

    Soft supports are never 0, so that read literally the indicators are 1 everywhere and 1 - a - b may be
    below 0. ``hinged`` counts a support from 0.01 on, only where a b < 0.999, and never below 0.

    Args:
        a: Support of the inner label, any shape, in [0, 1].
        b: Support of the outer label.
        mode: ``"literal"`` or ``"hinged"``.
    """
    gap = 1 - a - b
    if mode == "literal":
        shown = (a > 0) & (b > 0)
        return (gap * shown).mean()
    shown = (a > THRESHOLD) & (b > THRESHOLD) & (a * b < TOGETHER)
    return (gap.clamp(min=0) * shown).mean()


def inclusion_loss(probability: Tensor, mode: str = "hinged") -> Tensor:
    """Equation 5: no-reflow lies inside the infarct, and the infarct inside the myocardium.

    Args:
        probability: (B, 5, H, W), background, cavity, normal myocardium, infarction, no-reflow.
        mode: See `neighbourhood_penalty`.
    """
    normal, infarct, core = probability[:, 2], probability[:, 3], probability[:, 4]
    whole = core + infarct
    return neighbourhood_penalty(core, whole, mode) + neighbourhood_penalty(whole, whole + normal, mode)
