"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.cardiac_pathology.demo FOLDER [VARIANT ...]

makes synthetic hearts, trains the method from nothing, lets the four variants of the paper's table go on from
there with the same budget each, then the method itself for longer, scores all on held-out hearts through the
ordinary run, and leaves a model folder for each; ``FOLDER/first`` is shipped. What an earlier call left in
``FOLDER`` is not made again, and a training that was cut off goes on from its last checkpoint. Where variants
are named (``none``, ``baseline``, ``attention``, ``penalty``, ``longer``) only these are trained, so that
processes can share the work.

Deviation from the paper, which trains each variant from nothing for 400 epochs: all begin with the same
weights, for plain cross entropy finds no infarct at all in the minutes that a demo may take.
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
from medview.zoo.segment.cardiac_pathology.demo_report import FIRST_STEPS, report
from medview.zoo.segment.cardiac_pathology.demo_scores import LONGER, START
from medview.zoo.segment.cardiac_pathology.settings import ABLATIONS
from medview.zoo.segment.cardiac_pathology.spec import SPEC

LEARNED_SEEDS = range(1000, 1106)
FIRST_SEEDS = LEARNED_SEEDS[:90]
FIRST_EPOCHS = (8, 16)
"""Of the first training: the rate begins anew after the eighth."""
EPOCHS: Mapping[str, int] = {**dict.fromkeys(ABLATIONS, 3), LONGER: 6}
NETWORK: Mapping[str, Any] = {"width": "small", "crop_px": 80, "batch": 8, "validation_fraction": 0.1}
FIRST: Mapping[str, Any] = {
    **NETWORK,
    "steps_per_epoch": FIRST_STEPS,
    "learning_rate": 1e-2,
    "final_rate": 5e-4,
    "mixup_prob": 0.3,
}
"""Of the weights that all variants begin with, on whole squares."""
VARIANT: Mapping[str, Any] = {
    **NETWORK,
    "window_px": 48,
    "steps_per_epoch": 120,
    "learning_rate": 1e-3,
    "final_rate": 1e-3 * 0.1**0.4,
    "mixup_prob": 0.2,
}


def learn_first(base: Path) -> None:
    """Train the method from nothing, on the first ninety hearts."""
    for epochs in FIRST_EPOCHS:
        learn_in(base, START, {**FIRST, "epochs": epochs}, FIRST_SEEDS)


def learn_variant(base: Path, name: str) -> None:
    """Let one variant go on from the first weights, in ``base/name``."""
    if name == LONGER:
        begin_longer(base)
    params = {**VARIANT, "epochs": EPOCHS[name], "start": str((base / START).resolve())}
    learn_in(base, name, {**params, "ablation": "none" if name == LONGER else name}, LEARNED_SEEDS)


def learn_in(base: Path, name: str, params: Mapping[str, Any], seeds: range) -> None:
    """Train in ``base/name`` as far as it is not trained yet."""
    folder = base / name
    if is_learned(folder, params["epochs"]):
        return
    hearts, is_resumed = subjects(base / "hearts", seeds), has_checkpoint(folder)
    learn(SPEC, hearts, folder, {**params, "precision": fastest_precision()}, is_resumed=is_resumed)


def begin_longer(base: Path) -> None:
    """Let the long training begin where the method's own variant of the table ended."""
    if (base / LONGER).exists():
        return
    learn_variant(base, "none")
    draft = base / f"{LONGER}.part"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(base / "none", draft)
    draft.rename(base / LONGER)


def is_learned(folder: Path, epochs: int) -> bool:
    """Whether a training reached its last epoch."""
    history = folder / HISTORY
    return history.is_file() and len(json.loads(history.read_text(encoding="utf-8"))) >= epochs


def main(base: Path, names: Sequence[str] = ()) -> None:
    """Train the variants named; where none is, train all, score them and write the card."""
    learn_first(base)
    for name in names or EPOCHS:
        learn_variant(base, name)
    if not names:
        report(base, FIRST_SEEDS, LEARNED_SEEDS)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]), sys.argv[2:])
