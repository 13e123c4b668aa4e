"""How the demo weights were made; anyone can repeat it.

    python -m medview.zoo.synthesize.flair_wmh.demo FOLDER PATIENTS

makes synthetic heads, trains the three variants on them with the same number of updates of each network
(``FOLDER/none``, the joint one, ``FOLDER/unimodal``, ``FOLDER/offline``), goes on with the joint one on heads
and a patient (``FOLDER/shipped``), and scores all four. PATIENTS holds the folders ``ms_patient26`` (learned
from) and ``ms_patient07`` (compared with), each with ``t1.npy``, ``flair.npy``, ``wmh.npy`` (I, J, K, axes
right, anterior, superior) and ``grid.npy`` (the 4x4 matrix ``ras_from_ijk``). Called again, it goes on where
it was interrupted. About 25 minutes of one core.
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
from medview.zoo.synthesize.flair_wmh.demo_scores import SHIPPED
from medview.zoo.synthesize.flair_wmh.settings import ABLATIONS
from medview.zoo.synthesize.flair_wmh.spec import SPEC

LEARNED_SEEDS = range(1000, 1012)
KEPT_SEEDS = range(1000, 1010)
"""Heads that the shipped weights go on with, beside the patient."""
SEED = 1
LEARNED_PATIENT, COMPARED_PATIENT = "ms_patient26", "ms_patient07"
PARAMS: Mapping[str, Any] = {
    "width": "small",
    "pixel_spacing_mm": 1.0,
    "crop_px": 176,
    "window_px": 80,
    "n4": False,
    "epochs": 6,
    "steps_per_epoch": 150,
    "batch": 4,
    "learning_rate": 2e-3,
    "decay": "cosine",
    "keep": "last",
    "patience": 0,
    "validation_fraction": 0.16,
    "precision": fastest_precision(),
}
SECOND: Mapping[str, Any] = {
    **PARAMS,
    "epochs": 2,
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
    """Some heads, and the patient twice, placed so that a head is held back and not the patient."""
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


def train_variant(base: Path, name: str) -> None:
    """One variant, on heads alone."""
    heads = partial(subjects, base / "heads", LEARNED_SEEDS)
    learn_once(SPEC, heads, base / name, {**PARAMS, "ablation": name}, seed=SEED)


def train_shipped(base: Path, patients: Path) -> None:
    """Go on with the joint variant, on heads and the patient."""
    changes = {**SECOND, "start_from": str(base / "none")}
    learn_once(SPEC, partial(second_subjects, base, patients), base / SHIPPED, changes, seed=SEED)


def trained_on() -> str:
    """What was learned from, in words."""
    updates, more = (stage["epochs"] * stage["steps_per_epoch"] for stage in (PARAMS, SECOND))
    return (
        f"{len(LEARNED_SEEDS)} synthetic heads with white matter lesions (seeds {LEARNED_SEEDS.start} to "
        f"{LEARNED_SEEDS.stop - 1}; two held back to watch the Dice), about a third with the contrast "
        "of the study head-wmh, the others with random scanners, half without skull and scalp: "
        f"{updates} updates of each network, as many in every variant of the ordering. Then {more} more of "
        f"these weights, with augmentation, on {len(KEPT_SEEDS)} of the heads together with T1, FLAIR and "
        f"consensus mask of one patient with multiple sclerosis, also mirrored ({LEARNED_PATIENT} of the "
        "Ljubljana data base, Lesjak et al., Neuroinformatics 2017, CC BY)"
    )


def main(base: Path, patients: Path) -> None:
    """Train all variants and the shipped weights, score them, write the card."""
    for name in ABLATIONS:
        train_variant(base, name)
    train_shipped(base, patients)
    tell(base, patients)


def tell(base: Path, patients: Path) -> None:
    """Score all variants and write the card."""
    learned = [*subjects(base / "heads", LEARNED_SEEDS), patient(patients / LEARNED_PATIENT)]
    report(base, patient(patients / COMPARED_PATIENT), learned, trained_on())


if __name__ == "__main__":
    log_to_terminal()
    main(Path(sys.argv[1]), Path(sys.argv[2]))
