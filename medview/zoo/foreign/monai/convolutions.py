"""What MONAI's networks are built of: convolutions with normalisation and activation, named as in MONAI 1.x.

Deviation: dropout does nothing in a run and is left out where it has no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_INSTANCE = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
_BATCH = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
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


def _words(value: Any) -> tuple[str, dict[str, Any]]:
    """Name and arguments of an activation or a normalisation: ``"relu"`` or ``["relu", {...}]``."""
    name, keys = (value, {}) if isinstance(value, str) else (value[0], dict(value[1]))
    strange = set(keys) - _PLAIN_KEYS
    if strange:
        raise ValueError(f"{sorted(strange)[0]} is unknown")
    return str(name).lower(), keys


def new_activation(value: Any) -> nn.Module:
    """The activation that a bundle names."""
    name, keys = _words(value)
    return _ACTIVATIONS[name](**keys)


def new_norm(value: Any, dims: int, channels: int) -> nn.Module:
    """The normalisation that a bundle names, for so many channels."""
    name, keys = _words(value)
    if name == "group":
        return nn.GroupNorm(**{"num_channels": channels, **keys})
    table = {"instance": _INSTANCE, "batch": _BATCH}[name]
    return table[dims](channels, **keys)


def same_padding(kernel: Any) -> Any:
    """Padding with which an odd kernel keeps the size, per axis where the kernel is."""
    return tuple((size - 1) // 2 for size in kernel) if isinstance(kernel, Sequence) else (kernel - 1) // 2


class Convolution(nn.Sequential):
    """A convolution called ``conv``, then normalisation N and activation A called ``adn``."""

    def __init__(
        self, style: Style, sizes: tuple[int, int], *, stride: Any = 1, kernel: Any = None,
        is_bare: bool = False, is_transposed: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        kernel = style.kernel if kernel is None else kernel
        table = TRANSPOSED if is_transposed else CONVOLUTIONS
        keys = {"output_padding": _less_one(stride)} if is_transposed else {}
        self.add_module(
            "conv",
            table[style.dims](
                *sizes, kernel, stride=stride, padding=same_padding(kernel), bias=style.has_bias, **keys
            ),
        )
        if is_bare:
            return
        made = {
            "N": lambda: new_norm(style.norm, style.dims, sizes[1]),
            "A": lambda: new_activation(style.act),
        }
        parts = nn.Sequential()
        for letter in style.order.upper():
            if letter != "D":
                parts.add_module(letter, made[letter]())
        self.add_module("adn", parts)


def _less_one(stride: Any) -> Any:
    return tuple(size - 1 for size in stride) if isinstance(stride, Sequence) else stride - 1
