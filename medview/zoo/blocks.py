"""Building blocks of convolutional networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAK = 0.2


class ConvNormAct(nn.Sequential):
    """3x3 convolution (stride 1, padding 1), affine instance normalisation, leaky ReLU of slope 0.2.

    Args:
        channels_in: Channels of the input.
        channels_out: Channels of the output.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, 3, padding=1),
            nn.InstanceNorm2d(channels_out, affine=True),
            nn.LeakyReLU(LEAK, inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two normalised 3x3 convolutions around an identity: act(x + f(x))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvNormAct(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.InstanceNorm2d(channels, affine=True),
        )
        self.act = nn.LeakyReLU(LEAK, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C, H, W)."""
        out: Tensor = self.act(x + self.body(x))
        return out


class DoublingConv(nn.Conv2d):
    """3x3 convolution (stride 1, padding 1) of a map whose pixels are doubled, beside its skip.

    A layer of its own so that a runtime may compute it without making the doubled map.

    Args:
        channels_below: Channels of the map that comes up.
        channels_skip: Channels of the skip.
        channels_out: Channels of the output.
    """

    def __init__(self, channels_below: int, channels_skip: int, channels_out: int) -> None:
        super().__init__(channels_below + channels_skip, channels_out, 3, padding=1)
        self.channels_below = channels_below

    def forward(self, maps: tuple[Tensor, Tensor]) -> Tensor:
        """Map (B, D, h, w) and (B, C, 2h, 2w) to (B, K, 2h, 2w)."""
        below, skip = maps
        doubled = functional.interpolate(below, scale_factor=2.0, mode="nearest")
        return super().forward(torch.cat([doubled, skip], dim=1))


def conv_triple(channels_in: int, channels_out: int) -> nn.Sequential:
    """Three `ConvNormAct` in a row; the first changes the number of channels."""
    return nn.Sequential(
        ConvNormAct(channels_in, channels_out),
        ConvNormAct(channels_out, channels_out),
        ConvNormAct(channels_out, channels_out),
    )


def count_parameters(module: nn.Module) -> int:
    """Number of numbers that training may change."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def grid_multiple(pixels: int, factor: int) -> int:
    """Smallest multiple of `factor` that is not below `pixels`."""
    return -(-pixels // factor) * factor
