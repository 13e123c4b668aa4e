"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.stroke_lesion.demo FOLDER

makes synthetic patients and trains: the shipped networks (``FOLDER/mr`` and ``FOLDER/ct``), the other
variants of the thesis on CT with the budget of ``ct`` (``ct-cw_ds``, ``ct-cw``, ``ct-unet``), and all four on
MR with one smaller budget (``mr-none``, ``mr-cw_ds``, ``mr-cw``, ``mr-unet``); then scores all on held-out
patients through the ordinary run and writes the cards. What lies finished in the folder is not made again.
An hour on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from medview.zoo.learning.demonstration import log_to_terminal
from medview.zoo.learning.stages import train_once
from medview.zoo.segment.stroke_lesion.demo_cards import write_ct_card, write_mr_card
from medview.zoo.segment.stroke_lesion.demo_patients import LEARNED_SEEDS, subjects
from medview.zoo.segment.stroke_lesion.settings import MR_ROLES, VARIANTS
from medview.zoo.segment.stroke_lesion.spec import SPEC

_SHARED: Mapping[str, Any] = {"width": "small", "side_px": 96, "validation_fraction": 0.05, "keep": "last"}
_MR: Mapping[str, Any] = {
    **_SHARED,
    "modality": "MRI",
    "channels": ",".join(MR_ROLES),
    "map_dropout": 0.4,
    "batch": 16,
}
_MR_LONG: Mapping[str, Any] = {**_MR, "epochs": 9, "steps_per_epoch": 100, "warmup": 1.35}
_MR_SHORT: Mapping[str, Any] = {**_MR, "epochs": 8, "steps_per_epoch": 50, "warmup": 1.2}
_CT: Mapping[str, Any] = {
    **_SHARED,
    "modality": "CT",
    "batch": 8,
    "epochs": 6,
    "steps_per_epoch": 100,
    "warmup": 0.9,
}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "mr": _MR_LONG,
    "ct": _CT,
    **{f"ct-{name}": {**_CT, "ablation": name} for name in VARIANTS if name != "none"},
    **{f"mr-{name}": {**_MR_SHORT, "ablation": name} for name in VARIANTS},
}
"""Training parameters by the name of the folder; warm-up is the thesis's part of all epochs (15 %)."""


def train_all(base: Path) -> None:
    """Train every network of `RUNS` on the same patients."""
    for name, params in RUNS.items():
        train_once(SPEC, partial(subjects, base / "patients", name[:2], LEARNED_SEEDS), base / name, params)


def main(base: Path) -> None:
    """Make patients, train, score, write the cards."""
    train_all(base)
    write_mr_card(base)
    write_ct_card(base)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
