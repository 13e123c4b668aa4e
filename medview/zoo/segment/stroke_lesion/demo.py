"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.stroke_lesion.demo FOLDER

makes synthetic patients, trains four variants on MR and two on CT with the same budget, scores all on
held-out patients through the ordinary run, and leaves ``FOLDER/mr-none`` and ``FOLDER/ct-none`` (the shipped
model folders) beside the ablations. About an hour on one core.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.params import validate
from medview.ml.context import RunContext
from medview.ml.request import TrainRequest
from medview.ml.runner import train
from medview.zoo.segment.stroke_lesion.demo_patients import subjects
from medview.zoo.segment.stroke_lesion.settings import MR_ROLES
from medview.zoo.segment.stroke_lesion.spec import SPEC

LEARNED_SEEDS = range(1000, 1080)
VARIANTS = {"mr": ("none", "unet", "cw_ds", "cw"), "ct": ("none", "unet")}
_SHARED: Mapping[str, Any] = {
    "width": "small",
    "side_px": 96,
    "batch": 16,
    "epochs": 9,
    "steps_per_epoch": 100,
    "warmup": 1.35,
    "validation_fraction": 0.05,
}
PARAMS: Mapping[str, Mapping[str, Any]] = {
    "mr": {**_SHARED, "modality": "MRI", "channels": ",".join(MR_ROLES), "map_dropout": 0.4},
    "ct": {**_SHARED, "modality": "CT"},
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
        log.info("step %d %s", step, json.dumps({name: round(value, 5) for name, value in values.items()}))

    def is_cancelled(self) -> bool:
        """Never."""
        return False


def learn(base: Path, kind: str, ablation: str) -> None:
    """Train one variant on the synthetic patients in a folder, which are made where they are missing."""
    log.info("training %s-%s", kind, ablation)
    with tempfile.TemporaryDirectory(dir=base) as scratch:
        request = TrainRequest(
            model_id=SPEC.id,
            version=SPEC.version,
            subjects=subjects(base / "patients", kind, LEARNED_SEEDS),
            params=validate(SPEC.train_params, {**PARAMS[kind], "ablation": ablation}),
            out=base / f"{kind}-{ablation}",
            seed=1,
        )
        train(request, RunContext(scratch=Path(scratch), seed=1, listener=Journal()))


def main(base: Path) -> None:
    """Make patients, train every variant."""
    base.mkdir(parents=True, exist_ok=True)
    for kind, variants in VARIANTS.items():
        for ablation in variants:
            learn(base, kind, ablation)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("accelerate").setLevel(logging.WARNING)
    main(Path(sys.argv[1]))
