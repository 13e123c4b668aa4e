"""MONAI's SegResNet, with the names that its bundles' weights use.

Myronenko A. 3D MRI brain tumor segmentation using autoencoder regularization. BrainLes 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from medview.zoo.foreign.monai.convolutions import CONVOLUTIONS, Convolution, Style, new_activation, new_norm


class _ResBlock(nn.Module):
    """Normalisation, activation, convolution, twice, beside an identity."""

    def __init__(self, style: Style, channels: int) -> None:
        super().__init__()
        self.norm1 = new_norm(style.norm, style.dims, channels)
        self.norm2 = new_norm(style.norm, style.dims, channels)
        self.act = new_activation(style.act)
        self.conv1 = Convolution(style, (channels, channels), is_bare=True)
        self.conv2 = Convolution(style, (channels, channels), is_bare=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C, ...)."""
        y = self.conv1(self.act(self.norm1(x)))
        out: Tensor = self.conv2(self.act(self.norm2(y))) + x
        return out


class SegResNet(nn.Module):
    """MONAI's SegResNet, upsampling linearly."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        if str(facts.get("upsample_mode", "nontrainable")).lower() != "nontrainable":
            raise ValueError("upsample_mode other than nontrainable is not supported")
        act = facts.get("act", ("RELU", {"inplace": True}))
        norm = facts.get("norm", ("GROUP", {"num_groups": 8}))
        style = Style(dims=int(facts["spatial_dims"]), act=act, norm=norm, has_bias=False)
        self._is_final = bool(facts.get("use_conv_final", True))
        filters = int(facts.get("init_filters", 8))
        down, up = facts.get("blocks_down", (1, 2, 2, 4)), facts.get("blocks_up", (1, 1, 1))
        self.act_mod = new_activation(act)
        self.convInit = Convolution(style, (int(facts["in_channels"]), filters), is_bare=True)
        self.down_layers = nn.ModuleList(
            nn.Sequential(
                _shrink(style, filters, level), *(_ResBlock(style, filters * 2**level) for _ in range(n))
            )
            for level, n in enumerate(down)
        )
        sizes = [filters * 2 ** (len(up) - level) for level in range(len(up))]
        self.up_layers = nn.ModuleList(
            nn.Sequential(*(_ResBlock(style, size // 2) for _ in range(n)))
            for size, n in zip(sizes, up, strict=True)
        )
        self.up_samples = nn.ModuleList(nn.Sequential(*_grow(style, size)) for size in sizes)
        final = CONVOLUTIONS[style.dims](filters, int(facts["out_channels"]), 1)
        last = nn.Sequential()
        last.add_module("conv", final)
        self.conv_final = nn.Sequential(new_norm(norm, style.dims, filters), self.act_mod, last)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, K, ...)."""
        x = self.convInit(x)
        maps = []
        for layer in self.down_layers:
            x = layer(x)
            maps.append(x)
        maps.reverse()
        for level, (up, layer) in enumerate(zip(self.up_samples, self.up_layers, strict=True)):
            x = layer(up(x) + maps[level + 1])
        return self.conv_final(x) if self._is_final else x


def _shrink(style: Style, filters: int, level: int) -> nn.Module:
    if level == 0:
        return nn.Identity()
    here = filters * 2**level
    return Convolution(style, (here // 2, here), stride=2, is_bare=True)


def _grow(style: Style, size: int) -> tuple[nn.Module, nn.Module]:
    mode = {2: "bilinear", 3: "trilinear"}[style.dims]
    up = nn.Sequential()
    up.add_module("upsample_nontrainable", nn.Upsample(scale_factor=2, mode=mode, align_corners=False))
    return Convolution(style, (size, size // 2), kernel=1, is_bare=True), up
