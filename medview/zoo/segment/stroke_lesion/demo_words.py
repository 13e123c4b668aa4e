"""What the cards of the demo weights say in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from medview.zoo.learning.demonstration import wins
from medview.zoo.segment.stroke_lesion.demo_ordering import (
    CT_SUBSETS,
    CT_VARIANTS,
    MR_VARIANTS,
    dice_of,
    mean_dice,
)
from medview.zoo.segment.stroke_lesion.demo_patients import HELD_OUT_SEEDS, LEARNED_SEEDS
from medview.zoo.segment.stroke_lesion.demo_scores import Given, Scores

INTENDED = "Demonstration and teaching: how the method works and what its result looks like"


def held_out(given: Given) -> str:
    """What a row of the results was measured on."""
    seeds = f"seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
    return f"held-out synthetic patients, {seeds}, {given.name}"


def mr_words(scores: Scores) -> dict[str, str]:
    """Of the MR card."""
    others = {title: mean_dice(scores, name) for name, (title, _) in MR_VARIANTS.items() if name != "mr-none"}
    return {
        "title": "Stroke lesion from MR maps, demo (synthetic patients)",
        "trained_on": (
            f"{_patients('mr')} Six maps, each left out at random, so that any subset can be given. Slices "
            "of 96 x 96 pixels (the thesis: 224 x 224), width small, 900 batches of 16 slices. The variants "
            "of the ordering, the full method among them, had 400 each. Whether the thesis's order holds: "
            f"{_order_words(mean_dice(scores, 'mr-none'), others)} (mean of four subsets)"
        ),
        "not_for": (
            f"{_not_for('ADC, rCBF, rCBV, MTT, TTP and Tmax')}; outlines are rather too large; "
            "fewer maps do worse"
        ),
    }


def ct_words(scores: Scores) -> dict[str, str]:
    """Of the CT card."""
    dice = {name: dice_of(scores, name, CT_SUBSETS[0]) for name, _ in scores}
    others = {title: dice[name] for name, (title, _) in CT_VARIANTS.items() if name in dice and name != "ct"}
    return {
        "title": "Stroke lesion from CT maps, demo (synthetic patients)",
        "trained_on": (
            f"{_patients('ct')} All five maps are needed. Slices of 96 x 96 pixels (the thesis: 224 x 224), "
            "width small, 600 batches of 8 slices, as had every variant of the ordering, trained once each. "
            "Background, lesion and boundary are learned, with class weights 0.7, 7.0 and 2.0 (their order "
            "is our choice), which a run takes back; the boundary counts as lesion. Whether the thesis's "
            "order holds: "
            f"{_order_words(dice['ct'], others)}. Best mean first: {_ranking(dice)}"
        ),
        "not_for": f"{_not_for('plain CT, CBF, CBV, MTT and Tmax')}; outlines are rather too small",
    }


def _ranking(dice: Mapping[str, Sequence[float]]) -> str:
    means = {CT_VARIANTS[name][0]: mean(values) for name, values in dice.items()}
    return "; ".join(f"{title} {means[title]:.3f}" for title in sorted(means, key=lambda one: -means[one]))


def _patients(kind: str) -> str:
    return (
        f"{len(LEARNED_SEEDS)} synthetic patients of the study stroke-{kind} (seeds {LEARNED_SEEDS.start} to "
        f"{LEARNED_SEEDS.stop - 1}; four of them only watched): about a third measured as the study is, the "
        "others by a random scanner; no scan of a person."
    )


def _order_words(full: Sequence[float], others: Mapping[str, Sequence[float]]) -> str:
    return f"of {len(full)} patients the full method did better in Dice than {wins(full, others)}"


def _not_for(maps: str) -> str:
    return (
        "Clinical use, and any treatment decision: the weights never saw a person's scan. Maps that are not "
        f"skull-stripped and on one grid. Other maps than {maps}. Frayed rims are smoothed"
    )
