"""What runs share: weights that cannot carry code, and cancelling in the middle of a forward pass."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from medview.core.errors import InputRefused
from medview.ml.context import RunContext

Made = TypeVar("Made", bound=nn.Module)
Loaded = TypeVar("Loaded")
_KEPT_NETWORKS = 2


@contextmanager
def cancellable(module: nn.Module, ctx: RunContext) -> Iterator[None]:
    """Let `Cancelled` be raised before any layer of a forward pass, not only between batches."""
    leaves = [leaf for leaf in module.modules() if next(leaf.children(), None) is None]
    handles = [
        leaf.register_forward_pre_hook(lambda _module, _args: ctx.check_cancelled()) for leaf in leaves
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def trained(make: Callable[[], Made], path: Path) -> Made:
    """A network with the weights of a safetensors file, ready to run.

    Args:
        make: Makes it with fresh weights; they are not even drawn.
        path: The file; nothing else is ever read.

    Raises:
        InputRefused: The file is damaged, or its tensors are not those of the network.
    """
    with torch.device("meta"):
        module = make()
    _fill(module, path, assign=True)
    return module.eval()


def kept(load: Callable[[Path], Loaded], folder: Path) -> Loaded:
    """What a function loads from a model folder; from the second run in a warm process on, as it was loaded.

    Args:
        load: Reads the folder; runs must not change what it returns.
        folder: Of weights and card; where one of its files was written anew, it is loaded again.
    """
    stamps = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in _files(folder))
    return _loaded(load, folder, stamps)


@functools.lru_cache(maxsize=_KEPT_NETWORKS)
def _loaded(load: Callable[[Path], Loaded], folder: Path, _stamps: tuple[object, ...]) -> Loaded:
    return load(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def load_weights(module: nn.Module, path: Path) -> None:
    """Fill a module from a safetensors file; nothing else is ever read.

    Raises:
        InputRefused: The file is damaged, or its tensors are not those of the module.
    """
    _fill(module, path, assign=False)


def _fill(module: nn.Module, path: Path, *, assign: bool) -> None:
    try:
        module.load_state_dict(load_file(path), assign=assign)
    except (SafetensorError, OSError, RuntimeError) as reason:
        detail = str(reason).splitlines()[0].rstrip(".:")
        hint = "Copy the whole model folder again from its source."
        raise InputRefused(f"Cannot use the weights in {path.parent.name}", detail, hint) from None


def save_weights(state: dict[str, Tensor], path: Path) -> None:
    """Write a state dictionary as safetensors; an existing file is replaced in one step."""
    draft = path.with_suffix(".part")
    try:
        save_file(state, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
