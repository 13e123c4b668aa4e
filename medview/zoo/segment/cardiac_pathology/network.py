"""The network of "Anatomy Prior Based U-net for Pathology Segmentation with Attention" (APU-Net).

Zhou, Zhang et al., STACOM 2020. A 2-D U-Net whose every block has an attention branch: two convolutions on
the block's input, a sigmoid, and a product with the block's output,

    y = block(x) * sigmoid(W2 * ReLU(W1 * x)).

The paper gives neither depth nor widths nor kernels. Chosen: the classical U-Net (widths 64 to 1024, two 3x3
convolutions with batch normalisation and ReLU per block, transposed convolutions), 3x3 kernels in the
attention branch, as many maps as the block has channels (``full``), or one for all (``single``) from half as
many features.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.segment.cardiac_pathology.settings import CLASSES, WIDTHS, NetworkSettings


class AttentionBlock(nn.Module):
    """Two convolutions, and an attention branch on the same input.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
        maps: ``"full"``, ``"single"``, or ``""`` for no attention.
    """

    def __init__(self, channels_in: int, channels_out: int, maps: str) -> None:
        super().__init__()
        self.main = nn.Sequential(*_conv(channels_in, channels_out), *_conv(channels_out, channels_out))
        self.attention = _attention(channels_in, channels_out, maps) if maps else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map (B, Cin, H, W) to (B, Cout, H, W), and its attention (B, Cout or 1, H, W) in [0, 1]."""
        out: Tensor = self.main(x)
        if self.attention is None:
            return out, None
        weight = torch.sigmoid(self.attention(x))
        return out * weight, weight


def _conv(channels_in: int, channels_out: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(channels_in, channels_out, 3, padding=1),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


def _attention(channels_in: int, channels_out: int, maps: str) -> nn.Sequential:
    # a single map is made from half as many features
    between, told = (channels_out, channels_out) if maps == "full" else (channels_out // 2, 1)
    return nn.Sequential(
        nn.Conv2d(channels_in, between, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(between, told, 3, padding=1),
    )


class ApuNet(nn.Module):
    """Slices in, logits of five classes out.

    Args:
        widths: Channels of the four levels, finest first, and of the bottom.
        maps: ``"full"``, ``"single"``, or ``""`` for the baseline without attention.
        classes: Background first.
    """

    def __init__(
        self, widths: Sequence[int] = WIDTHS["paper"], maps: str = "full", classes: int = len(CLASSES)
    ) -> None:
        super().__init__()
        pairs = zip([1, *widths[:-1]], widths, strict=True)
        self.encoder = nn.ModuleList(AttentionBlock(i, o, maps) for i, o in pairs)
        finer = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(i, o, 2, stride=2) for i, o in finer)
        self.decoder = nn.ModuleList(AttentionBlock(2 * o, o, maps) for _, o in finer)
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map z-scored slices (B, 1, H, W), H and W multiples of 16, to logits (B, classes, H, W)."""
        return self.with_attention(x)[0]

    def with_attention(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits, and the decoder's attention of levels 1 (finest) to 4, each (B, 1, H/2^n, W/2^n).

        A map for every channel is told by its mean; without attention there are none.
        """
        skips: list[Tensor] = []
        for level, block in enumerate(self.encoder):
            x, _ = block(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        told: list[Tensor] = []
        for up, block, skip in zip(self.up, self.decoder, skips[-2::-1], strict=True):
            x, weight = block(torch.cat([up(x), skip], dim=1))
            if weight is not None:
                told.append(weight.mean(dim=1, keepdim=True))
        return self.head(x), tuple(told[::-1])


def new_network(settings: NetworkSettings) -> ApuNet:
    """A network with fresh weights."""
    return ApuNet(WIDTHS[settings.width], settings.attention_maps if settings.attention else "")
