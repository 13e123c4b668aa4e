"""nnU-Net's two networks, with the names that its checkpoints use.

Isensee F et al. Nature Methods 2021;18:203-211 (plain), and Isensee F et al. nnU-Net Revisited, MICCAI
2024 (residual encoder). Modules are named as in the package dynamic-network-architectures 0.4, so that
state dictionaries fit by name: a convolution appears both as ``conv`` and in ``all_modules``, and the
decoder holds the encoder again. Deviations: deep supervision outputs exist (their weights are in every
checkpoint) but only the finest is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor, nn

from medview.ml.foreign.nnunet_plans import Architecture

_CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORMS = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
_POOLS = {2: nn.AvgPool2d, 3: nn.AvgPool3d}

Size = Sequence[int]


class Block(nn.Module):
    """Convolution, instance normalisation and, where wanted, an activation."""

    def __init__(
        self, plan: Architecture, sizes: tuple[int, int], kernel: Size, stride: Size, *,
        has_bias: bool | None = None, is_active: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        dims = len(kernel)
        bias = plan.has_bias if has_bias is None else has_bias
        padding = tuple((size - 1) // 2 for size in kernel)
        self.conv = _CONVOLUTIONS[dims](*sizes, tuple(kernel), tuple(stride), padding, bias=bias)
        self.norm = _NORMS[dims](sizes[1], eps=plan.norm_eps, affine=plan.norm_affine)
        parts: list[nn.Module] = [self.conv, self.norm]
        if is_active:
            self.nonlin = _activation(plan)
            parts.append(self.nonlin)
        self.all_modules = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', .../stride)."""
        out: Tensor = self.all_modules(x)
        return out


class Stack(nn.Module):
    """Several blocks in a row; the first changes channels and size."""

    def __init__(
        self, plan: Architecture, count: int, sizes: tuple[int, int], kernel: Size, stride: Size
    ) -> None:
        super().__init__()
        ones = [1] * len(kernel)
        first = Block(plan, sizes, kernel, stride)
        rest = [Block(plan, (sizes[1], sizes[1]), kernel, ones) for _ in range(count - 1)]
        self.convs = nn.Sequential(first, *rest)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', .../stride)."""
        out: Tensor = self.convs(x)
        return out


class ResidualBlock(nn.Module):
    """Two blocks beside a shortcut of average pooling and a 1x1 convolution (ResNet-D)."""

    def __init__(self, plan: Architecture, sizes: tuple[int, int], kernel: Size, stride: Size) -> None:
        super().__init__()
        dims, ones = len(kernel), [1] * len(kernel)
        self.conv1 = Block(plan, sizes, kernel, stride)
        self.conv2 = Block(plan, (sizes[1], sizes[1]), kernel, ones, is_active=False)
        self.nonlin2 = _activation(plan)
        shortcut: list[nn.Module] = []
        if any(step != 1 for step in stride):
            shortcut.append(_POOLS[dims](tuple(stride), tuple(stride)))
        if sizes[0] != sizes[1]:
            shortcut.append(Block(plan, sizes, ones, ones, has_bias=False, is_active=False))
        if shortcut:
            self.skip = nn.Sequential(*shortcut)
        self.is_plain = not shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', .../stride)."""
        shortcut = x if self.is_plain else self.skip(x)
        out: Tensor = self.nonlin2(self.conv2(self.conv1(x)) + shortcut)
        return out


class ResidualStack(nn.Module):
    """Several residual blocks in a row."""

    def __init__(
        self, plan: Architecture, count: int, sizes: tuple[int, int], kernel: Size, stride: Size
    ) -> None:
        super().__init__()
        ones = [1] * len(kernel)
        first = ResidualBlock(plan, sizes, kernel, stride)
        rest = [ResidualBlock(plan, (sizes[1], sizes[1]), kernel, ones) for _ in range(count - 1)]
        self.blocks = nn.Sequential(first, *rest)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, ...) to (B, C', .../stride)."""
        out: Tensor = self.blocks(x)
        return out


class Encoder(nn.Module):
    """All stages from fine to coarse; a stem stands before residual ones."""

    def __init__(self, plan: Architecture, channels: int) -> None:
        super().__init__()
        is_residual = plan.name == "ResidualEncoderUNet"
        self.has_stem = is_residual
        if is_residual:
            ones = [1] * len(plan.kernels[0])
            self.stem = Stack(plan, 1, (channels, plan.features[0]), plan.kernels[0], ones)
            channels = plan.features[0]
        stages: list[nn.Module] = []
        rows = zip(plan.convolutions, plan.features, plan.kernels, plan.strides, strict=True)
        for count, features, kernel, stride in rows:
            sizes = (channels, features)
            if is_residual:
                stages.append(ResidualStack(plan, count, sizes, kernel, stride))
            else:
                stages.append(nn.Sequential(Stack(plan, count, sizes, kernel, stride)))
            channels = features
        self.stages = nn.Sequential(*stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (B, C, ...) to the maps of all stages, finest first."""
        x = self.stem(x) if self.has_stem else x
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class Decoder(nn.Module):
    """From the coarsest map back to the finest."""

    def __init__(self, plan: Architecture, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        stages, up, heads = [], [], []
        dims = len(plan.kernels[0])
        for level in range(1, len(plan.features)):
            below, here = plan.features[-level], plan.features[-level - 1]
            stride = tuple(plan.strides[-level])
            up.append(_TRANSPOSED[dims](below, here, stride, stride, bias=plan.has_bias))
            ones = [1] * dims
            stages.append(
                Stack(plan, plan.decoder[level - 1], (2 * here, here), plan.kernels[-level - 1], ones)
            )
            heads.append(_CONVOLUTIONS[dims](here, classes, 1, 1, 0, bias=True))
        self.stages = nn.ModuleList(stages)
        self.transpconvs = nn.ModuleList(up)
        self.seg_layers = nn.ModuleList(heads)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Map the encoder's maps to logits (B, classes, ...)."""
        x = maps[-1]
        for level, (up, stage) in enumerate(zip(self.transpconvs, self.stages, strict=True)):
            x = stage(torch.cat((up(x), maps[-level - 2]), 1))
        out: Tensor = self.seg_layers[-1](x)
        return out


class NnUNet(nn.Module):
    """PlainConvUNet or ResidualEncoderUNet, as the plan says."""

    def __init__(self, plan: Architecture, inputs: int, classes: int) -> None:
        super().__init__()
        self.encoder = Encoder(plan, inputs)
        self.decoder = Decoder(plan, self.encoder, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, ...) to logits (B, classes, ...)."""
        out: Tensor = self.decoder(self.encoder(x))
        return out


def new_network(facts: Mapping[str, Any]) -> NnUNet:
    """Build the network that a folder's plans describe, with fresh weights."""
    names = [item.name for item in fields(Architecture)]
    plan = Architecture(**{name: facts[name] for name in names})
    return NnUNet(plan, int(facts["inputs"]), int(facts["outputs"]))


def _activation(plan: Architecture) -> nn.Module:
    return nn.LeakyReLU(0.01, inplace=True) if plan.activation == "LeakyReLU" else nn.ReLU(inplace=True)
