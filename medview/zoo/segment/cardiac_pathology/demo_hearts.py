"""Synthetic hearts to learn from: each a patient of its own, scanned by a scanner of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.ml.request import Subject
from medview.phantoms.heart.anatomy import make_heart
from medview.phantoms.heart.frame import nearest_ras
from medview.phantoms.heart.scan import random_contrast, render

PLAIN_SHARE = 0.3
"""Of the hearts: scanned as the study is, rather than with a random contrast."""
FIELD_MM = 210.0
"""A smaller field of view than the study's holds all that the network sees, at a third of the time."""


def write_subject(folder: Path, seed: int) -> None:
    """Make the heart of a seed, scan it, and write ``lge.npy``, ``pathology.npy`` and ``grid.npy``."""
    rng = np.random.default_rng([seed, 77])
    is_plain = rng.random() < PLAIN_SHARE
    thickness = 8.0 if is_plain else float(rng.uniform(6, 9))
    heart = make_heart(
        seed,
        pixel_mm=1.4 if is_plain else float(rng.uniform(1.2, 1.7)),
        thickness_mm=thickness,
        gap_mm=2.0 if is_plain else float(rng.uniform(0, 10.5 - thickness)),
        field_mm=FIELD_MM,
        breathing_mm=float(rng.uniform(0.5, 3)),
    )
    scan = render(heart, rng).astype(np.float32) if is_plain else random_contrast(heart, rng)
    image, geometry = nearest_ras(scan, heart.stack.ras_from_ijk)
    labels, _ = nearest_ras(heart.labels, heart.stack.ras_from_ijk)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        draft = Path(scratch) / folder.name
        draft.mkdir()
        np.save(draft / "grid.npy", geometry.ras_from_ijk)
        np.save(draft / "pathology.npy", labels)
        np.save(draft / "lge.npy", image)
        # so that a folder of that name is always whole; another process may have made it meanwhile
        if not folder.exists():
            draft.rename(folder)


def read_subject(folder: Path, seed: int) -> Subject | None:
    """The subject that `write_subject` left in a folder; None where there is none."""
    if not (folder / "lge.npy").is_file():
        return None
    shape = np.load(folder / "pathology.npy", mmap_mode="r").shape
    return Subject(
        id=f"heart-{seed}",
        arrays={name: folder / f"{name}.npy" for name in ("lge", "pathology")},
        geometry=Geometry(shape, np.load(folder / "grid.npy")),
    )


def subjects(data: Path, seeds: range) -> tuple[Subject, ...]:
    """All hearts of the seeds, made where they are not there yet."""
    found = []
    for seed in seeds:
        folder = data / f"heart-{seed}"
        if read_subject(folder, seed) is None:
            write_subject(folder, seed)
        found.append(read_subject(folder, seed))
    return tuple(subject for subject in found if subject is not None)
