"""What the cards of the demo weights say: results, ordering, calibration, range, self-test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.volume import Volume
from medview.measure.calibration import calibration_sample
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.phantoms.studies import make_study
from medview.phantoms.study import Study
from medview.zoo.belief import TEMPERATURE
from medview.zoo.card_facts import subject_facts, write_calibration, write_range, write_self_test
from medview.zoo.learning.demonstration import log, wins
from medview.zoo.segment.stroke_lesion.demo_patients import (
    CALIBRATION_SEEDS,
    HELD_OUT_SEEDS,
    LEARNED_SEEDS,
    subjects,
)
from medview.zoo.segment.stroke_lesion.demo_scores import (
    Given,
    Scores,
    outputs_of,
    request_of,
    row,
    score,
)
from medview.zoo.segment.stroke_lesion.settings import CT_ROLES, MR_ROLES
from medview.zoo.segment.stroke_lesion.spec import SPEC

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
    "mr": ("+ cross-attention (full)", "+0.2 points more"),
}
"""Of the thesis's table: means over its combinations of maps (ISLES2017 validation)."""
UNKNOWN = "not given"
CT_VARIANTS: Mapping[str, tuple[str, Sequence[float | str]]] = {
    "ct-unet": ("U-Net", (0.635, 0.610, 0.732)),
    "ct-cw": ("+ class weights", (UNKNOWN, UNKNOWN, UNKNOWN)),
    "ct-cw_ds": ("+ deep supervision", (0.642, 0.598, 0.756)),
    "ct": ("+ cross-attention (full)", (0.643, 0.630, 0.731)),
}
"""ISLES2018 validation, 19 subjects, all with the auxiliary boundary class: Dice, precision, recall."""
SELF_TEST_SEED, SELF_TEST_MM = 3011, 4.0
_SEEDS = f"seeds {HELD_OUT_SEEDS.start} to {HELD_OUT_SEEDS.stop - 1}"
_INTENDED = "Demonstration and teaching: how the method works and what its result looks like"


def write_mr_card(base: Path) -> None:
    """Score the MR networks in a folder and complete the card of ``mr``, the shipped one."""
    folders = {name: base / name for name in MR_VARIANTS}
    scores = score("stroke-mr", folders, MR_SUBSETS, HELD_OUT_SEEDS)
    _complete(base, "mr", scores, MR_SUBSETS, ordering(scores), _mr_words(scores))
    _calibrate(base / "mr", "stroke-mr", MR_ROLES)
    _measure(base, "mr", ("adc", "ttp", "tmax"))


def write_ct_card(base: Path) -> None:
    """The same for CT."""
    folders = {name: base / name for name in CT_VARIANTS}
    scores = score("stroke-ct", folders, CT_SUBSETS, HELD_OUT_SEEDS)
    _complete(base, "ct", scores, CT_SUBSETS, ct_ordering(scores), _ct_words(scores))
    _calibrate(base / "ct", "stroke-ct", CT_ROLES)
    _measure(base, "ct", CT_ROLES)


def ordering(scores: Scores) -> list[dict[str, Any]]:
    """The variants as in the thesis and as measured, on its best subset and over all four subsets."""
    rows = []
    for name, (title, paper) in MR_VARIANTS.items():
        best = [dice for dice, _, _ in scores[name, MR_SUBSETS[1].name]]
        rows.append(_ordering_row(title, "Dice, ADC+TTP+Tmax", paper, best))
        rows.append(_ordering_row(title, "Dice, mean of four subsets", paper, _mean_dice(scores, name)))
    return rows


def ct_ordering(scores: Scores) -> list[dict[str, Any]]:
    """The variants on CT, as in the thesis and as measured."""
    return [
        _ordering_row(title, f"{metric}, all five maps", published, values)
        for name, (title, paper) in CT_VARIANTS.items()
        for metric, published, values in zip(
            ("Dice", "precision", "recall"),
            paper,
            zip(*scores[name, CT_SUBSETS[0].name], strict=True),
            strict=True,
        )
    ]


def _mean_dice(scores: Scores, name: str) -> list[float]:
    """Of every patient, over the four subsets."""
    return [
        float(value) for value in np.mean([[s[0] for s in scores[name, g.name]] for g in MR_SUBSETS], axis=0)
    ]


def _ordering_row(title: str, metric: str, paper: float | str, values: Sequence[float]) -> dict[str, Any]:
    return {
        "variant": title,
        "metric": metric,
        "paper": paper,
        "ours": round(float(np.mean(values)), 3),
        "spread": round(float(np.std(values, ddof=1)), 3),
        "n": len(values),
    }


