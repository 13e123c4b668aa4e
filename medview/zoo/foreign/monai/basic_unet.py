"""MONAI's BasicUNet, with the names that its bundles' weights use.

Falk T et al. U-Net: deep learning for cell counting, detection, and morphometry. Nature Methods 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.foreign.monai.convolutions import CONVOLUTIONS, TRANSPOSED, Convolution, Style

_POOLS = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class _Two(nn.Sequential):
    """Two convolutions."""

    def __init__(self, style: Style, sizes: tuple[int, int]) -> None:
        super().__init__()
        self.add_module("conv_0", Convolution(style, sizes))
        self.add_module("conv_1", Convolution(style, (sizes[1], sizes[1])))


class _Down(nn.Sequential):
    """Pooling, then two convolutions."""

    def __init__(self, style: Style, sizes: tuple[int, int]) -> None:
        super().__init__()
        self.add_module("max_pooling", _POOLS[style.dims](2))
        self.add_module("convs", _Two(style, sizes))


class _UpCat(nn.Module):
    """Upsampling, joined with the finer map, then two convolutions."""

    def __init__(self, style: Style, sizes: tuple[int, int, int], *, halves: bool) -> None:
        super().__init__()
        below, beside, made = sizes
        up = below // 2 if halves else below
        self.upsample = nn.Sequential()
        self.upsample.add_module("deconv", TRANSPOSED[style.dims](below, up, 2, 2))
        self.convs = _Two(style, (beside + up, made))

    def forward(self, x: Tensor, finer: Tensor) -> Tensor:
        """Map (B, C, .../2) and (B, C', ...) to (B, C'', ...)."""
        up = self.upsample(x)
        pads = []
        for size, have in zip(reversed(finer.shape[2:]), reversed(up.shape[2:]), strict=True):
            pads += [0, int(size != have)]
        up = functional.pad(up, pads, "replicate") if any(pads) else up
        out: Tensor = self.convs(torch.cat([finer, up], 1))
        return out


class BasicUNet(nn.Module):
    """MONAI's BasicUNet, upsampling by transposed convolutions."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__()
        if facts.get("upsample", "deconv") != "deconv":
            raise ValueError("upsample other than deconv is not supported")
        style = Style(
            dims=int(facts["spatial_dims"]),
            act=facts.get("act", ("LeakyReLU", {"negative_slope": 0.1, "inplace": True})),
            norm=facts.get("norm", ("instance", {"affine": True})),
            has_bias=bool(facts.get("bias", True)),
        )
        f = [int(size) for size in facts.get("features", (32, 32, 64, 128, 256, 32))]
        self.conv_0 = _Two(style, (int(facts["in_channels"]), f[0]))
        self.down_1 = _Down(style, (f[0], f[1]))
        self.down_2 = _Down(style, (f[1], f[2]))
        self.down_3 = _Down(style, (f[2], f[3]))
        self.down_4 = _Down(style, (f[3], f[4]))
        self.upcat_4 = _UpCat(style, (f[4], f[3], f[3]), halves=True)
        self.upcat_3 = _UpCat(style, (f[3], f[2], f[2]), halves=True)
        self.upcat_2 = _UpCat(style, (f[2], f[1], f[1]), halves=True)
        self.upcat_1 = _UpCat(style, (f[1], f[0], f[5]), halves=False)
        self.final_conv = CONVOLUTIONS[style.dims](f[5], int(facts["out_channels"]), 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, K, ...)."""
        x0 = self.conv_0(x)
        x1 = self.down_1(x0)
        x2 = self.down_2(x1)
        x3 = self.down_3(x2)
        x = self.upcat_4(self.down_4(x3), x3)
        x = self.upcat_1(self.upcat_2(self.upcat_3(x, x2), x1), x0)
        out: Tensor = self.final_conv(x)
        return out
