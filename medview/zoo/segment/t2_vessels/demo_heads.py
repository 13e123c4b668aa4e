"""Synthetic heads to learn from: each a patient of its own, scanned by a scanner of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.ml.request import Subject
from medview.phantoms.head.anatomy import DEFAULT_SPACING_MM, make_head
from medview.phantoms.head.bare import bare_brain
from medview.phantoms.head.scan import random_contrast, render

LEARNED_SEEDS = range(1000, 1060)
ORDERING_SEEDS = range(1000, 1012)
"""Those that the variants of the ordering learn from."""
HELD_OUT_SEEDS = range(2001, 2011)
CALIBRATION_SEEDS = range(3001, 3007)
SLICE_STEP = 2
"""Every second slice is kept: neighbours 0.8 mm apart teach little more."""
PLAIN_SHARE = 0.3
"""Of the heads: scanned as the synthetic study is, rather than with a random contrast."""
BARE_SHARE = 0.4
"""Of the heads: skull and scalp taken off, as many published scans have them."""


def write_subject(folder: Path, seed: int, spacing_mm: float = DEFAULT_SPACING_MM) -> None:
    """Make the head of a seed, scan it, and write ``t2.npy``, ``vessels.npy`` and ``grid.npy``."""
    rng = np.random.default_rng([seed, 77])
    head = make_head(seed, spacing_mm)
    is_plain, is_bare = rng.random() < PLAIN_SHARE, rng.random() < BARE_SHARE
    image = render(head, "t2", rng).astype(np.float32) if is_plain else random_contrast(head, rng)
    mask = head.vessel_mask()
    if is_bare:
        brain = bare_brain(head, int(rng.integers(-1, 3)))
        image, mask = image * brain, mask * brain
    folder.mkdir(parents=True, exist_ok=True)
    matrix = head.geometry.ras_from_ijk.copy()
    matrix[:, 2] *= SLICE_STEP
    np.save(folder / "grid.npy", matrix)
    np.save(folder / "vessels.npy", mask[:, :, ::SLICE_STEP])
    # last, for `read_subject` takes it as the sign that the folder is whole
    np.save(folder / "t2.npy", image[:, :, ::SLICE_STEP].astype(np.float32))


def read_subject(folder: Path, seed: int) -> Subject | None:
    """The subject that `write_subject` left in a folder; None where it is not whole."""
    if not (folder / "t2.npy").is_file():
        return None
    shape = np.load(folder / "vessels.npy", mmap_mode="r").shape
    return Subject(
        id=f"head-{seed}",
        arrays={name: folder / f"{name}.npy" for name in ("t2", "vessels")},
        geometry=Geometry(shape, np.load(folder / "grid.npy")),
    )


def subjects(data: Path, seeds: range) -> tuple[Subject, ...]:
    """All heads of the seeds, made where they are not there yet."""
    found = []
    for seed in seeds:
        folder = data / f"head-{seed}"
        if read_subject(folder, seed) is None:
            write_subject(folder, seed)
        found.append(read_subject(folder, seed))
    return tuple(subject for subject in found if subject is not None)
