"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.segment.t2_vessels.demo FOLDER

makes synthetic heads, trains the full method and every variant of the paper's table (no local mask, and masks
of other widths) with the same budget, scores all on held-out heads through the ordinary run, and leaves
``FOLDER/full`` (the shipped model folder) and a folder per variant. About half an hour for each on two cores.
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
from medview.zoo.segment.t2_vessels.demo_belief import learned_facts, write_belief
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
FULL = "full"
VARIANTS = (FULL, "no_mask", "dilation_0", "dilation_5", "dilation_15", "dilation_20")
PAPER: Mapping[str, tuple[str, float, float]] = {
    FULL: ("local mask, 10 px", 0.79, 0.03),
    "no_mask": ("no local mask", 0.62, 0.04),
    "dilation_0": ("local mask, not dilated", 0.59, 0.04),
    "dilation_5": ("local mask, 5 px", 0.74, 0.03),
    "dilation_15": ("local mask, 15 px", 0.75, 0.02),
    "dilation_20": ("local mask, 20 px", 0.75, 0.03),
}
"""Dice and its spread in the paper's ablation of the mask (Deo et al. 2023)."""
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
    """Make heads, train all variants, score all, write the card."""
    for name in VARIANTS:
        changes = {} if name == FULL else {"ablation": name}
        learn(SPEC, subjects(base / "heads", LEARNED_SEEDS), base / name, {**PARAMS, **changes})
    report(base, VARIANTS)


def ordering(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The paper's table of mask widths beside ours, a row for each variant that was trained."""
    return tuple(
        {
            "variant": PAPER[name][0],
            "metric": "Dice",
            "paper": PAPER[name][1],
            "paper_spread": PAPER[name][2],
            "ours": row["dice"],
            "spread": row["dice_sd"],
            "n": row["n"],
        }
        for name, row in zip(names, rows, strict=True)
    )


def report(base: Path, names: Sequence[str]) -> None:
    """Score model folders on the held-out heads and write the card of the first one."""
    scores = np.array([score([base / name for name in names], seed) for seed in HELD_OUT_SEEDS])
    seeds = f"held-out synthetic heads, seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
    rows = [summary(scores[:, n].tolist(), f"{seeds}, trained {name}") for n, name in enumerate(names)]
    finish(base / names[0], rows)
    order = ordering(names, rows)
    write_card(base / names[0], replace(read_card(base / names[0]), ordering=order))
    write_belief(base / names[0], learned_facts(base / "heads", LEARNED_SEEDS))
    for row in rows:
        log.info("%s", json.dumps(row))


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]))
