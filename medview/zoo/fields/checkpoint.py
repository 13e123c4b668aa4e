"""Checkpoints of a training as safetensors: weights, moments of the optimisers, the step.

Random numbers need no place in it: those of a step follow from the seed and the step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from medview.core.errors import InputRefused
from medview.ml.field_folder import CHECKPOINT_NAME as CHECKPOINT
from medview.zoo.learning.run_folder import cpu_copy

_STANDING = "standing"


def save_checkpoint(
    out: Path,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, Optimizer],
    standing: Mapping[str, Any],
) -> None:
    """Write ``checkpoint.safetensors``; an older one is replaced in one step.

    Args:
        out: The training's folder.
        modules: By name.
        optimisers: By name.
        standing: Plain JSON, such as the step.
    """
    tensors = {f"{name}/{key}": value for name, part in modules.items() for key, value in _all(part).items()}
    for name, optimiser in optimisers.items():
        for number, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"{name}/{number}/{key}": value for key, value in moments.items()}
    draft = out / f"{CHECKPOINT}.part"
    try:
        save_file(cpu_copy(tensors), draft, {_STANDING: json.dumps(dict(standing))})
        draft.replace(out / CHECKPOINT)
    finally:
        draft.unlink(missing_ok=True)


def load_checkpoint(
    out: Path, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> dict[str, Any]:
    """Take up what `save_checkpoint` wrote and return the standing.

    Raises:
        InputRefused: There is no checkpoint, or it is damaged or of another network.
    """
    title = f"Cannot resume the training in {out.name}"
    if not (out / CHECKPOINT).is_file():
        raise InputRefused(title, "it holds no checkpoint", "Start without resuming.")
    try:
        with safe_open(out / CHECKPOINT, "pt") as stored:
            tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118
            standing: dict[str, Any] = json.loads(stored.metadata()[_STANDING])
        for name, module in modules.items():
            _fill(module, _of(tensors, name))
        for name, optimiser in optimisers.items():
            _fill_moments(optimiser, _of(tensors, name))
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, TypeError) as reason:
        detail = str(reason).splitlines()[0].rstrip(".:")
        raise InputRefused(
            title, f"its checkpoint is damaged ({detail})", "Start without resuming."
        ) from None
    return standing


def _all(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.state_dict())


def _of(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    start = f"{name}/"
    return {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}


def _fill(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    module.load_state_dict(dict(tensors))


def _fill_moments(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for path, value in tensors.items():
        number, key = path.split("/")
        state.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
