"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.cardiac_pathology.demo FOLDER

makes synthetic hearts, trains the four variants of the paper's table with the same budget, then the method
itself for longer, scores all on held-out hearts through the ordinary run, and leaves a model folder for each;
``FOLDER/longer`` is shipped.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.zoo.learning.demonstration import fastest_precision, learn, log_to_terminal
from medview.zoo.segment.cardiac_pathology.demo_hearts import subjects
from medview.zoo.segment.cardiac_pathology.demo_report import LONGER, report
from medview.zoo.segment.cardiac_pathology.settings import ABLATIONS
from medview.zoo.segment.cardiac_pathology.spec import SPEC

LEARNED_SEEDS = range(1000, 1090)
PARAMS: Mapping[str, Any] = {
    "width": "small",
    "crop_px": 80,
    "epochs": 8,
    "steps_per_epoch": 100,
    "batch": 8,
    "learning_rate": 1e-2,
    "final_rate": 5e-4,
    "mixup_prob": 0.3,
    "validation_fraction": 0.1,
}


LONGER_EPOCHS = 16


def learn_variant(base: Path, name: str) -> None:
    """Train one variant on the hearts in ``base/hearts``, which are made where they are missing."""
    params = {**PARAMS, "precision": fastest_precision(), "ablation": name}
    learn(SPEC, subjects(base / "hearts", LEARNED_SEEDS), base / name, params)


def learn_longer(base: Path) -> None:
    """Go on with the method's own variant, in ``base/longer``."""
    shutil.copytree(base / "none", base / LONGER)
    params = {**PARAMS, "precision": fastest_precision(), "epochs": LONGER_EPOCHS}
    learn(SPEC, subjects(base / "hearts", LEARNED_SEEDS), base / LONGER, params, is_resumed=True)


def main(base: Path) -> None:
    """Make hearts, train all variants, score them, write the cards."""
    for name in ABLATIONS:
        learn_variant(base, name)
    learn_longer(base)
    report(base, LEARNED_SEEDS)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
