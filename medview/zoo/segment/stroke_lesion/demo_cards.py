"""What the cards of the demo weights say: results, ordering, calibration, range, self-test."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
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
from medview.zoo.learning.demonstration import log
from medview.zoo.segment.stroke_lesion.demo_ordering import (
    CT_SUBSETS,
    CT_VARIANTS,
    MR_SUBSETS,
    MR_VARIANTS,
    ct_ordering,
    mr_ordering,
)
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
from medview.zoo.segment.stroke_lesion.demo_words import INTENDED, ct_words, held_out, mr_words
from medview.zoo.segment.stroke_lesion.settings import CT_ROLES, MR_ROLES
from medview.zoo.segment.stroke_lesion.spec import SPEC

SELF_TEST_SEED, SELF_TEST_MM = 3011, 4.0


def write_mr_card(base: Path) -> None:
    """Score the MR networks in a folder and complete the card of ``mr``, the shipped one."""
    folders = {name: base / name for name in ("mr", *MR_VARIANTS)}
    scores = score("stroke-mr", folders, MR_SUBSETS, HELD_OUT_SEEDS)
    _complete(base, "mr", scores, MR_SUBSETS, mr_ordering(scores), mr_words(scores))
    _calibrate(base / "mr", "stroke-mr", MR_ROLES)
    _measure(base, "mr", ("adc", "ttp", "tmax"))


def write_ct_card(base: Path, variants: Collection[str] = tuple(CT_VARIANTS)) -> None:
    """The same for CT; of the variants, `variants` are compared."""
    folders = {name: base / name for name in variants}
    scores = score("stroke-ct", folders, CT_SUBSETS, HELD_OUT_SEEDS)
    _complete(base, "ct", scores, CT_SUBSETS, ct_ordering(scores), ct_words(scores))
    _calibrate(base / "ct", "stroke-ct", CT_ROLES)
    _measure(base, "ct", CT_ROLES)


def _complete(
    base: Path,
    kind: str,
    scores: Scores,
    subsets: Sequence[Given],
    order: Sequence[Mapping[str, Any]],
    words: Mapping[str, str],
) -> None:
    rows = tuple(row(held_out(given), scores[kind, given.name]) for given in subsets)
    for each in rows:
        log.info("%s", each)
    card = replace(read_card(base / kind), licence="Apache-2.0", intended_use=INTENDED, results=rows)
    write_card(base / kind, replace(card, ordering=tuple(order), **words))


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
