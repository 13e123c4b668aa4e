"""A folder of subjects, read for training: role-named files or BIDS, as arrays on one grid each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.io import readers
from medview.io.label_values import as_label_array
from medview.io.naming import stem_of, words_of
from medview.ml.request import Subject
from medview.ml.spec import ModelSpec

Progress = Callable[[float, str], None]


def collect_subjects(
    folder: Path, spec: ModelSpec, scratch: Path, progress: Progress, check_cancelled: Callable[[], None]
) -> tuple[Subject, ...]:
    """Read every subject of a data folder that has what a model needs to learn.

    Args:
        folder: One folder per subject with files named by role and by output (``t2.nii.gz``,
            ``vessels.nii.gz``), or a BIDS folder whose suffixes name them (``_T2w``, ``_vessels``).
        spec: Says which roles and outputs are needed.
        scratch: Where the arrays are put, as ``.npy``.
        progress: Told the part done and a few words.
        check_cancelled: Raises to stop.

    Raises:
        InputRefused: The folder holds no complete subject, or a subject's scans lie on different grids.
    """
    if not folder.is_dir():
        raise InputRefused(f"Cannot read the data in {folder}", "there is no such folder")
    names = [item.role for item in spec.inputs] + [item.name for item in spec.outputs if not item.on_request]
    needed = {item.role for item in spec.inputs if item.required}
    needed |= {item.name for item in spec.outputs if not item.on_request and item.kind == "labels"}
    labels = {item.name for item in spec.outputs if item.kind == "labels"}
    found = {path.name: _files_of(path, names) for path in sorted(folder.iterdir()) if path.is_dir()}
    complete = {name: files for name, files in found.items() if needed <= files.keys()}
    if not complete:
        hint = f"Each subject's folder needs {' and '.join(f'{name}.nii.gz' for name in sorted(needed))}."
        raise InputRefused(f"Cannot learn from {folder}", "no subject in it is complete", hint)
    subjects = []
    for place, (name, files) in enumerate(complete.items()):
        check_cancelled()
        progress(place / len(complete), f"reading {name}")
        subjects.append(_read(name, files, labels, scratch))
    return tuple(subjects)


def _files_of(folder: Path, names: list[str]) -> dict[str, Path]:
    """Files of a subject by role or output, in its folder and in BIDS's ``anat``."""
    files: dict[str, Path] = {}
    for path in sorted([*folder.iterdir(), *folder.glob("anat/*"), *folder.glob("ses-*/anat/*")]):
        name = _name_of(path, names)
        if path.is_file() and name is not None:
            files.setdefault(name, path)
    return files


def _name_of(path: Path, names: list[str]) -> str | None:
    if not path.name.lower().endswith((".nii", ".nii.gz", ".nrrd", ".mha", ".hdr")):
        return None
    words = words_of(stem_of(path).replace("_", " "))
    last = words[-1] if words else ""
    by_suffix = {f"{name}w": name for name in names} | {name: name for name in names}
    return by_suffix.get(last) or next((name for name in names if f"label {name}" in " ".join(words)), None)


def _read(name: str, files: dict[str, Path], labels: set[str], scratch: Path) -> Subject:
    arrays: dict[str, Path] = {}
    first: Volume | None = None
    for role, path in files.items():
        volume = readers.read(path)[0]
        first = first or volume
        if not volume.geometry.matches(first.geometry):
            raise InputRefused(
                f"Cannot learn from {name}",
                f"{path.name} and {first.name} lie on different grids",
                "Resample one onto the other first.",
            )
        array = as_label_array(volume) if role in labels else volume.frame(0)
        arrays[role] = scratch / f"{name}.{role}.npy"
        np.save(arrays[role], array, allow_pickle=False)
    assert first is not None
    return Subject(id=name, arrays=arrays, geometry=first.geometry)
