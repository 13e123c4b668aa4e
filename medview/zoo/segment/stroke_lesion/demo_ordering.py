"""The thesis's tables of variants beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from medview.zoo.segment.stroke_lesion.demo_scores import Given, Scores, metrics
from medview.zoo.segment.stroke_lesion.settings import CT_ROLES, MR_ROLES

MR_SUBSETS = (
    Given(name="all six maps", roles=MR_ROLES),
    Given(name="ADC+TTP+Tmax", roles=("adc", "ttp", "tmax")),
    Given(name="ADC+Tmax", roles=("adc", "tmax")),
    Given(name="Tmax alone", roles=("tmax",)),
)
CT_SUBSETS = (Given(name="all five maps", roles=CT_ROLES),)
MR_VARIANTS: Mapping[str, tuple[str, str]] = {
    "mr-unet": ("U-Net", "the reference"),
    "mr-cw": ("+ class weights", "+0.8 points of Dice"),
    "mr-cw_ds": ("+ deep supervision", "+1.16 points more"),
    "mr-none": ("+ cross-attention (full)", "+0.2 points more"),
}
"""Of the thesis's table: means over its combinations of maps (ISLES2017 validation)."""
UNKNOWN = "not given"
CT_VARIANTS: Mapping[str, tuple[str, Sequence[float | str]]] = {
    "ct-unet": ("U-Net", (0.635, 0.610, 0.732)),
    "ct-cw": ("+ class weights", (UNKNOWN, UNKNOWN, UNKNOWN)),
    "ct-cw_ds": ("+ class weights, deep supervision", (0.642, 0.598, 0.756)),
    "ct": ("+ class weights, deep supervision, cross-attention (full)", (0.643, 0.630, 0.731)),
}
"""ISLES2018 validation, 19 subjects, all with the auxiliary boundary class: Dice, precision, recall."""


def mr_ordering(scores: Scores) -> list[dict[str, Any]]:
    """The variants as in the thesis and as measured, on its best subset and over all four subsets."""
    rows = []
    for name, (title, paper) in MR_VARIANTS.items():
        best = dice_of(scores, name, MR_SUBSETS[1])
        rows.append(_ordering_row(title, "Dice, ADC+TTP+Tmax", paper, best))
        rows.append(_ordering_row(title, "Dice, mean of four subsets", paper, mean_dice(scores, name)))
    return rows


def ct_ordering(scores: Scores) -> list[dict[str, Any]]:
    """The variants on CT, as in the thesis and as measured."""
    rows = []
    for name, (title, paper) in CT_VARIANTS.items():
        if (name, CT_SUBSETS[0].name) in scores:
            measured = metrics(scores[name, CT_SUBSETS[0].name])
            for (metric, score), published in zip(measured.items(), paper, strict=True):
                word = {"dice": "Dice"}.get(metric, metric)
                rows.append(_ordering_row(title, f"{word}, all five maps", published, score.dice))
    return rows


def dice_of(scores: Scores, name: str, given: Given) -> Sequence[float]:
    """Dice of a network on a subset of maps, of every patient that shows a lesion."""
    return metrics(scores[name, given.name])["dice"].dice


def mean_dice(scores: Scores, name: str) -> list[float]:
    """Mean Dice over the four subsets of MR maps, of every patient."""
    return [float(value) for value in np.mean([dice_of(scores, name, given) for given in MR_SUBSETS], axis=0)]


def _ordering_row(title: str, metric: str, paper: float | str, values: Sequence[float]) -> dict[str, Any]:
    return {
        "variant": title,
        "metric": metric,
        "paper": paper,
        "ours": round(float(np.mean(values)), 3),
        "spread": round(float(np.std(values, ddof=1)), 3),
        "n": len(values),
    }
