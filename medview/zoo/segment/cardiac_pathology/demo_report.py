"""What the card of the demo says: the method's own scores, the paper's table beside ours, where it fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.measure.structure_score import StructureScore
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.ml.training_folder import CONFIG, HISTORY
from medview.zoo.learning.conduct import SPLIT_STREAM
from medview.zoo.learning.slices import split
from medview.zoo.segment.cardiac_pathology.demo_belief import write_belief
from medview.zoo.segment.cardiac_pathology.demo_scores import (
    HELD_OUT_SEEDS,
    LONGER,
    START,
    STRUCTURES,
    Scores,
    scores_of,
)
from medview.zoo.segment.cardiac_pathology.settings import ABLATIONS

DATA = f"held-out synthetic hearts, seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
VARIANTS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "baseline": ("U-Net, cross entropy", (0.955, 0.871, 0.622, 0.246)),
    "attention": ("attention, cross entropy", (0.962, 0.900, 0.718, 0.354)),
    "none": ("attention and AWCE (the method)", (0.971, 0.926, 0.769, 0.535)),
    "penalty": ("attention, AWCE and penalty", (0.970, 0.916, 0.747, 0.538)),
}
"""Title and the paper's Dice of cavity, myocardium, infarct and no-reflow on 69 validation slices."""
TRAINED_ON = (
    "{n} synthetic hearts of the study cardiac-lge (seeds {first_seed} to {last_seed}; a tenth of them chose "
    "the epoch): three in ten with the study's contrast, the others with a random one; no scan of a person. "
    "Half of each batch shows infarction or no-reflow. {steps} batches of {batch} slices: the paper "
    "trains 400 epochs. The variants of the ordering were not trained from nothing: all go on from these "
    "weights for {each} batches, seven of eight cut to windows of {window} pixels, of hearts with seeds up "
    "to {last_all}; one training each. {chosen}"
)
NOT_FOR = (
    "Clinical use: the weights never saw a person's scan. On four real cine volumes without late enhancement "
    "they made up an infarct of 22 to 28 mL in each. "
)
FIRST_STEPS = 100
"""Batches in an epoch of the first training."""
log = logging.getLogger(__name__)


def report(base: Path, learned: range, every: range) -> None:
    """Score every variant and write the card of the weights that are shipped.

    Args:
        base: Holds a folder for each training.
        learned: Seeds of the hearts that the shipped weights learned from.
        every: Seeds of those that the variants learned from.
    """
    scores = {name: scores_of(base / name) for name in (START, *ABLATIONS, LONGER)}
    finish(base, scores, trained_on(base, learned, every))
    write_belief(base / START, base / "hearts", learned)


def finish(base: Path, scores: Mapping[str, Scores], words: str) -> None:
    """Say in the card what the weights are."""
    folder, rows = base / START, ordering(scores)
    limits = (false_findings_words(scores[START]), longer_words(base, scores[LONGER]), order_words(rows))
    card = replace(
        read_card(folder),
        title="Infarct and no-reflow from LGE, demo (synthetic hearts)",
        licence="Apache-2.0",
        trained_on=words,
        intended_use="Demonstration and teaching: how the method works and what its result looks like",
        not_for=NOT_FOR + " ".join(limits),
        results=tuple(score.as_row(f"{DATA}: {name}") for name, score in scores[START].items()),
        ordering=tuple(rows),
    )
    write_card(folder, card)
    for row in (*card.results, *card.ordering):
        log.info("%s", json.dumps(row))


def trained_on(base: Path, learned: range, every: range) -> str:
    """What the weights were trained on, as the trainings' own folders tell it."""
    config = json.loads((base / "none" / CONFIG).read_text(encoding="utf-8"))
    return TRAINED_ON.format(
        n=len(learned),
        first_seed=learned.start,
        last_seed=learned.stop - 1,
        last_all=every.stop - 1,
        window=config["window_px"],
        batch=config["batch"],
        steps=len(_history(base / START)) * FIRST_STEPS,
        each=_batches(base / "none"),
        chosen=chosen_words(learned, every, config["validation_fraction"], config["seed"]),
    )


