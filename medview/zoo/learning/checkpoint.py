"""Checkpoints that survive a crash, and from which nothing can be run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from accelerate import Accelerator
from safetensors import SafetensorError

from medview.core.errors import InputRefused
from medview.ml.training_folder import CHECKPOINT

STATE = "state.json"


def save_checkpoint(accelerator: Accelerator, out: Path, state: Mapping[str, Any]) -> None:
    """Write models, optimisers, random states and `state` to ``out/checkpoint``, replaced in one step.

    At every moment one whole checkpoint lies there, as ``checkpoint`` or as ``checkpoint.old``.
    """
    draft, final, old = (out / f"{CHECKPOINT}{suffix}" for suffix in (".part", "", ".old"))
    if accelerator.is_main_process:
        shutil.rmtree(draft, ignore_errors=True)
        if final.exists():
            shutil.rmtree(old, ignore_errors=True)
    accelerator.wait_for_everyone()
    try:
        accelerator.save_state(str(draft), safe_serialization=True)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            (draft / STATE).write_text(json.dumps(dict(state), indent=1), encoding="utf-8")
            if final.exists():
                final.rename(old)
            draft.rename(final)
            shutil.rmtree(old, ignore_errors=True)
    finally:
        if accelerator.is_main_process:
            # half a checkpoint on a full disk would be in the way of the next one
            shutil.rmtree(draft, ignore_errors=True)
    accelerator.wait_for_everyone()


def has_checkpoint(out: Path) -> bool:
    """Whether a training can be taken up in this folder."""
    return any((out / f"{CHECKPOINT}{suffix}" / STATE).is_file() for suffix in ("", ".old"))


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
