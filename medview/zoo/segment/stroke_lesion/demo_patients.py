"""Synthetic patients to learn from: each measured by scanners of its own, on MR and on CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.ml.request import Subject
from medview.phantoms.stroke.maps import STANDARD, random_scanner
from medview.phantoms.stroke.patient import Patient, make_patient
from medview.phantoms.stroke.study import CT_CHANNELS, MR_CHANNELS, measured

LEARNED_SEEDS = range(1000, 1080)
HELD_OUT_SEEDS = range(2001, 2011)
CALIBRATION_SEEDS = range(3001, 3007)
PLAIN_SHARE = 0.3
"""Of the scans: measured as in the studies, rather than by a random scanner."""
_CHANNELS = {"mr": MR_CHANNELS, "ct": CT_CHANNELS}
_LAST = "lesion"


def subjects(data: Path, kind: str, seeds: range) -> tuple[Subject, ...]:
    """All patients of the seeds as subjects of ``"mr"`` or ``"ct"``, made where they are not there yet."""
    found = []
    for seed in seeds:
        folder = data / f"{kind}-{seed}"
        if not (folder / f"{_LAST}.npy").is_file():
            write_patient(data, make_patient(seed))
        found.append(_read(folder))
    return tuple(found)


def write_patient(data: Path, patient: Patient) -> None:
    """Measure a patient; ``mr-SEED`` and ``ct-SEED`` get a ``.npy`` per map, ``grid`` and ``lesion``."""
    for number, (kind, channels) in enumerate(_CHANNELS.items()):
        rng = np.random.default_rng([patient.seed, 77, number])
        scanner = STANDARD if rng.random() < PLAIN_SHARE else random_scanner(rng)
        maps = measured(patient, kind, scanner, stream=1)
        folder = data / f"{kind}-{patient.seed}"
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "grid.npy", maps.geometry.ras_from_ijk)
        for channel in channels:
            np.save(folder / f"{channel.role}.npy", np.round(maps.images[channel.source], 2))
        # last: it is taken as the sign that the folder is whole
        np.save(folder / f"{_LAST}.npy", maps.lesion)


def _read(folder: Path) -> Subject:
    arrays = {path.stem: path for path in sorted(folder.glob("*.npy")) if path.stem != "grid"}
    shape = np.load(arrays[_LAST], mmap_mode="r").shape
    grid = np.load(folder / "grid.npy")
    return Subject(id=folder.name, arrays=arrays, geometry=Geometry(shape, grid))
