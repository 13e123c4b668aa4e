"""The network of "Stroke-cross-attention" (Gomez Hernandez, Universidad Industrial de Santander, 2023).

A U-Net of six levels whose skips pass through additive cross-attention, with six outputs. At each level, with
encoder features X_e and up-sampled decoder features X_d:

    S = ReLU(W_e X_e + W_d X_d),   a = sigmoid(W_S S),   X_re = a X_e

Deviations and choices, where the thesis is silent: widths 32, 64, 128, 256, 512, 512 and one bottleneck
block; half the encoder's channels in S, biases on W_d and W_S only; decoder features are up-sampled to the
size of the skip, since 224 is no multiple of 64, which admits every size from 64 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.segment.stroke_lesion.settings import WIDTHS


class Prediction(NamedTuple):
    """What the network says of a batch of slices.

    Args:
        logits: p1 ... p6 before sigmoid or softmax, coarsest first, each (B, classes, H, W).
        attention: a of levels 1 ... 6, finest first, each (B, 1, h, w) in [0, 1]; empty without attention.
    """

    logits: tuple[Tensor, ...]
    attention: tuple[Tensor, ...]

    def probabilities(self) -> tuple[Tensor, ...]:
        """p1 ... p6 in [0, 1]: sigmoid of one channel, softmax over several."""
        return tuple(probability(logits) for logits in self.logits)


def probability(logits: Tensor) -> Tensor:
    """Sigmoid of one channel (B, 1, ...), softmax over several (B, C, ...)."""
    return torch.sigmoid(logits) if logits.shape[1] == 1 else torch.softmax(logits, dim=1)


class ConvBlock(nn.Sequential):
    """Twice: 3x3 convolution, batch normalisation, ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        layers: list[nn.Module] = []
        for channels in (channels_in, channels_out):
            layers += [
                nn.Conv2d(channels, channels_out, 3, padding=1),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(inplace=True),
            ]
        super().__init__(*layers)


class CrossAttention(nn.Module):
    """Additive cross-attention between a skip and what comes up from below.

    Args:
        channels_skip: Channels of X_e.
        channels_up: Channels of X_d.
    """

    def __init__(self, channels_skip: int, channels_up: int) -> None:
        super().__init__()
        inner = channels_skip // 2
        self.of_skip = nn.Conv2d(channels_skip, inner, 1, bias=False)
        self.of_up = nn.Conv2d(channels_up, inner, 1)
        self.score = nn.Conv2d(inner, 1, 1)

    def forward(self, skip: Tensor, up: Tensor) -> Tensor:
        """Map X_e (B, C, h, w) and X_d (B, D, h, w) to a (B, 1, h, w) in [0, 1]."""
        mixed = functional.relu(self.of_skip(skip) + self.of_up(up))
        return torch.sigmoid(self.score(mixed))


class DecoderLevel(nn.Module):
    """Up-sampling to the skip's size, attention where wanted, concatenation, a conv block."""

    def __init__(self, channels_up: int, channels_skip: int, with_attention: bool) -> None:
        super().__init__()
        self.attention = CrossAttention(channels_skip, channels_up) if with_attention else None
        self.block = ConvBlock(channels_up + channels_skip, channels_skip)

    def forward(self, below: Tensor, skip: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map (B, D, h', w') and (B, C, h, w) to (B, C, h, w) and a (B, 1, h, w)."""
        up = functional.interpolate(below, skip.shape[-2:], mode="bilinear", align_corners=False)
        a = None if self.attention is None else self.attention(skip, up)
        kept = skip if a is None else a * skip
        return self.block(torch.cat([up, kept], dim=1)), a


class StrokeNet(nn.Module):
    """Slices of several maps in, six lesion probabilities and six attention maps out.

    Args:
        maps: Number of input channels.
        classes: Channels of each output: 1 (MRI) or 3 (CT).
        widths: Channels of the encoder levels, finest first.
        with_attention: Filter the skips.
        with_bottleneck: A conv block below the last pooling.
    """

    def __init__(
        self,
        maps: int = 3,
        classes: int = 1,
        widths: Sequence[int] = WIDTHS["paper"],
        *,
        with_attention: bool = True,
        with_bottleneck: bool = True,
    ) -> None:
        super().__init__()
        inputs = [maps, *widths[:-1]]
        self.encoder = nn.ModuleList(ConvBlock(i, o) for i, o in zip(inputs, widths, strict=True))
        self.bottleneck = ConvBlock(widths[-1], widths[-1]) if with_bottleneck else nn.Identity()
        below = [*widths[1:], widths[-1]]
        self.decoder = nn.ModuleList(
            DecoderLevel(up, skip, with_attention) for up, skip in zip(below, widths, strict=True)
        )
        self.heads = nn.ModuleList(nn.Conv2d(width, classes, 1) for width in widths)

    def forward(self, x: Tensor, *, need_all: bool = True) -> Prediction:
        """Map (B, maps, H, W) in [0, 1], H and W at least 64, to logits (B, classes, H, W) and attention.

        Without `need_all` only the finest output p6 is computed.
        """
        size = x.shape[-2:]
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottleneck(x)
        logits, attention = [], []
        for level in reversed(range(len(skips))):
            x, a = self.decoder[level](x, skips[level])
            attention.append(a)
            if need_all or level == 0:
                logits.append(_resized(self.heads[level](x), size))
        found = tuple(a.float() for a in reversed(attention) if a is not None)
        return Prediction(tuple(logits), found)


def _resized(logits: Tensor, size: torch.Size) -> Tensor:
    if logits.shape[-2:] != size:
        logits = functional.interpolate(logits, size, mode="bilinear", align_corners=False)
    return logits.float()
