"""Where a method's step computes: device, precision and processes, left to HuggingFace accelerate.

With several processes each learns from batches of its own, and gradients are averaged over them before each
step of an optimiser: N processes with batches of B do what one process does with their N B slices, where
the loss is a mean over slices.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedDataParallelKwargs, broadcast
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer


def new_accelerator(device: str, precision: str = "auto") -> Accelerator:
    """Make the accelerator of one training.

    Args:
        device: What the context says: ``"cpu"`` or ``"cuda"``.
        precision: ``"no"``, ``"bf16"``, ``"fp16"``, or ``"auto"``: bf16 (or fp16 on older cards) on CUDA,
            full precision on the CPU.
    """
    is_cpu = device == "cpu"
    if "WORLD_SIZE" not in os.environ:
        # one process may train twice, on different devices: accelerate's singletons would refuse
        AcceleratorState._reset_state(reset_partial_state=True)
    # with several processes: a phase may leave parts of a model out of its computation
    parallel = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(cpu=is_cpu, mixed_precision=_precision(is_cpu, precision), kwargs_handlers=[parallel])


def _precision(is_cpu: bool, precision: str) -> str:
    if precision != "auto":
        return precision
    if is_cpu:
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


class Workplace:
    """A method's networks and optimisers on their device, shared between processes where there are several.

    Args:
        accelerator: Where to work.
        modules: By name.
        optimisers: By name.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        modules: Mapping[str, nn.Module],
        optimisers: Mapping[str, Optimizer],
    ) -> None:
        self.accelerator = accelerator
        prepared = accelerator.prepare(*modules.values(), *optimisers.values())
        self._modules = dict(zip(modules, prepared, strict=False))
        self._optimisers = dict(zip(optimisers, prepared[len(modules) :], strict=True))
        for group in self._groups():
            group.setdefault("base_lr", group["lr"])

    @property
    def device(self) -> torch.device:
        """Where tensors must be."""
        found: torch.device = self.accelerator.device
        return found

    @property
    def process(self) -> int:
        """Number of this process among those that train together."""
        return int(self.accelerator.process_index)

    @property
    def processes(self) -> int:
        """How many train together."""
        return int(self.accelerator.num_processes)

    @property
    def is_main(self) -> bool:
        """Whether this process writes the run's folder."""
        return bool(self.accelerator.is_main_process)

    def autocast(self) -> AbstractContextManager[None]:
        """Mixed precision, where it was asked for."""
        context: AbstractContextManager[None] = self.accelerator.autocast()
        return context

    def module(self, name: str) -> nn.Module:
        """A network to learn with: its gradients are averaged over the processes."""
        found: nn.Module = self._modules[name]
        return found

    def bare(self, name: str) -> nn.Module:
        """The network itself: to validate, or to pass gradients through while it is `held_still`."""
        found: nn.Module = self.accelerator.unwrap_model(self._modules[name])
        return found

    def descend(self, name: str, loss: Tensor) -> None:
        """One step of an optimiser down the slope of a loss."""
        optimiser = self._optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        optimiser.step()

    def set_rate(self, factor: float) -> None:
        """Set each learning rate to its base times a factor; a group with ``is_fixed_rate`` keeps its own."""
        for group in self._groups():
            if not group.get("is_fixed_rate", False):
                group["lr"] = group["base_lr"] * factor

    def set_training(self, is_training: bool) -> None:
        """Put every network into training or evaluation mode."""
        for module in self._modules.values():
            module.train(is_training)

    def share(self, values: Sequence[float], how: str = "mean") -> list[float]:
        """The mean or sum of numbers over all processes, the same in each."""
        if self.processes == 1:
            return list(values)
        tensor = torch.tensor(list(values), dtype=torch.float64, device=self.device)
        shared: list[float] = self.accelerator.reduce(tensor, how).tolist()
        return shared

    def even_out(self) -> None:
        """Give every process the main one's running averages, which only each saw its own batches for."""
        if self.processes == 1:
            return
        for name in self._modules:
            buffers = list(self.bare(name).buffers())
            for buffer, shared in zip(buffers, broadcast(buffers), strict=True):
                buffer.copy_(shared)

    def _groups(self) -> Iterator[dict[str, Any]]:
        """Parameter groups as they are now: loading a checkpoint replaces them."""
        for optimiser in self._optimisers.values():
            yield from optimiser.param_groups


@contextmanager
def held_still(module: nn.Module) -> Iterator[nn.Module]:
    """Let gradients pass through a network while neither its parameters nor its running averages change."""
    norms = [part for part in module.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
    learned = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learned:
        parameter.requires_grad_(False)
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield module
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)
        for norm in norms:
            norm.track_running_stats = True
