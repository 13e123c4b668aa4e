"""What the demo scripts of all methods share: training from a script, and rows of a card's table."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medview.core.params import validate
from medview.measure.overlap import Overlap, overlap_of
from medview.measure.surfaces import Mask
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.ml.runner import train
from medview.ml.spec import ModelSpec
from medview.zoo.learning.checkpoint import has_checkpoint

log = logging.getLogger(__name__)
LEARNED = "learned.json"
"""In a model folder of a demo: the final scores of a training that came to its end."""


class Journal:
    """A listener that writes the learning curves to the log."""

    def progress(self, fraction: float, message: str) -> None:
        """Write how much is done."""
        log.debug("%5.1f %% %s", 100 * fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: Any) -> None:
        """Nobody looks."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Write one epoch."""
        log.info("step %d %s", step, json.dumps({name: round(value, 4) for name, value in values.items()}))

    def is_cancelled(self) -> bool:
        """Never."""
        return False


def fastest_precision() -> str:
    """bf16 on CPUs with instructions for it, where it halves the time; elsewhere it would cost time."""
    return "bf16" if torch.cpu.get_capabilities().get("avx512_bf16") else "auto"


def learn(
    spec: ModelSpec,
    subjects: Sequence[Subject],
    out: Path,
    params: Mapping[str, Any],
    *,
    seed: int = 1,
    is_resumed: bool = False,
) -> Mapping[str, float]:
    """Train through the ordinary entry and return the final scores.

    Args:
        spec: The method.
        subjects: To learn from and to choose the epoch on.
        out: The model folder.
        params: Training parameters that differ from their defaults.
        seed: Start of the random numbers.
        is_resumed: Go on from the last checkpoint.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        request = TrainRequest(
            model_id=spec.id,
            version=spec.version,
            subjects=tuple(subjects),
            params=validate(spec.train_params, params),
            out=out,
            resume=is_resumed,
            seed=seed,
        )
        return train(request, RunContext(scratch=Path(scratch), seed=seed, listener=Journal())).scores


def learn_once(
    spec: ModelSpec,
    subjects: Callable[[], Sequence[Subject]],
    out: Path,
    params: Mapping[str, Any],
    *,
    seed: int = 1,
) -> None:
    """Train as `learn` does, unless that has been done; go on where it was interrupted.

    Args:
        spec: The method.
        subjects: Gives the subjects, where there is something left to do.
        out: The model folder; ``learned.json`` in it says that the training came to its end.
        params: Training parameters that differ from their defaults; those of an interrupted training must
            be the same.
        seed: Start of the random numbers.
    """
    ended = out / LEARNED
    if ended.is_file():
        log.info("%s is trained already", out.name)
        return
    scores = learn(spec, subjects(), out, params, seed=seed, is_resumed=has_checkpoint(out))
    ended.write_text(json.dumps(dict(scores)), encoding="utf-8")


def overlap_counts(reference: Mask, found: Mask, voxel_ml: float) -> dict[str, float]:
    """What is kept of a structure in one subject: ``hit``, ``excess`` and ``missed`` voxels, ``voxel_ml``."""
    return {**asdict(overlap_of(reference, found)), "voxel_ml": voxel_ml}


def kept_overlap(counts: Mapping[str, float]) -> tuple[Overlap, float]:
    """What `overlap_counts` kept, as `structure_score` takes it."""
    hit, excess, missed = (int(counts[name]) for name in ("hit", "excess", "missed"))
    return Overlap(hit=hit, excess=excess, missed=missed), counts["voxel_ml"]


def wins(own: Sequence[float], others: Mapping[str, Sequence[float]]) -> str:
    """On how many subjects a method did better than each of others, in words: ``"A on 3, B on 7"``.

    Args:
        own: The method's score on every subject; higher is better.
        others: Scores on the same subjects, by title.
    """
    counts = {
        title: sum(mine > theirs for mine, theirs in zip(own, scores, strict=True))
        for title, scores in others.items()
    }
    return ", ".join(f"{title} on {count}" for title, count in counts.items())


def log_to_terminal() -> None:
    """Let a demo script tell how it gets on."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("accelerate").setLevel(logging.WARNING)
