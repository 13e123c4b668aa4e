"""What the demo's card says: what it learned from, how well it does, and the paper's table beside ours."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.measure.overlap import Overlap
from medview.measure.structure_score import structure_score
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import make_study
from medview.phantoms.study import Study
from medview.zoo.learning.demonstration import kept_overlap, log, overlap_counts, wins
from medview.zoo.learning.stages import made_once
from medview.zoo.segment.t2_vessels.demo_belief import learned_facts, write_belief
from medview.zoo.segment.t2_vessels.demo_heads import HELD_OUT_SEEDS, LEARNED_SEEDS, ORDERING_SEEDS
from medview.zoo.segment.t2_vessels.spec import SPEC

FULL = "full"
Measured = tuple[Overlap, float]
"""Of one head: the overlap of reference and finding, and the volume of a voxel in mL."""
PAPER: Mapping[str, tuple[str, float, float]] = {
    FULL: ("local mask, 10 px", 0.79, 0.03),
    "no_mask": ("no local mask", 0.62, 0.04),
    "dilation_0": ("local mask, not dilated", 0.59, 0.04),
    "dilation_5": ("local mask, 5 px", 0.74, 0.03),
    "dilation_15": ("local mask, 15 px", 0.75, 0.02),
    "dilation_20": ("local mask, 20 px", 0.75, 0.03),
}
"""Title, Dice and its spread in the paper's ablation of the mask (Deo et al. 2023), by variant."""
ORDERING_STEP = 12
"""Every twelfth slice is scored for the ordering, to spare work."""
ORDERING_HELD_OUT = HELD_OUT_SEEDS[:5]


def report(long: Mapping[str, Path], variants: Mapping[str, Path], heads: Path) -> None:
    """Score model folders on the held-out heads and complete the card of the shipped one.

    Scores are kept in the models' folders; calibration, range and self-test are made where there are none.

    Args:
        long: Folders by the names of `PAPER`, the shipped one first, all trained with one budget.
        variants: The same for the ordering, all trained with a smaller one.
        heads: Where the heads lie that were learned from.
    """
    scores: dict[str, list[Measured]] = {name: [] for name in variants}
    for seed in ORDERING_HELD_OUT:
        study = lru_cache(partial(make_study, "head-mr", seed))
        for name, folder in variants.items():
            thinned = partial(score, folder, study, ORDERING_STEP)
            scores[name].append(kept_overlap(made_once(folder / "overlaps" / f"{seed}.json", thinned)))
    rows = [
        made_once(folder / "overlaps" / "row.json", partial(result, folder, name))
        for name, folder in long.items()
    ]
    shipped = long[FULL]
    _finish(shipped, rows, scores)
    if not read_card(shipped).self_test:
        write_belief(shipped, learned_facts(heads, LEARNED_SEEDS))


def result(folder: Path, name: str) -> dict[str, Any]:
    """The row of a card's results: Dice on all slices of the held-out heads."""
    reached = [score(folder, partial(make_study, "head-mr", seed)) for seed in HELD_OUT_SEEDS]
    data = f"held-out synthetic heads, {_seeds(HELD_OUT_SEEDS)}, {PAPER[name][0]}"
    return structure_score(map(kept_overlap, reached)).as_row(data)


def score(folder: Path, make: Callable[[], Study], step: int = 1) -> dict[str, float]:
    """The `overlap_counts` of a model on a study's slices, through the ordinary run and on the study's grid.

    Args:
        folder: The model.
        make: Makes the study.
        step: 12: only every twelfth slice is there.
    """
    study = make()
    scan, (reference, _, _) = study.volumes["t2"], study.labels["vessels"]
    matrix = scan.geometry.ras_from_ijk.copy()
    matrix[:, 2] *= step
    slices = np.ascontiguousarray(scan.data[:, :, ::step])
    given = InputArray(array=slices, geometry=Geometry(slices.shape, matrix), modality="T2")
    counts = overlap_counts(reference[:, :, ::step] > 0, _found(folder, given), given.geometry.voxel_ml)
    log.info("%s: Dice %s", folder.name, kept_overlap(counts)[0].dice)
    return counts


def _found(folder: Path, scan: InputArray) -> AnyArray:
    request = RunRequest(model_id=SPEC.id, version=SPEC.version, inputs={"t2": scan}, weights=folder)
    with tempfile.TemporaryDirectory() as scratch:
        vessels: AnyArray = run(request, RunContext(scratch=Path(scratch))).outputs["vessels"] > 0
    return vessels


def ordering(scores: Mapping[str, Sequence[Measured]]) -> tuple[dict[str, Any], ...]:
    """The paper's table of masks beside ours, a row for each variant.

    Args:
        scores: Of the same heads, by the names of `PAPER`.
    """
    rows = {name: structure_score(heads).as_row("") for name, heads in scores.items()}
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
        for name, row in rows.items()
    )


def _finish(
    folder: Path, rows: Sequence[Mapping[str, Any]], scores: Mapping[str, Sequence[Measured]]
) -> None:
    dice = {name: structure_score(heads).dice for name, heads in scores.items()}
    others = {PAPER[name][0]: values for name, values in dice.items() if name != FULL}
    card = replace(
        read_card(folder),
        title="Brain vessels from T2, demo (synthetic heads)",
        licence="Apache-2.0",
        trained_on=(
            f"{len(LEARNED_SEEDS)} synthetic heads of the study head-mr ({_seeds(LEARNED_SEEDS)}; "
            "two of them chose the epoch): 19 with the study's T2 contrast, "
            "41 with a random one; 23 of all without skull and scalp; no scan of a person. Labelled: "
            "intradural arteries, from the supraclinoid carotid and the intracranial vertebral artery on. "
            "Loss of the vessels: Dice and cross entropy (the paper: Dice). 5000 batches of two slices, with "
            "the mask and without. The variants of the ordering, the full method among them, were trained "
            "once each with a smaller budget: 400 batches, in smaller windows, from "
            f"{len(ORDERING_SEEDS)} of the heads; they are scored on every twelfth slice of five "
            f"held-out heads. Of these five, 10 px did better than {wins(dice[FULL], others)}"
        ),
        intended_use="Demonstration and teaching: how the method works and what its result looks like",
        not_for=(
            "Clinical use: the weights never saw a person's scan. On three real T2 scans they found "
            "fragments only (0.2 to 0.5 mL) and took a dark vein, the aqueduct and the like for arteries. "
            "Arteries of neck and skull base are not labelled and not found"
        ),
        results=tuple(rows),
        ordering=ordering(scores),
    )
    write_card(folder, card)


def _seeds(seeds: range) -> str:
    return f"seeds {seeds.start} to {seeds.stop - 1}"
