"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.stroke_lesion.demo FOLDER

makes synthetic patients and trains: the shipped networks (``FOLDER/mr`` and ``FOLDER/ct``), the four
variants of the thesis on MR with one smaller budget for all (``FOLDER/mr-none``, ``mr-cw_ds``, ``mr-cw``,
``mr-unet``), and the plain U-Net on CT (``FOLDER/ct-unet``); then scores all on held-out patients through the
ordinary run and writes the cards. Half an hour on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.zoo.learning.demonstration import learn, log, log_to_terminal
from medview.zoo.segment.stroke_lesion.demo_cards import write_ct_card, write_mr_card
from medview.zoo.segment.stroke_lesion.demo_patients import LEARNED_SEEDS, subjects
from medview.zoo.segment.stroke_lesion.settings import MR_ROLES
from medview.zoo.segment.stroke_lesion.spec import SPEC

_SHARED: Mapping[str, Any] = {
    "width": "small",
    "side_px": 96,
    "batch": 16,
    "validation_fraction": 0.05,
    "keep": "last",
}
_MR: Mapping[str, Any] = {"modality": "MRI", "channels": ",".join(MR_ROLES), "map_dropout": 0.4}
_CT: Mapping[str, Any] = {"modality": "CT"}
_LONG: Mapping[str, Any] = {**_SHARED, "epochs": 9, "steps_per_epoch": 100, "warmup": 1.35}
_MIDDLE: Mapping[str, Any] = {**_SHARED, "epochs": 6, "steps_per_epoch": 100, "warmup": 0.9}
_SHORT: Mapping[str, Any] = {**_SHARED, "epochs": 8, "steps_per_epoch": 50, "warmup": 1.2}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "mr": {**_LONG, **_MR},
    "ct": {**_MIDDLE, **_CT},
    "ct-unet": {**_MIDDLE, **_CT, "ablation": "unet"},
    "mr-none": {**_SHORT, **_MR},
    "mr-cw_ds": {**_SHORT, **_MR, "ablation": "cw_ds"},
    "mr-cw": {**_SHORT, **_MR, "ablation": "cw"},
    "mr-unet": {**_SHORT, **_MR, "ablation": "unet"},
}
"""Training parameters by the name of the folder; warm-up is the thesis's part of all epochs (15 %)."""


def train_all(base: Path) -> None:
    """Train every network of `RUNS` on the same patients."""
    for name, params in RUNS.items():
        log.info("training %s", name)
        learn(SPEC, subjects(base / "patients", name[:2], LEARNED_SEEDS), base / name, params)


def main(base: Path) -> None:
    """Make patients, train, score, write the cards."""
    train_all(base)
    write_mr_card(base)
    write_ct_card(base)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
