"""A network as torch runs it best: norms folded into convolutions, channels last, autocast on a card."""

from __future__ import annotations

import copy
import itertools
import os
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from medview.ml.context import RunContext
from medview.zoo.inference import cancellable

COMPILE_VARIABLE = "MEDVIEW_COMPILE"
"""Set to 1: networks are compiled on a graphics card, which pays for long batches of runs only."""


class TorchProgram:
    """Runs a network under torch.

    Args:
        network: (N, M, …) to a tensor or a tuple of tensors; it is not changed.
        device: ``"cpu"`` or ``"cuda"``.
        is_plain: As it is: no folding, no channels last, no autocast, for comparisons.
    """

    title = "torch"

    def __init__(self, network: nn.Module, device: str, is_plain: bool = False) -> None:
        self._is_plain = is_plain
        self._device = device
        self._network = network.eval() if is_plain else folded(network.eval())
        self._network = self._network.to(device)
        self._compiled: nn.Module = self._network
        if device.startswith("cuda") and os.environ.get(COMPILE_VARIABLE) == "1":
            self._compiled = torch.compile(self._network)  # type: ignore[assignment]

    def __call__(self, batch: Tensor, ctx: RunContext) -> tuple[Tensor, ...]:
        """Take (N, M, …) to the network's maps, float32.

        Raises:
            Cancelled: The person has cancelled; checked before every layer.
        """
        given = batch.to(self._device)
        if not self._is_plain:
            self._network = self._network.to(memory_format=_channels_last(given))  # type: ignore[call-overload]
            given = given.contiguous(memory_format=_channels_last(given))
        with torch.inference_mode(), cancellable(self._network, ctx), self._precision():
            return as_tuple(self._compiled(given))

    def _precision(self) -> AbstractContextManager[object]:
        if self._is_plain or not self._device.startswith("cuda"):
            # on a CPU without bfloat16 units autocast is several times slower
            return nullcontext()
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", dtype)


def as_tuple(maps: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a network returned as a tuple of float32 tensors."""
    return tuple(item.float() for item in ((maps,) if isinstance(maps, Tensor) else maps))


def _channels_last(batch: Tensor) -> torch.memory_format:
    return torch.channels_last if batch.ndim == 4 else torch.channels_last_3d


def folded(network: nn.Module) -> nn.Module:
    """The network with every batch normalisation that follows a convolution in a sequence folded into it.

    A copy where there is one to fold; rounding apart, it computes the same.
    """
    if not any(_pairs(module) for module in network.modules()):
        return network
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        for before, after in _pairs(module):
            module[before] = fuse_conv_bn_eval(module[before], module[after])
            module[after] = nn.Identity()
    return network.eval()


def _pairs(module: nn.Module) -> list[tuple[int, int]]:
    """Neighbours in a sequence that are a convolution and its batch normalisation with fixed statistics."""
    if not isinstance(module, nn.Sequential):
        return []
    layers = list(module)
    return [
        (place, place + 1)
        for place, (first, second) in enumerate(itertools.pairwise(layers))
        if isinstance(first, nn.Conv2d | nn.Conv3d)
        and isinstance(second, nn.BatchNorm2d | nn.BatchNorm3d)
        and second.track_running_stats
    ]
