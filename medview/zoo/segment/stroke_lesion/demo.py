"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.stroke_lesion.demo FOLDER

makes synthetic patients and trains the four variants of the thesis, on MR (``FOLDER/mr``, the shipped full
method, ``mr-cw_ds``, ``mr-cw``, ``mr-unet``) and on CT (``ct`` …), those of one modality with one budget;
then scores all on held-out patients through the ordinary run and writes the cards of ``mr`` and ``ct``. What
lies finished in the folder is not made again. About an hour on one core.
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

_SHARED: Mapping[str, Any] = {
    "width": "small",
    "side_px": 96,
    "batch": 16,
    "steps_per_epoch": 100,
    "validation_fraction": 0.05,
    "keep": "last",
}
BUDGETS: Mapping[str, Mapping[str, Any]] = {
    "ct": {**_SHARED, "modality": "CT", "epochs": 6, "warmup": 0.9},
    "mr": {
        **_SHARED,
        "modality": "MRI",
        "channels": ",".join(MR_ROLES),
        "map_dropout": 0.4,
        "epochs": 9,
        "warmup": 1.35,
    },
}
"""Training parameters by modality, all variants alike; warm-up: 15 % of the epochs, as in the thesis."""


def folder_name(kind: str, ablation: str) -> str:
    """Where a variant of ``"mr"`` or ``"ct"`` is trained: the full method has the bare name."""
    return kind if ablation == "none" else f"{kind}-{ablation}"


def train_all(base: Path) -> None:
    """Train every variant on the same patients."""
    for kind, params in BUDGETS.items():
        for ablation in VARIANTS:
            patients = partial(subjects, base / "patients", kind, LEARNED_SEEDS)
            train_once(SPEC, patients, base / folder_name(kind, ablation), {**params, "ablation": ablation})


def main(base: Path) -> None:
    """Make patients, train, score, write the cards."""
    train_all(base)
    write_mr_card(base)
    write_ct_card(base)


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
