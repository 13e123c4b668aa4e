"""What was made of a network stays for later runs of the same process: a warm worker prepares it once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from medview.zoo.runtimes.lean import lean, placed, shell

_KEPT = 2
"""Networks, as many as are kept loaded."""
_LARGEST_BYTES = 256 * 2**20
"""Weights of larger networks are prepared for every run: beside such a run that takes no time."""
_OF_ANY_MODULE = frozenset(vars(nn.Module()))

_lock = threading.Lock()
_kept: OrderedDict[tuple[object, ...], Prepared] = OrderedDict()


class Prepared:
    """What the runs of this process have made of one network.

    Args:
        network: Ready to run; it is not changed.
    """

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._lean: nn.Module | None = None
        # held, so that no other tensor can come to lie where one of these did
        self._tensors = tuple(_tensors(network))
        self.keys: dict[tuple[int, ...], str] = {}
        """Names of its conversions by the shape of their batches."""
        self.converted: dict[tuple[tuple[int, ...], int], Any] = {}
        """Loaded conversions by the shape of their batches and the number of threads."""
        self.torch_s = 0.0
        """What torch has computed without a conversion that might have been made, in all runs."""
        self.missed_s = 0.0
        """What a conversion that exists would have saved these runs."""

    def lean(self, device: str) -> nn.Module:
        """The rewritten network on a device, channels last; hooks of one run are no other run's."""
        if device != "cpu":
            # a card's memory is given back after a run
            return placed(lean(self._network), device, self._format)
        if self._lean is None:
            self._lean = placed(lean(self._network), device, self._format)
        return shell(self._lean)

    @property
    def _format(self) -> torch.memory_format:
        is_spatial = any(tensor.ndim == 5 for tensor in self._tensors)
        return torch.channels_last_3d if is_spatial else torch.channels_last


def prepared(network: nn.Module) -> Prepared:
    """What is known of a network; of one that holds the same weights and does the same with them, too."""
    if sum(tensor.nbytes for tensor in _tensors(network)) > _LARGEST_BYTES:
        return Prepared(network)
    identity = signature(network), *((id(tensor), _version(tensor)) for tensor in _tensors(network))
    with _lock:
        found = _kept.pop(identity, None) or Prepared(network)
        _kept[identity] = found
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def signature(network: nn.Module) -> str:
    """Kinds and settings of all modules: what a network does with its weights."""
    lines = []
    for name, module in network.named_modules():
        settings = {key: value for key, value in vars(module).items() if key not in _OF_ANY_MODULE}
        kind = f"{type(module).__module__}.{type(module).__qualname__}"
        lines.append(f"{name} {kind} {sorted(settings.items())}")
    return "\n".join(lines)


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]


def _version(tensor: Tensor) -> int:
    """Counts how often a tensor was changed in place, as a training does."""
    return 0 if tensor.is_inference() else tensor._version