def _complete(
    base: Path,
    kind: str,
    scores: Scores,
    subsets: Sequence[Given],
    order: Sequence[Mapping[str, Any]],
    words: Mapping[str, str],
) -> None:
    data = f"held-out synthetic patients, {_SEEDS}"
    rows = tuple(row(f"{data}, {given.name}", scores[kind, given.name]) for given in subsets)
    for each in rows:
        log.info("%s", each)
    card = replace(read_card(base / kind), licence="Apache-2.0", intended_use=_INTENDED, results=rows)
    write_card(base / kind, replace(card, ordering=tuple(order), **words))


def _mr_words(scores: Scores) -> dict[str, str]:
    others = {title: _mean_dice(scores, name) for name, (title, _) in MR_VARIANTS.items() if name != "mr"}
    return {
        "title": "Stroke lesion from MR maps, demo (synthetic patients)",
        "trained_on": (
            f"{_patients('mr')} Six maps, each left out at random, so that any subset can be given. Slices "
            "of 96 x 96 pixels (the thesis: 224 x 224), width small, 900 batches of 16 slices, as had every "
            "variant of the ordering, trained once each. Whether the thesis's order holds: "
            f"{_order_words(_mean_dice(scores, 'mr'), others)} (mean of four subsets)"
        ),
        "not_for": f"{_not_for('ADC, rCBF, rCBV, MTT, TTP and Tmax')}; fewer maps do worse",
    }


def _ct_words(scores: Scores) -> dict[str, str]:
    dice = {name: [s[0] for s in scores[name, CT_SUBSETS[0].name]] for name in CT_VARIANTS}
    others = {title: dice[name] for name, (title, _) in CT_VARIANTS.items() if name != "ct"}
    return {
        "title": "Stroke lesion from CT maps, demo (synthetic patients)",
        "trained_on": (
            f"{_patients('ct')} All five maps are needed. Slices of 96 x 96 pixels (the thesis: 224 x 224), "
            "width small, 600 batches of 16 slices, as had every variant of the ordering, trained once each. "
            "Background, lesion and boundary are learned, with class weights 0.7, 7.0 and 2.0 (their order "
            "is our choice); the boundary counts as lesion. Whether the thesis's order holds: "
            f"{_order_words(dice['ct'], others)}"
        ),
        "not_for": _not_for("plain CT, CBF, CBV, MTT and Tmax"),
    }


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
        f"skull-stripped and on one grid. Other maps than {maps}. Outlines are rather too large "
        "than too small, and frayed rims are smoothed"
    )


def _calibrate(folder: Path, study_name: str, roles: Sequence[str]) -> None:
    card = read_card(folder)
    plain = {name: value for name, value in card.settings.items() if name != TEMPERATURE}
    write_card(folder, replace(card, settings=plain))
    samples = []
    for seed in CALIBRATION_SEEDS:
        study = make_study(study_name, seed)
        made = outputs_of(study, roles, folder, probability=True)["probability"]
        samples.append(calibration_sample(np.asarray(made, np.float32), study.labels["lesion"][0]))
    seeds = f"seeds {CALIBRATION_SEEDS.start} to {CALIBRATION_SEEDS.stop - 1}"
    words = f"synthetic patients, {seeds}, all {len(roles)} maps"
    write_calibration(folder, samples, ["Ischaemic lesion"], words)


def _measure(base: Path, kind: str, roles: Sequence[str]) -> None:
    """Range and self-test; the latter last, since it stores what a run gives with all this."""
    patients = subjects(base / "patients", kind, LEARNED_SEEDS)
    write_range(base / kind, SPEC, [subject_facts(SPEC, each) for each in patients])
    _self_test(base / kind, f"stroke-{kind}", roles)


def _self_test(folder: Path, study_name: str, roles: Sequence[str]) -> None:
    study = make_study(study_name, SELF_TEST_SEED, SELF_TEST_MM)
    whole = replace(study, volumes={role: _rounded(study, role) for role in roles})
    with tempfile.TemporaryDirectory() as scratch:
        ctx = RunContext(scratch=Path(scratch))
        write_self_test(folder, request_of(whole, roles, folder, probability=True), ctx)


def _rounded(study: Study, role: str) -> Volume:
    """Whole numbers, which zip well."""
    volume = study.volumes[role]
    return replace(volume, data=np.rint(volume.data).astype(np.int16))
