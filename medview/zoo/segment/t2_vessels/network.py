"""The network of "Learned Local Attention Maps for Synthesising Vessel Segmentations from T2 MRI".

Deo et al., SASHIMI 2023, LNCS 14288, pp. 32-41, section 2. One encoder, a residual bottleneck, two kinds of
output branch: R rebuilds the input, S synthesises vessels and takes the features of R at its deepest block.

Deviations and choices, where the paper is silent: widths 64, 128, 256, 384 (found by matching the published
totals of 26.7 M and 33.4 M parameters), 3x3 kernels of stride 1 (four poolings of 400 pixels allow no other),
leaky ReLU of slope 0.2, affine instance normalisation, nearest-neighbour up-sampling before a convolution,
a vessel output that begins at a probability of 0.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from medview.zoo.blocks import ConvNormAct, ResidualBlock, conv_triple
from medview.zoo.segment.t2_vessels.settings import WIDTHS

FACTOR = 16
"""Height and width must be multiples of this: four poolings."""
RARE = -4.6
"""First bias of the vessel output: a probability of 0.01. From 0.5, the Dice loss of a structure that fills
a thousandth of a slice has almost no slope, and learning would start after thousands of steps only."""


class Prediction(NamedTuple):
    """What the network says of a batch of slices.

    Args:
        vessels: (B, 1, H, W) probability in [0, 1], or None where it was not asked for.
        reconstruction: (B, M, H, W), one per modality, linear, or None where it was not asked for.
    """

    vessels: Tensor | None
    reconstruction: Tensor | None


class Encoder(nn.Module):
    """Four blocks of three convolutions, each followed by a 2x2 max-pooling."""

    def __init__(self, channels_in: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            conv_triple(i, o) for i, o in zip([channels_in, *widths[:-1]], widths, strict=True)
        )
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map (B, C, H, W) to (B, w4, H/16, W/16) and the skips s1 ... s4, finest first."""
        skips = []
        for block in self.blocks:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        return x, skips


class UpBlock(nn.Module):
    """Up-sampling by two, a convolution, concatenation with skips, three convolutions."""

    def __init__(self, channels: int, channels_skip: int, channels_out: int) -> None:
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), ConvNormAct(channels, channels))
        self.merge = conv_triple(channels + channels_skip, channels_out)

    def forward(self, x: Tensor, *skips: Tensor) -> Tensor:
        """Map (B, C, h, w) and skips (B, *, 2h, 2w) to (B, channels_out, 2h, 2w)."""
        out: Tensor = self.merge(torch.cat([self.up(x), *skips], dim=1))
        return out


class Branch(nn.Module):
    """An output branch: four up-blocks and a 1x1 convolution.

    Args:
        widths: Widths of the encoder, finest first.
        extra: Channels of additional skips into the deepest block.
    """

    def __init__(self, widths: Sequence[int], extra: int = 0) -> None:
        super().__init__()
        w1, w2, w3, w4 = widths
        self.deepest = UpBlock(w4, w4 + extra, w3)
        self.finer = nn.ModuleList([UpBlock(w3, w3, w2), UpBlock(w2, w2, w1), UpBlock(w1, w1, w1)])
        self.head = nn.Conv2d(w1, 1, 1)

    def finish(self, deepest: Tensor, skips: list[Tensor]) -> Tensor:
        """Take (B, w3, H/8, W/8), the output of `deepest`, to (B, 1, H, W)."""
        x = deepest
        for block, skip in zip(self.finer, skips[-2::-1], strict=True):
            x = block(x, skip)
        out: Tensor = self.head(x)
        return out


class VesselSynthesisNet(nn.Module):
    """T2 (and T1) slices in, vessel probability and rebuilt slices out.

    Args:
        modalities: Number of input channels, and of decoding branches: 1 for T2, 2 for T2 and T1.
        widths: Channels of the four encoder blocks, finest first.
    """

    def __init__(self, modalities: int = 1, widths: Sequence[int] = WIDTHS["paper"]) -> None:
        super().__init__()
        self.encoder = Encoder(modalities, widths)
        self.bottleneck = nn.Sequential(*(ResidualBlock(widths[3]) for _ in range(3)))
        self.decoders = nn.ModuleList(Branch(widths) for _ in range(modalities))
        self.synthesis = Branch(widths, extra=modalities * widths[2])
        nn.init.constant_(self.synthesis.head.bias, RARE)

    def forward(self, x: Tensor, need_reconstruction: bool = True, need_vessels: bool = True) -> Prediction:
        """Map (B, M, H, W) in [0, 1], H and W multiples of 16, to vessels and reconstruction (B, 1|M, H, W).

        Without `need_reconstruction` only the deepest block of each decoding branch is computed,
        because S consumes its features; without `need_vessels` S is not computed at all (phase 1).
        """
        deep, skips = self.encoder(x)
        deep = self.bottleneck(deep)
        decoded = [decoder.deepest(deep, skips[3]) for decoder in self.decoders]
        vessels = self._vessels(deep, skips, decoded) if need_vessels else None
        rebuilt = self._rebuilt(skips, decoded) if need_reconstruction else None
        return Prediction(vessels, rebuilt)

    def _vessels(self, deep: Tensor, skips: list[Tensor], decoded: list[Tensor]) -> Tensor:
        deepest = self.synthesis.deepest(deep, skips[3], *decoded)
        return torch.sigmoid(self.synthesis.finish(deepest, skips).float())

    def _rebuilt(self, skips: list[Tensor], decoded: list[Tensor]) -> Tensor:
        pairs = zip(self.decoders, decoded, strict=True)
        return torch.cat([decoder.finish(deepest, skips).float() for decoder, deepest in pairs], dim=1)
