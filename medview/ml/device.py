"""Which processor a run uses, asked of torch only where the answer needs it."""

from __future__ import annotations

import importlib

from medview.core.errors import InputRefused

DEVICES = ("auto", "cpu", "cuda")


def resolved_device(wanted: str) -> str:
    """Turn ``"auto"``, ``"cpu"`` or ``"cuda"`` into what torch understands.

    Raises:
        InputRefused: The word is unknown, or no graphics card can be used.
    """
    if wanted not in DEVICES:
        raise InputRefused(
            f"Cannot use the device {wanted}", "it is unknown", f"Known: {', '.join(DEVICES)}."
        )
    if wanted == "cpu":
        return "cpu"
    if _has_cuda():
        return "cuda"
    if wanted == "cuda":
        detail = "torch finds no graphics card that it can use"
        raise InputRefused("Cannot use the device cuda", detail, "Choose cpu, or auto.")
    return "cpu"


def _has_cuda() -> bool:
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return False
    return bool(torch.cuda.is_available())
