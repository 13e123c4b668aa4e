"""MONAI's UNet, with the names that its bundles' weights use.

Kerfoot E et al. Left-ventricle quantification using residual U-Net, STACOM 2018 (the residual variant) and
Ronneberger O et al. U-Net, MICCAI 2015 (the plain one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from medview.zoo.foreign.monai.convolutions import CONVOLUTIONS, Convolution, Style, same_padding


class ResidualUnit(nn.Module):
    """Convolutions beside a shortcut, which is a convolution too where channels or size change."""

    def __init__(
        self, style: Style, sizes: tuple[int, int], *, stride: Any, units: int, is_last_bare: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Sequential()
        self.residual: nn.Module = nn.Identity()
        channels, step = sizes[0], stride
        for number in range(max(1, units)):
            is_bare = is_last_bare and number == max(1, units) - 1
            unit = Convolution(style, (channels, sizes[1]), stride=step, is_bare=is_bare)
            self.conv.add_module(f"unit{number}", unit)
            channels, step = sizes[1], 1
        is_strided = any(size != 1 for size in (stride if isinstance(stride, Sequence) else [stride]))
        if is_strided or sizes[0] != sizes[1]:
            kernel = style.kernel if is_strided else 1
            self.residual = CONVOLUTIONS[style.dims](
                *sizes, kernel, stride, same_padding(kernel), bias=style.has_bias
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', .../stride)."""
        out: Tensor = self.conv(x) + self.residual(x)
        return out


class Skip(nn.Module):
    """The input beside what a part of the network makes of it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.submodule = inner

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C + C', ...)."""
        return torch.cat([x, self.submodule(x)], 1)


class UNet(nn.Module):
    """MONAI's UNet, with or without residual units."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self._style = Style(
            dims=int(facts["spatial_dims"]),
            act=facts.get("act", "PRELU"),
            norm=facts.get("norm", "INSTANCE"),
            has_bias=bool(facts.get("bias", True)),
            order=str(facts.get("adn_ordering", "NDA")),
            kernel=facts.get("kernel_size", 3),
        )
        self._up_kernel = facts.get("up_kernel_size", 3)
        self._units = int(facts.get("num_res_units", 0))
        sizes = (int(facts["in_channels"]), int(facts["out_channels"]))
        self.model = self._level(sizes, list(facts["channels"]), list(facts["strides"]), is_top=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, K, ...)."""
        out: Tensor = self.model(x)
        return out

    def _level(
        self, sizes: tuple[int, int], channels: list[int], strides: list[Any], *, is_top: bool
    ) -> nn.Module:
        here, stride = channels[0], strides[0]
        if len(channels) > 2:
            inner = self._level((here, here), channels[1:], strides[1:], is_top=False)
            joined = 2 * here
        else:
            inner = self._down((here, channels[1]), 1)
            joined = here + channels[1]
        up = self._up((joined, sizes[1]), stride, is_top=is_top)
        return nn.Sequential(self._down((sizes[0], here), stride), Skip(inner), up)

    def _down(self, sizes: tuple[int, int], stride: Any) -> nn.Module:
        if self._units > 0:
            return ResidualUnit(self._style, sizes, stride=stride, units=self._units)
        return Convolution(self._style, sizes, stride=stride)

    def _up(self, sizes: tuple[int, int], stride: Any, *, is_top: bool) -> nn.Module:
        is_bare = is_top and self._units == 0
        up = Convolution(
            self._style, sizes, stride=stride, kernel=self._up_kernel, is_bare=is_bare, is_transposed=True
        )
        if self._units == 0:
            return up
        after = (sizes[1], sizes[1])
        return nn.Sequential(up, ResidualUnit(self._style, after, stride=1, units=1, is_last_bare=is_top))