def chosen_words(learned: range, every: range, fraction: float, seed: int) -> str:
    """Which of the hearts that chose the variants' epochs the first weights knew.

    Args:
        learned: Seeds of the hearts of the first training.
        every: Seeds of the hearts of the variants' trainings.
        fraction: Of the hearts that are held back to choose the epoch.
        seed: Of all trainings.
    """
    parts = []
    for hearts in (learned, every):
        rng = RunContext(scratch=Path(), seed=seed).generator(SPLIT_STREAM)
        dealt = split([f"heart-{number}" for number in hearts], fraction, rng)
        parts.append([{hearts[place] for place in numbers} for numbers in dealt])
    (known, chose), (_, choose) = parts
    return (
        f"Of the {len(choose)} hearts that chose the variants' epochs these weights had learned from "
        f"{len(choose & known)}, and {len(choose & chose)} had chosen theirs: only the held-out hearts are "
        "new to all"
    )


def _batches(folder: Path) -> int:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return int(config["steps_per_epoch"]) * len(_history(folder))


def _history(folder: Path) -> list[Any]:
    rows: list[Any] = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    return rows


def ordering(scores: Mapping[str, Scores]) -> list[dict[str, Any]]:
    """The paper's table beside ours, a row for each variant and structure.

    Args:
        scores: By variant, then by structure.
    """
    return [
        {"variant": title, "metric": f"Dice, {structure}", "paper": paper[number]}
        | _ours(scores[name][structure])
        for name, (title, paper) in VARIANTS.items()
        for number, structure in enumerate(STRUCTURES)
    ]


def _ours(score: StructureScore) -> dict[str, Any]:
    mean, spread = score.mean or 0.0, score.spread or 0.0
    return {"ours": round(mean, 3), "spread": round(spread, 3), "n": score.n, **score.false_findings_row()}


def is_ordered(rows: Sequence[Mapping[str, Any]], structure: str) -> bool:
    """Whether ours puts the variants in the paper's order for one structure."""
    chosen = [row for row in rows if row["metric"] == f"Dice, {structure}"]
    by_paper = sorted(chosen, key=lambda row: row["paper"])
    return by_paper == sorted(chosen, key=lambda row: row["ours"])


def order_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """For which structures the four variants come in the paper's order, with our numbers where not."""
    held = [name for name in STRUCTURES if is_ordered(rows, name)]
    told = [f"The paper's order of its four variants shows in {_listed(held)}."] if held else []
    for name in STRUCTURES:
        if name not in held:
            pairs = [(row["variant"], row["ours"]) for row in rows if row["metric"] == f"Dice, {name}"]
            ranked = sorted(pairs, key=lambda pair: pair[1])
            order = ", ".join(f"{title} {value:.3f}" for title, value in ranked)
            told.append(f"It does not hold for {name}: {order}.")
    return " ".join(told) + " One training each, whose chance these differences may be"


def false_findings_words(scores: Scores) -> str:
    """How often weights find pathology where there is none."""
    told = []
    for name in STRUCTURES[2:]:
        score = scores[name]
        volumes = [f"{volume:.1f}" for volume in score.false_ml if volume > 0]
        amount = f", of {_listed(volumes)} mL" if volumes else ""
        told.append(f"{name} in {score.false_findings} of {score.without} held-out hearts without{amount}")
    return f"They found {' and '.join(told)}."


def longer_words(base: Path, scores: Scores) -> str:
    """Why the weights that went on for longest are not those that are shipped."""
    dice = ", ".join(f"{name} {score.mean or 0.0:.3f}" for name, score in scores.items())
    false = scores[STRUCTURES[2]].false_ml
    rows = [row["validation_dice"] for row in _history(base / LONGER)]
    batches = _batches(base / LONGER)
    best = batches * (1 + rows.index(max(rows))) // len(rows)
    return (
        f"After {best} more batches, the best of {batches}, their Dice was {dice}, with false infarcts of "
        f"{_listed([f'{volume:.1f}' for volume in false])} mL in {len(false)} hearts without: not shipped."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
