"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.t2_vessels.demo FOLDER

makes synthetic heads, trains twice with the same budget (with the local attention mask and without), scores
both on held-out heads through the ordinary run, and leaves ``FOLDER/with-mask`` (the shipped model folder)
and ``FOLDER/without-mask`` (the ablation). About an hour on two cores.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.volume import AnyArray
from medview.measure.agreement import dice
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import make_study
from medview.zoo.learning.demonstration import fastest_precision, learn, log_to_terminal, summary
from medview.zoo.segment.t2_vessels.demo_heads import subjects
from medview.zoo.segment.t2_vessels.spec import SPEC

LEARNED_SEEDS = range(1000, 1060)
HELD_OUT_SEEDS = range(2001, 2011)
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
log = logging.getLogger(__name__)


def score(folders: Sequence[Path], seed: int) -> list[float]:
    """Dice of several models on one synthetic study, through the ordinary run and on the study's own grid."""
    study = make_study("head-mr", seed)
    scan = study.volumes["t2"]
    reference, _, _ = study.labels["vessels"]
    given = InputArray(array=scan.data, geometry=scan.geometry, modality="T2")
    scores = [float(dice(reference > 0, _found(folder, given)) or 0.0) for folder in folders]
    log.info("seed %d Dice %s", seed, scores)
    return scores


def _found(folder: Path, scan: InputArray) -> AnyArray:
    request = RunRequest(model_id=SPEC.id, version=SPEC.version, inputs={"t2": scan}, weights=folder)
    with tempfile.TemporaryDirectory() as scratch:
        vessels: AnyArray = run(request, RunContext(scratch=Path(scratch))).outputs["vessels"] > 0
    return vessels


def finish(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Say in the card what the weights are."""
    card = replace(
        read_card(folder),
        title="Brain vessels from T2, demo (synthetic heads)",
        licence="Apache-2.0",
        trained_on=(
            f"{len(LEARNED_SEEDS)} synthetic heads of the study head-mr (seeds {LEARNED_SEEDS.start} to "
            f"{LEARNED_SEEDS.stop - 1}; two of them chose the epoch): 19 with the study's T2 contrast, "
            "41 with a random one; 23 of all without skull and scalp; no scan of a person. Labelled: "
            "intradural arteries, from the supraclinoid carotid and the intracranial vertebral artery on. "
            "Loss of the vessels: Dice and cross entropy (the paper: Dice)"
        ),
        intended_use="Demonstration and teaching: how the method works and what its result looks like",
        not_for=(
            "Clinical use: the weights never saw a person's scan. On three real T2 scans they found "
            "fragments only (0.2 to 0.5 mL) and took a dark vein, the aqueduct and the like for arteries. "
            "Arteries of neck and skull base are not labelled and not found"
        ),
        results=tuple(rows),
    )
    write_card(folder, card)


def main(base: Path) -> None:
    """Make heads, train both, score both, write the cards."""
    ways = {"with-mask": {}, "without-mask": {"ablation": "no_mask"}}
    for name, changes in ways.items():
        learn(SPEC, subjects(base / "heads", LEARNED_SEEDS), base / name, {**PARAMS, **changes})
    report(base, tuple(ways))


def report(base: Path, names: Sequence[str]) -> None:
    """Score model folders on the held-out heads and write the card of the first one."""
    scores = np.array([score([base / name for name in names], seed) for seed in HELD_OUT_SEEDS])
    seeds = f"held-out synthetic heads, seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
    rows = [summary(scores[:, n].tolist(), f"{seeds}, trained {name}") for n, name in enumerate(names)]
    finish(base / names[0], rows)
    for row in rows:
        log.info("%s", json.dumps(row))


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
