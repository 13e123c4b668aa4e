"""A network as torch runs it best: rewritten for inference, channels last, autocast on a card."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from medview.ml.context import RunContext
from medview.zoo.inference import cancellable
from medview.zoo.runtimes.heap import keep_freed_memory
from medview.zoo.runtimes.prepared import prepared

COMPILE_VARIABLE = "MEDVIEW_COMPILE"
"""Set to 1: networks are compiled on a graphics card, which pays for long batches of runs only."""


class TorchProgram:
    """Runs a network under torch.

    Args:
        network: (N, M, …) to a tensor or a tuple of tensors; it is not changed.
        device: ``"cpu"`` or ``"cuda"``.
        is_plain: As it is: not rewritten, no channels last, no autocast, for comparisons.
    """

    title = "torch"

    def __init__(self, network: nn.Module, device: str, is_plain: bool = False) -> None:
        self._is_plain = is_plain
        self._is_prepared = False
        self._device = device
        self._network: nn.Module
        self._compiled: nn.Module
        if is_plain:
            self._network = self._compiled = network.eval().to(device)
            return
        self.prepared = prepared(network.eval())
        keep_freed_memory()
        if device == "cpu":
            self._prepare()

    def __call__(self, batch: Tensor, ctx: RunContext) -> tuple[Tensor, ...]:
        """Take (N, M, …) to the network's maps, float32.

        Raises:
            Cancelled: The person has cancelled; checked before every layer.
        """
        given = batch.to(self._device)
        if not self._is_plain:
            self._prepare()
            # as the weights lie, which is read fastest
            wanted = torch.channels_last if given.ndim == 4 else torch.channels_last_3d
            given = given.contiguous(memory_format=wanted)
        with torch.inference_mode(), cancellable(self._network, ctx), self._precision():
            return as_tuple(self._compiled(given))

    def _prepare(self) -> None:
        """Once; on a card at the first call, where a shortage of its memory is dealt with."""
        if self._is_prepared:
            return
        self._network = self._compiled = self.prepared.lean(self._device)
        if self._device.startswith("cuda") and os.environ.get(COMPILE_VARIABLE) == "1":
            self._compiled = torch.compile(self._network)  # type: ignore[assignment]
        self._is_prepared = True

    def _precision(self) -> AbstractContextManager[object]:
        if self._is_plain or not self._device.startswith("cuda"):
            # on a CPU without bfloat16 units autocast is several times slower
            return nullcontext()
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", dtype)


def as_tuple(maps: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a network returned as a tuple of float32 tensors."""
    return tuple(item.float() for item in ((maps,) if isinstance(maps, Tensor) else maps))
