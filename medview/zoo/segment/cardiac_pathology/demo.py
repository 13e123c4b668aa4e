"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.cardiac_pathology.demo FOLDER

makes synthetic hearts, trains the four variants of the paper's table with the same budget, scores them on
held-out hearts through the ordinary run, and leaves a model folder for each; ``FOLDER/none`` is shipped.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from medview.core.params import validate
from medview.ml.context import RunContext
from medview.ml.request import TrainRequest
from medview.ml.runner import train
from medview.zoo.segment.cardiac_pathology.demo_hearts import subjects
from medview.zoo.segment.cardiac_pathology.demo_report import report
from medview.zoo.segment.cardiac_pathology.settings import ABLATIONS
from medview.zoo.segment.cardiac_pathology.spec import SPEC

LEARNED_SEEDS = range(1000, 1090)
PARAMS: Mapping[str, Any] = {
    "width": "small",
    "crop_px": 80,
    "epochs": 12,
    "steps_per_epoch": 50,
    "learning_rate": 3e-3,
    "final_rate": 2e-4,
    "validation_fraction": 0.1,
}
log = logging.getLogger(__name__)


class Journal:
    """Writes the learning curves to the log."""

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


def learn(data: Path, out: Path, ablation: str) -> None:
    """Train one variant on the synthetic hearts in a folder, which are made where they are missing."""
    wanted = {**PARAMS, "precision": fastest_precision(), "ablation": ablation}
    with tempfile.TemporaryDirectory(dir=data.parent) as scratch:
        request = TrainRequest(
            model_id=SPEC.id,
            version=SPEC.version,
            subjects=subjects(data, LEARNED_SEEDS),
            params=validate(SPEC.train_params, wanted),
            out=out,
            resume=False,
            seed=1,
        )
        train(request, RunContext(scratch=Path(scratch), seed=1, listener=Journal()))


def main(base: Path, names: tuple[str, ...] = tuple(ABLATIONS)) -> None:
    """Make hearts, train all variants, score them, write the cards."""
    for name in names:
        learn(base / "hearts", base / name, name)
    report(base, names)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("accelerate").setLevel(logging.WARNING)
    main(Path(sys.argv[1]))
