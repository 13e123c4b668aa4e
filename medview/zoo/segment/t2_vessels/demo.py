"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.t2_vessels.demo FOLDER

makes synthetic heads, trains the full method (``FOLDER/full``, the shipped model folder) and the same without
a local mask (``FOLDER/no_mask``), and trains both and the paper's other widths of the mask once more with one
smaller budget for all (``FOLDER/ordering-full``, ``ordering-no_mask`` …); then scores all on held-out heads
through the ordinary run and writes the card. What lies finished in the folder is not made again. Three hours
on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from medview.zoo.learning.demonstration import fastest_precision, log_to_terminal
from medview.zoo.learning.stages import train_once
from medview.zoo.segment.t2_vessels.demo_heads import LEARNED_SEEDS, ORDERING_SEEDS, subjects
from medview.zoo.segment.t2_vessels.demo_report import FULL, PAPER, report
from medview.zoo.segment.t2_vessels.spec import SPEC

PARAMS: Mapping[str, Any] = {
    "width": "small",
    "pixel_spacing_mm": 0.8,
    "window_px": 144,
    "epochs_phase1": 1,
    "epochs_phase2": 9,
    "steps_per_epoch": 500,
    "learning_rate": 1e-3,
    "decay": "cosine",
    "segmentation_loss": "dice_entropy",
    "patience": 0,
    "validation_fraction": 0.034,
    "precision": fastest_precision(),
}
ORDERING: Mapping[str, Any] = {**PARAMS, "window_px": 96, "epochs_phase2": 3, "steps_per_epoch": 100}
"""The smaller budget that all variants share: fewer heads, smaller windows, 400 batches."""


def train_all(base: Path) -> None:
    """Train the long runs, then every variant of the ordering."""
    for seeds, budget, folders in (
        (LEARNED_SEEDS, PARAMS, long_folders(base)),
        (ORDERING_SEEDS, ORDERING, ordering_folders(base)),
    ):
        for name, folder in folders.items():
            params = {**budget, "ablation": "none" if name == FULL else name}
            train_once(SPEC, partial(subjects, base / "heads", seeds), folder, params)


def long_folders(base: Path) -> dict[str, Path]:
    """The shipped weights, and what they are compared with."""
    return {name: base / name for name in (FULL, "no_mask")}


def ordering_folders(base: Path) -> dict[str, Path]:
    """Every variant of the paper's table."""
    return {name: base / f"ordering-{name}" for name in PAPER}


def main(base: Path) -> None:
    """Make heads, train all, score all, write the card."""
    train_all(base)
    report(long_folders(base), ordering_folders(base), base / "heads")


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
