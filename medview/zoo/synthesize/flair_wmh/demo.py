"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.synthesize.flair_wmh.demo FOLDER [PATIENTS]

makes synthetic heads, trains the three variants with the same number of updates of each network, and leaves
``FOLDER/none`` (joint: the shipped model folder), ``FOLDER/unimodal`` and ``FOLDER/offline``. PATIENTS holds
the folders ``ms_patient26`` (learned from in a second stage) and ``ms_patient07`` (compared with), each with
``t1.npy``, ``flair.npy``, ``wmh.npy`` (I, J, K, axes right, anterior, superior) and ``grid.npy`` (the 4x4
matrix ``ras_from_ijk``); without it the second stage is left out. About 25 minutes of one core for training.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.ml.request import Subject
from medview.zoo.learning.demonstration import fastest_precision, learn_once, log_to_terminal
from medview.zoo.learning.slices import split
from medview.zoo.synthesize.flair_wmh.demo_heads import NAMES, subjects
from medview.zoo.synthesize.flair_wmh.demo_report import report
from medview.zoo.synthesize.flair_wmh.settings import ABLATIONS
from medview.zoo.synthesize.flair_wmh.spec import SPEC

LEARNED_SEEDS = range(1000, 1012)
KEPT_SEEDS = range(1000, 1010)
"""Heads that the second stage goes on with, beside the patient."""
SEED = 1
LEARNED_PATIENT, COMPARED_PATIENT = "ms_patient26", "ms_patient07"
PARAMS: Mapping[str, Any] = {
    "width": "small",
    "pixel_spacing_mm": 1.0,
    "crop_px": 176,
    "window_px": 80,
    "n4": False,
    "epochs": 12,
    "steps_per_epoch": 150,
    "batch": 4,
    "learning_rate": 2e-3,
    "decay": "cosine",
    "patience": 0,
    "validation_fraction": 0.16,
    "precision": fastest_precision(),
}
SECOND: Mapping[str, Any] = {
    **PARAMS,
    "epochs": 3,
    "steps_per_epoch": 100,
    "learning_rate": 1e-3,
    "augmentation": True,
    "validation_fraction": 0.09,
}


def patient(folder: Path) -> Subject:
    """A person's scans as arrays."""
    arrays = {name: folder / f"{name}.npy" for name in NAMES}
    shape = np.load(arrays["wmh"], mmap_mode="r").shape
    return Subject(id=folder.name, arrays=arrays, geometry=Geometry(shape, np.load(folder / "grid.npy")))


def mirrored(subject: Subject, folder: Path) -> Subject:
    """The same, left and right exchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in subject.arrays:
        np.save(folder / f"{name}.npy", np.flip(subject.load(name), 0))
    arrays = {name: folder / f"{name}.npy" for name in subject.arrays}
    return Subject(id=f"{subject.id}/mirrored", arrays=arrays, geometry=subject.geometry)


def second_subjects(base: Path, patients: Path) -> list[Subject]:
    """Some heads, and the patient twice, placed so that a head is what the epoch is chosen on."""
    person = patient(patients / LEARNED_PATIENT)
    people = [person, mirrored(person, base / "mirrored")]
    heads = list(subjects(base / "heads", KEPT_SEEDS))
    orders = ([*heads[:place], *people, *heads[place:]] for place in range(len(heads) + 1))
    return next(order for order in orders if person.id not in _held_ids(order))


def _held_ids(order: Sequence[Subject]) -> list[str]:
    """What a training with these subjects in this order would validate on."""
    ids = [subject.id for subject in order]
    _, held = split(ids, SECOND["validation_fraction"], np.random.default_rng([SEED, 1]))
    return [ids[number] for number in held]


def train_variant(base: Path, name: str, patients: Path | None) -> None:
    """Both stages of one variant; what was interrupted goes on."""
    first = base / f"{name}-first" if patients else base / name
    heads = partial(subjects, base / "heads", LEARNED_SEEDS)
    learn_once(SPEC, heads, first, {**PARAMS, "ablation": name}, seed=SEED)
    if patients is not None:
        changes = {**SECOND, "ablation": name, "start_from": str(first)}
        learn_once(SPEC, partial(second_subjects, base, patients), base / name, changes, seed=SEED)


def trained_on(patients: Path | None) -> str:
    """What was learned from, in words."""
    person = (
        f"; then {len(KEPT_SEEDS)} of them together with T1, FLAIR and consensus mask of one patient with "
        f"multiple sclerosis, also mirrored ({LEARNED_PATIENT} of the Ljubljana data base, Lesjak et al., "
        "Neuroinformatics 2017, CC BY), with augmentation"
        if patients
        else ""
    )
    updates = [stage["epochs"] * stage["steps_per_epoch"] for stage in (PARAMS, SECOND)]
    return (
        f"{len(LEARNED_SEEDS)} synthetic heads with white matter lesions (seeds {LEARNED_SEEDS.start} to "
        f"{LEARNED_SEEDS.stop - 1}; two of them chose the epoch), about a third with the contrast of the "
        f"study head-wmh, the others with random scanners, half without skull and scalp{person}. Updates "
        f"of each network in every variant: {updates[0]}{f' and {updates[1]}' if patients else ''}"
    )


def main(base: Path, patients: Path | None) -> None:
    """Train all variants, score them, write the cards."""
    for name in ABLATIONS:
        train_variant(base, name, patients)
    tell(base, patients)


def tell(base: Path, patients: Path | None) -> None:
    """Score all variants and write the card."""
    learned = list(subjects(base / "heads", LEARNED_SEEDS))
    if patients is not None:
        learned.append(patient(patients / LEARNED_PATIENT))
    compared = patient(patients / COMPARED_PATIENT) if patients else None
    report(base, compared, learned, trained_on(patients))


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
