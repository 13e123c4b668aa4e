"""What a training of a radiance field is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medview.core.posed_views import PosedViews


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldRequest:
    """One training of one field. The entry's signature is ``train(request: FieldRequest, ctx: RunContext)``.

    It reports ``ctx.report(step, {"loss", "psnr"})``, with ``"held_out_psnr"`` where measured, shows a
    held-out view by ``ctx.preview("held-out", (0, 0, 0), image)`` with an (H, W, 3) uint8 image, keeps a
    checkpoint of safetensors in `out` from time to time and when it is cancelled, and ends with a field
    folder in `out`.

    Args:
        model_id: As in the registry.
        version: The spec's version at the time of asking.
        views: Pictures and cameras.
        params: A value for every training parameter of the spec.
        out: The field folder to write.
        resume: Go on from the checkpoint in ``out``.
        seed: Start of the random numbers.
        device: ``"cpu"`` or ``"cuda"``.
    """

    model_id: str
    version: str
    views: PosedViews
    params: Mapping[str, Any] = field(default_factory=dict)
    out: Path
    resume: bool = False
    seed: int = 0
    device: str = "cpu"
