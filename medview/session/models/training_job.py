"""The job target of a training: read the data folder where the work is done, then train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.ml.context import RunContext
from medview.ml.device import resolved_device
from medview.ml.registry import installed
from medview.ml.request import TrainRequest
from medview.ml.runner import train
from medview.session.files.subjects import collect_subjects

TARGET = "medview.session.models.training_job:train_folder"


def train_folder(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: train a model on a data folder.

    Args:
        payload: ``model_id``, ``data``, ``out``, ``params``, ``seed``, ``device``, ``resume``.
        _arrays: None.
        link: Told of the progress, and of the numbers of each epoch.

    Returns:
        ``folder``, ``scores`` and ``provenance``.
    """

    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    spec = installed().find(payload["model_id"])
    data = Path(payload["data"])
    subjects = collect_subjects(
        data, spec, link.scratch, lambda _part, words: link.progress(0.0, words.capitalize()), check
    )
    request = TrainRequest(
        model_id=spec.id,
        version=spec.version,
        subjects=subjects,
        params=payload["params"],
        out=Path(payload["out"]),
        resume=bool(payload["resume"]),
        seed=int(payload["seed"]),
        device=str(payload["device"]),
    )
    device = resolved_device(request.device)
    ctx = RunContext(
        scratch=link.scratch, device=device, seed=request.seed, threads=link.threads, listener=link
    )
    result = train(request, ctx)
    facts = {"folder": str(result.folder), "scores": dict(result.scores)}
    return {**facts, "provenance": dict(result.provenance)}, {}
