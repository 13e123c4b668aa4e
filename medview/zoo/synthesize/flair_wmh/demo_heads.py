"""Synthetic heads to learn from: each a patient of its own, scanned by a scanner of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.ml.request import Subject
from medview.phantoms.head.ageing import AgedHead, age_head
from medview.phantoms.head.anatomy import make_head
from medview.phantoms.head.bare import bare_brain
from medview.phantoms.head.lesion_scan import Image, random_pair, render_aged

SLICE_STEP = 3
"""Every third slice is kept: neighbours 1 mm apart teach little more."""
HEIGHTS_MM = (-60.0, 80.0)
PLAIN_SHARE = 0.3
"""Of the heads: scanned as the synthetic study is, rather than with a random scanner."""
BARE_SHARE = 0.5
"""Of the heads: skull and scalp taken off, as many published scans have them."""
THICK_SHARE = 0.3
"""Of the heads: slices as thick as the step between them."""
NAMES = ("t1", "flair", "wmh")
T1_SHADING, FLAIR_SHADING = 0.15, 0.05
"""Greatest shading: about what N4 leaves. The other scan's coil cannot be told from a T1."""


def write_subject(folder: Path, seed: int, spacing_mm: float = 1.0) -> None:
    """Make the head of a seed, scan it, and write ``t1.npy``, ``flair.npy``, ``wmh.npy`` and ``grid.npy``."""
    rng = np.random.default_rng([seed, 78])
    aged = age_head(make_head(seed, spacing_mm))
    is_plain, is_bare, is_thick = rng.random(3) < (PLAIN_SHARE, BARE_SHARE, THICK_SHARE)
    images = list(_plain_pair(aged, rng) if is_plain else random_pair(aged, rng, (T1_SHADING, FLAIR_SHADING)))
    lesions = aged.lesions
    if is_bare:
        brain = bare_brain(aged.head, int(rng.integers(-1, 3)))
        images = [image * brain for image in images]
    if is_thick:
        images, lesions = [_thick(image) for image in images], _thick(lesions)
    folder.mkdir(parents=True, exist_ok=True)
    matrix = aged.head.geometry.ras_from_ijk.copy()
    heights = matrix[2, 3] + spacing_mm * np.arange(aged.head.geometry.shape[2])
    kept = np.flatnonzero((heights > HEIGHTS_MM[0]) & (heights < HEIGHTS_MM[1]))[::SLICE_STEP]
    matrix[2, 3] = heights[kept[0]]
    matrix[:, 2] *= SLICE_STEP
    np.save(folder / "grid.npy", matrix)
    np.save(folder / "wmh.npy", (lesions[:, :, kept] >= 0.5).astype(np.uint8))
    np.save(folder / "flair.npy", images[1][:, :, kept].astype(np.float32))
    # last, for `read_subject` takes it as the sign that the folder is whole
    np.save(folder / "t1.npy", images[0][:, :, kept].astype(np.float32))


def _plain_pair(aged: AgedHead, rng: np.random.Generator) -> tuple[Image, Image]:
    t1 = render_aged(aged, "t1", rng, bias=T1_SHADING / 2)
    flair = render_aged(aged, "flair", rng, bias=FLAIR_SHADING / 2)
    return t1.astype(np.float32), flair.astype(np.float32)


def _thick(image: Image) -> Image:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(image, SLICE_STEP, axis=2), np.float32)


def read_subject(folder: Path, seed: int) -> Subject | None:
    """The subject that `write_subject` left in a folder; None where it is not whole."""
    if not (folder / "t1.npy").is_file():
        return None
    shape = np.load(folder / "wmh.npy", mmap_mode="r").shape
    return Subject(
        id=f"head-{seed}",
        arrays={name: folder / f"{name}.npy" for name in NAMES},
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
