"""What trainings share: the accelerator, checkpoints that survive a crash, learning curves.

Devices, mixed precision, gradients and several processes are left to HuggingFace accelerate.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedDataParallelKwargs
from safetensors import SafetensorError
from torch import Tensor

from medview.core.errors import InputRefused

CHECKPOINT = "checkpoint"
STATE = "state.json"


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


def save_checkpoint(accelerator: Accelerator, out: Path, state: Mapping[str, Any]) -> None:
    """Write model, optimiser, random states and `state` to ``out/checkpoint``, replaced in one step."""
    draft, final, old = (out / f"{CHECKPOINT}{suffix}" for suffix in (".part", "", ".old"))
    if accelerator.is_main_process:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(draft), safe_serialization=True)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        (draft / STATE).write_text(json.dumps(dict(state), indent=1), encoding="utf-8")
        if final.exists():
            final.rename(old)
        draft.rename(final)
        shutil.rmtree(old, ignore_errors=True)
    accelerator.wait_for_everyone()


def load_checkpoint(accelerator: Accelerator, out: Path) -> dict[str, Any]:
    """Take up the last checkpoint; weights come as safetensors, the rest without running pickled code.

    Raises:
        InputRefused: There is no checkpoint, it is damaged, or it holds code.
    """
    folder = out / CHECKPOINT
    if not (folder / STATE).is_file():
        folder = out / f"{CHECKPOINT}.old"
    if not (folder / STATE).is_file():
        raise InputRefused(
            f"Cannot resume the training in {out.name}", "it holds no checkpoint", "Start without resuming."
        )
    try:
        accelerator.load_state(str(folder), load_kwargs={"weights_only": True})
        state: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (UnpicklingError, SafetensorError, OSError, ValueError, RuntimeError) as reason:
        detail = str(reason).splitlines()[0].rstrip(".:")
        hint = "Start without resuming."
        raise InputRefused(f"Cannot resume the training in {out.name}", detail, hint) from None
    return state


def relative_fall(losses: Sequence[float], window: int = 5) -> float:
    """How much a loss fell over the last `window` steps, as a part of where it was; infinite if unknown."""
    if len(losses) <= window:
        return float("inf")
    before, now = losses[-window - 1], losses[-1]
    return (before - now) / before if before > 0 else 0.0


def cpu_copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy of a state dictionary in main memory."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in state.items()}


def dice_of(overlap: float, first: float, second: float) -> float:
    """Dice from counts; 1 where both are empty."""
    return 2 * overlap / (first + second) if first + second else 1.0
