"""The networks of "Simultaneous synthesis of FLAIR and segmentation of white matter hypointensities".

Orbes-Arteaga et al., 2018: a generator G makes FLAIR from T1, a segmenter C finds lesions in both; both are
the U-Net of Li et al. (NeuroImage 183:650, 2018), G with a leaky ReLU where C has a sigmoid.

Deviations and choices, where the paper is silent: widths and kernels are those of Li et al. (64, 96, 128,
256, 512; 5x5 in the finest block on the way down), skips are padded inputs rather than cropped maps, so that
sizes must be multiples of 16; the leaky ReLU has a slope of 0.3, the default of the framework of Li et al.:
a small slope would make negative z-scores hard to reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.blocks import DoublingConv
from medview.zoo.synthesize.flair_wmh.preparation import FACTOR
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, has_flair

SLOPE = 0.3


class Prediction(NamedTuple):
    """What the networks say of a batch of slices.

    Args:
        flair: (B, 1, H, W) synthetic FLAIR in standard deviations, or None for T1 alone.
        lesions: (B, 1, H, W) logit of the lesion probability.
    """

    flair: Tensor | None
    lesions: Tensor


def _pair(channels_in: int, channels_out: int, kernel: int) -> nn.Sequential:
    """Twice convolution, batch normalisation, ReLU."""
    first = nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)
    return _with_second(first, channels_out, kernel)


def _up_pair(channels_below: int, width: int) -> nn.Sequential:
    """As `_pair`, on what comes up, doubled, beside a skip of `width` channels."""
    return _with_second(DoublingConv(channels_below, width, width), width, 3)


def _with_second(first: nn.Module, width: int, kernel: int) -> nn.Sequential:
    second = nn.Conv2d(width, width, kernel, padding=kernel // 2)
    return nn.Sequential(*_activated(first, width), *_activated(second, width))


def _activated(convolution: nn.Module, width: int) -> tuple[nn.Module, ...]:
    return convolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)


class UNet(nn.Module):
    """The U-Net of Li et al. with one linear output channel.

    Args:
        channels_in: Channels of the input.
        widths: Channels of the four levels, finest first, and of the bottom.
    """

    def __init__(self, channels_in: int, widths: Sequence[int] = WIDTHS["paper"]) -> None:
        super().__init__()
        levels = list(widths[:-1])
        self.down = nn.ModuleList(
            _pair(before, width, 3 if place else 5)
            for place, (before, width) in enumerate(zip([channels_in, *levels[:-1]], levels, strict=True))
        )
        self.bottom = _pair(levels[-1], widths[-1], 3)
        self.up = nn.ModuleList(
            _up_pair(below, width)
            for below, width in zip([widths[-1], *levels[:0:-1]], levels[::-1], strict=True)
        )
        self.head = nn.Conv2d(levels[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W), H and W multiples of 16, to (B, 1, H, W)."""
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for block, skip in zip(self.up, reversed(skips), strict=True):
            x = block((x, skip))
        out: Tensor = self.head(x)
        return out


class Generator(nn.Module):
    """G: T1 in, FLAIR out, both in standard deviations from the mean."""

    def __init__(self, widths: Sequence[int] = WIDTHS["paper"]) -> None:
        super().__init__()
        self.net = UNet(1, widths)

    def forward(self, t1: Tensor) -> Tensor:
        """Map (B, 1, H, W) to (B, 1, H, W), any size: padded with zeros to multiples of 16 and cut back."""
        return functional.leaky_relu(_padded(self.net, t1).float(), SLOPE)


class Segmenter(nn.Module):
    """C: T1 and FLAIR in (T1 alone for the unimodal baseline), logit of the lesion probability out."""

    def __init__(self, channels_in: int = 2, widths: Sequence[int] = WIDTHS["paper"]) -> None:
        super().__init__()
        self.net = UNet(channels_in, widths)

    def forward(self, seen: Tensor, as_logits: bool = False) -> Tensor:
        """Map (B, C, H, W) to probabilities (B, 1, H, W) in (0, 1), or to their logits; any size."""
        logits = _padded(self.net, seen).float()
        return logits if as_logits else torch.sigmoid(logits)


def _padded(net: UNet, x: Tensor) -> Tensor:
    rows, columns = x.shape[-2:]
    more = [-rows % FACTOR, -columns % FACTOR]
    if not any(more):
        out: Tensor = net(x)
        return out
    top, left = more[0] // 2, more[1] // 2
    out = net(functional.pad(x, (left, more[1] - left, top, more[0] - top)))
    return out[..., top : top + rows, left : left + columns]


class FlairLesionNet(nn.Module):
    """G and C as one module: what a run needs and a weights file holds.

    Args:
        ablation: ``"none"`` (joint) and ``"offline"`` have both, ``"unimodal"`` has C with T1 alone.
        widths: Channels of the four levels and of the bottom.
    """

    def __init__(self, ablation: str = "none", widths: Sequence[int] = WIDTHS["paper"]) -> None:
        super().__init__()
        self.generator = Generator(widths) if has_flair(ablation) else None
        self.segmenter = Segmenter(2 if has_flair(ablation) else 1, widths)

    def forward(self, t1: Tensor) -> Prediction:
        """Map T1 (B, 1, H, W) in standard deviations to FLAIR and lesion logits."""
        if self.generator is None:
            return Prediction(None, self.segmenter(t1, as_logits=True))
        flair = self.generator(t1)
        return Prediction(flair, self.segmenter(torch.cat([t1, flair], dim=1), as_logits=True))
