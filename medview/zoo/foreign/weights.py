"""Foreign weights into networks, by readers that cannot run code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from medview.core.errors import InputRefused
from medview.ml.foreign.torch_file import NUMPY_SCALARS, demand_tensors_only

_PREFIXES = ("module.", "_orig_mod.")
_FAILURES = (pickle.UnpicklingError, RuntimeError, OSError, ValueError, KeyError, EOFError, AttributeError)


def read_checkpoint(path: Path, with_scalars: bool = False) -> Mapping[str, Any]:
    """Read a file of torch.save with the unpickler that knows tensors only.

    Args:
        path: The file; its pickle is looked through first.
        with_scalars: Numpy scalars may be in it too, as in nnU-Net's checkpoints.

    Raises:
        InputRefused: It is damaged, or asks for something that is no tensor.
    """
    demand_tensors_only(path, NUMPY_SCALARS if with_scalars else frozenset())
    try:
        with torch.serialization.safe_globals(_numpy_scalars() if with_scalars else []):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except _FAILURES as reason:
        raise _refused(path, str(reason).splitlines()[0] if str(reason) else "it is damaged") from None
    if not isinstance(found, Mapping):
        raise _refused(path, "it holds no table of tensors")
    return found


def _numpy_scalars() -> list[Any]:
    from numpy._core import multiarray

    scalar = multiarray.scalar
    kinds = [type(np.dtype(name)) for name in ("float64", "float32", "int64")]
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        *kinds,
    ]


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """A state dictionary from safetensors or a file of torch.save.

    Raises:
        InputRefused: It is damaged, or holds something else.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as reason:
            raise _refused(path, str(reason).splitlines()[0]) from None
    found = read_checkpoint(path)
    for name in ("state_dict", "model", "network"):
        inner = found.get(name)
        if isinstance(inner, Mapping):
            found = inner
    return plain_state(found, path)


def plain_state(state: Mapping[str, Any], path: Path) -> dict[str, torch.Tensor]:
    """The tensors by name, without the prefixes that training wrappers add."""
    made = {}
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            raise _refused(path, f"{name} in it is no tensor")
        made[_without_prefix(str(name))] = value
    return made


def fill(net: nn.Module, state: Mapping[str, torch.Tensor], path: Path) -> nn.Module:
    """Fill a network; every name must fit.

    Raises:
        InputRefused: Names or shapes differ.
    """
    try:
        net.load_state_dict(dict(state))
    except RuntimeError as reason:
        lines = [line.strip().rstrip(".") for line in str(reason).splitlines()]
        raise _refused(path, (lines[1] if len(lines) > 1 else lines[0])[:300]) from None
    return net.eval()


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _refused(path: Path, detail: str) -> InputRefused:
    hint = "Copy the whole model folder again from its source."
    return InputRefused(f"Cannot use the weights in {path.name}", detail.rstrip(".:"), hint)
