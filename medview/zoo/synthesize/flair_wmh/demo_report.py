"""What the shipped card says of the demo weights: the paper's table beside ours, and a person's FLAIR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.ml.card import read_card, write_card
from medview.ml.request import Subject
from medview.zoo.learning.demonstration import LEARNED
from medview.zoo.synthesize.flair_wmh.demo_belief import write_belief
from medview.zoo.synthesize.flair_wmh.demo_scores import (
    JUDGED,
    SHIPPED,
    Scores,
    head_scores,
    mean_and_spread,
    person_scores,
)
from medview.zoo.synthesize.flair_wmh.settings import ABLATIONS

HELD_OUT_SEEDS = range(2001, 2006)
TITLES = {
    "unimodal": "unimodal",
    "offline": "offline synthesis",
    "none": "joint",
    SHIPPED: "joint, second stage (these weights)",
}
PAPER: Mapping[str, Mapping[str, float]] = {
    "unimodal": {"dice": 0.5599, "fpr": 0.7867, "fnr": 0.3806},
    "offline": {"dice": 0.5442, "fpr": 0.6350, "fnr": 0.4339, "mae": 0.3153, "psnr_db": 9.65},
    "none": {"dice": 0.5781, "fpr": 0.5820, "fnr": 0.4133, "mae": 0.2566, "psnr_db": 11.01},
}
NOT_FOR = (
    "Clinical use. Trained for minutes, on synthetic heads and one patient with multiple sclerosis. {lesions}"
    "Variants trained alike have these mean Dice on held-out synthetic heads: {dice}; and of the FLAIR these "
    "mean PSNR: {psnr_db} (in the paper the joint variant is first in both). Lesions that a T1 does not show "
    "cannot be inferred from it; small and faint ones are missed. The FLAIR is blurred (squared error) and "
    "shows no lesion that the T1 gives no hint of"
)
_PERSON = (
    "Of the lesions of a second patient (ms_patient07) {found:.1%} of the volume were marked, and "
    "{excess:.1f} times their volume in excess: Dice {dice:.2f}. "
)


def report(base: Path, person: Subject, learned: Sequence[Subject], trained_on: str) -> None:
    """Score all variants that have been trained and write the card of the shipped weights.

    Args:
        base: Holds the model folders.
        person: A person's scans that none learned from.
        learned: The subjects that were learned from, for the card's range.
        trained_on: What they are, in words.
    """
    judged = [name for name in JUDGED if (base / name / LEARNED).is_file()]
    heads = [head_scores(base, seed, judged) for seed in HELD_OUT_SEEDS]
    folder = base / SHIPPED
    found = person_scores(base, person)
    rows = [*_head_rows(heads), *_person_rows(found)]
    card = replace(
        read_card(folder),
        title="FLAIR and white matter lesions from T1, demo (synthetic heads and one patient)",
        licence="Apache-2.0",
        trained_on=trained_on,
        intended_use="Demonstration and teaching: how the method works and what its result looks like",
        not_for=not_for(heads, found[SHIPPED]),
        results=tuple(rows),
        ordering=tuple(_ordering(heads)),
    )
    write_card(folder, card)
    write_belief(folder, learned)


def not_for(heads: Sequence[Scores], person: Mapping[str, Any]) -> str:
    """What the weights are not for, with the numbers that say so."""
    return NOT_FOR.format(
        lesions=_PERSON.format(found=1 - person["fnr"], excess=person["fpr"], dice=person["dice"]),
        dice=_best_first(heads, "dice", "{:.2f}"),
        psnr_db=_best_first(heads, "psnr_db", "{:.1f} dB"),
    )


def _best_first(heads: Sequence[Scores], metric: str, form: str) -> str:
    means = {
        TITLES[name]: mean_and_spread(_values(heads, name, metric))[0]
        for name in ABLATIONS
        if metric in heads[0].get(name, {})
    }
    return ", ".join(f"{name} {form.format(means[name])}" for name in sorted(means, key=lambda n: -means[n]))


def _values(heads: Sequence[Scores], variant: str, metric: str) -> list[float | None]:
    return [head[variant][metric] for head in heads]


def _head_rows(heads: Sequence[Scores]) -> list[dict[str, Any]]:
    seeds = f"every third slice of held-out heads, seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
    rows = []
    for variant in heads[0]:
        row: dict[str, Any] = {"data": f"{seeds}, {TITLES[variant]}", "n": len(heads)}
        for metric in heads[0][variant]:
            mean, spread = mean_and_spread(_values(heads, variant, metric))
            row |= {metric: round(mean, 3), f"{metric}_sd": round(spread, 3)}
        rows.append(row)
    return rows


def _ordering(heads: Sequence[Scores]) -> list[dict[str, Any]]:
    rows = []
    for metric in ("dice", "fpr", "fnr", "mae", "psnr_db"):
        for variant in ("unimodal", "offline", "none"):
            if metric not in PAPER[variant] or variant not in heads[0]:
                continue
            mean, spread = mean_and_spread(_values(heads, variant, metric))
            rows.append(
                {
                    "variant": TITLES[variant],
                    "metric": metric,
                    "paper": PAPER[variant][metric],
                    "ours": round(mean, 4),
                    "spread": round(spread, 4),
                    "n": len(heads),
                }
            )
    return rows


def _person_rows(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Real T1 and FLAIR: the straight line first, then what the variants make."""
    names = {"straight line": "best straight line from T1 to FLAIR", **TITLES}
    rows = []
    for name in ("straight line", "none", SHIPPED):
        numbers = {
            metric: round(value, 3)
            for metric, value in found[name].items()
            if isinstance(value, float) and metric != "rmse"
        }
        data = f"T1 and FLAIR of ms_patient07, inside the brain, {names[name]}"
        rows.append({"data": data, "n": 1, **numbers})
    return rows
