"""Three of MONAI's networks, with the names that its bundles' weights use.

UNet: Kerfoot E et al. Left-ventricle quantification using residual U-Net, STACOM 2018 (the residual
variant) and Ronneberger O et al. MICCAI 2015 (the plain one). SegResNet: Myronenko A. BrainLes 2018.
BasicUNet: Falk T et al. Nature Methods 2019. Modules are named as in MONAI 1.x, so that state
dictionaries fit by name. Deviations: dropout does nothing in a run and is left out where it has no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.core.errors import InputRefused

_CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_INSTANCE = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
_BATCH = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_POOLS = {2: nn.MaxPool2d, 3: nn.MaxPool3d}
_ACTIVATIONS = {"prelu": nn.PReLU, "relu": nn.ReLU, "leakyrelu": nn.LeakyReLU, "elu": nn.ELU, "gelu": nn.GELU,
                "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu6": nn.ReLU6}  # fmt: skip
_PLAIN_KEYS = frozenset(
    [
        "inplace",
        "negative_slope",
        "num_parameters",
        "init",
        "alpha",
        "affine",
        "eps",
        "momentum",
        "num_groups",
        "track_running_stats",
        "num_channels",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Style:
    """What all convolutions of a network share."""

    dims: int
    act: Any = "PRELU"
    norm: Any = "INSTANCE"
    has_bias: bool = True
    order: str = "NDA"
    kernel: Any = 3


def new_network(facts: Mapping[str, Any]) -> nn.Module:
    """Build the network that a bundle's ``network_def`` describes, with fresh weights.

    Raises:
        InputRefused: Something in it does not fit together.
    """
    try:
        return {"UNet": UNet, "BasicUNet": BasicUNet, "SegResNet": SegResNet}[str(facts["name"])](facts)
    except (TypeError, ValueError, KeyError, IndexError, RuntimeError) as reason:
        detail = f"network_def does not fit together ({str(reason).splitlines()[0]})"
        raise InputRefused("Cannot build the network", detail.rstrip("."), "Ask its makers.") from None


def _words(value: Any) -> tuple[str, dict[str, Any]]:
    """Name and arguments of an activation or a normalisation: ``"relu"`` or ``["relu", {...}]``."""
    name, keys = (value, {}) if isinstance(value, str) else (value[0], dict(value[1]))
    strange = set(keys) - _PLAIN_KEYS
    if strange:
        raise ValueError(f"{sorted(strange)[0]} is unknown")
    return str(name).lower(), keys


def _activation(value: Any) -> nn.Module:
    name, keys = _words(value)
    return _ACTIVATIONS[name](**keys)


def _norm(value: Any, dims: int, channels: int) -> nn.Module:
    name, keys = _words(value)
    if name == "group":
        return nn.GroupNorm(**{"num_channels": channels, **keys})
    table = {"instance": _INSTANCE, "batch": _BATCH}[name]
    return table[dims](channels, **keys)


def _same(kernel: Any) -> Any:
    return tuple((size - 1) // 2 for size in kernel) if isinstance(kernel, Sequence) else (kernel - 1) // 2


class Convolution(nn.Sequential):
    """A convolution called ``conv``, then normalisation N and activation A called ``adn``."""

    def __init__(
        self, style: Style, sizes: tuple[int, int], *, stride: Any = 1, kernel: Any = None,
        is_bare: bool = False, is_transposed: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        kernel = style.kernel if kernel is None else kernel
        table = _TRANSPOSED if is_transposed else _CONVOLUTIONS
        keys = {"output_padding": _less_one(stride)} if is_transposed else {}
        self.add_module(
            "conv",
            table[style.dims](
                *sizes, kernel, stride=stride, padding=_same(kernel), bias=style.has_bias, **keys
            ),
        )
        if is_bare:
            return
        made = {"N": lambda: _norm(style.norm, style.dims, sizes[1]), "A": lambda: _activation(style.act)}
        parts = nn.Sequential()
        for letter in style.order.upper():
            if letter != "D":
                parts.add_module(letter, made[letter]())
        self.add_module("adn", parts)


def _less_one(stride: Any) -> Any:
    return tuple(size - 1 for size in stride) if isinstance(stride, Sequence) else stride - 1


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
            self.residual = _CONVOLUTIONS[style.dims](
                *sizes, kernel, stride, _same(kernel), bias=style.has_bias
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
        self.upsample.add_module("deconv", _TRANSPOSED[style.dims](below, up, 2, 2))
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
        self.final_conv = _CONVOLUTIONS[style.dims](f[5], int(facts["out_channels"]), 1)

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


class _ResBlock(nn.Module):
    """Normalisation, activation, convolution, twice, beside an identity."""

    def __init__(self, style: Style, channels: int) -> None:
        super().__init__()
        self.norm1 = _norm(style.norm, style.dims, channels)
        self.norm2 = _norm(style.norm, style.dims, channels)
        self.act = _activation(style.act)
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
        self.act_mod = _activation(act)
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
        final = _CONVOLUTIONS[style.dims](filters, int(facts["out_channels"]), 1)
        last = nn.Sequential()
        last.add_module("conv", final)
        self.conv_final = nn.Sequential(_norm(norm, style.dims, filters), self.act_mod, last)

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
