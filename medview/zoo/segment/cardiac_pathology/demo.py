"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.cardiac_pathology.demo FOLDER [VARIANT ...]

makes synthetic hearts, trains the four variants of the paper's table with the same budget, then the method
itself for longer, scores all on held-out hearts through the ordinary run, and leaves a model folder for each;
``FOLDER/longer`` is shipped. What an earlier call left in ``FOLDER`` is not made again, and a training that
was cut off goes on from its last checkpoint. Where variants are named (``none``, ``baseline``, ``attention``,
``penalty``) only these are trained, so that processes can share the work.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medview.ml.training_folder import HISTORY
from medview.zoo.learning.checkpoint import has_checkpoint
from medview.zoo.learning.demonstration import fastest_precision, learn, log_to_terminal
from medview.zoo.segment.cardiac_pathology.demo_hearts import subjects
from medview.zoo.segment.cardiac_pathology.demo_report import report
from medview.zoo.segment.cardiac_pathology.demo_scores import LONGER
from medview.zoo.segment.cardiac_pathology.settings import ABLATIONS
from medview.zoo.segment.cardiac_pathology.spec import SPEC

LEARNED_SEEDS = range(1000, 1106)
EPOCHS: Mapping[str, int] = {**dict.fromkeys(ABLATIONS, 6), LONGER: 9}
PARAMS: Mapping[str, Any] = {
    "width": "small",
    "crop_px": 80,
    "window_px": 48,
    "steps_per_epoch": 150,
    "batch": 8,
    "learning_rate": 1.5e-3,
    "final_rate": 1e-4,
    "mixup_prob": 0.2,
    "validation_fraction": 0.1,
}


def learn_variant(base: Path, name: str, learned: range = LEARNED_SEEDS) -> None:
    """Train one variant in ``base/name`` as far as it is not trained yet."""
    folder, epochs = base / name, EPOCHS[name]
    if is_learned(folder, epochs):
        return
    ablation = "none" if name == LONGER else name
    params = {**PARAMS, "precision": fastest_precision(), "ablation": ablation, "epochs": epochs}
    is_resumed = has_checkpoint(folder)
    learn(SPEC, subjects(base / "hearts", learned), folder, params, is_resumed=is_resumed)


def begin_longer(base: Path) -> None:
    """Let the long training begin where the method's own variant of the table ended."""
    if (base / LONGER).exists():
        return
    draft = base / f"{LONGER}.part"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(base / "none", draft)
    draft.rename(base / LONGER)


def is_learned(folder: Path, epochs: int) -> bool:
    """Whether a training reached its last epoch."""
    history = folder / HISTORY
    return history.is_file() and len(json.loads(history.read_text(encoding="utf-8"))) >= epochs


def main(base: Path, names: Sequence[str] = ()) -> None:
    """Train the variants named; where none is, all and the method for longer, and write the card."""
    for name in names or ABLATIONS:
        learn_variant(base, name)
    if names:
        return
    begin_longer(base)
    learn_variant(base, LONGER)
    report(base, LEARNED_SEEDS)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]), sys.argv[2:])
